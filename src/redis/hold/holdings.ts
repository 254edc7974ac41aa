// The three fences of one server behind one door, and whether Ferry's own password is on it right now.

import type { FenceKind, Hold } from '../../migration/route.ts';
import type { ActResult, FenceProof } from '../../workflow/ports.ts';
import type { Command } from '../connect.ts';
import { aclFence } from './acl.ts';
import type { Fenced, FenceOrder } from './fence.ts';
import { passwordFence } from './password.ts';
import { pauseFence } from './pause.ts';

export interface Holdings {
  /** Nobody but Ferry is let in. */
  readonly held: boolean;
  plan(kind: FenceKind, attempt: number, timeoutMs: number): Promise<ActResult<Hold>>;
  set(hold: Hold, how: FenceOrder): Promise<ActResult<FenceProof>>;
  lift(hold: Hold, timeoutMs: number): Promise<ActResult<void>>;
  /** Commands that take the hold off together with a demotion; none where it may or must come off later. */
  release(hold: Hold | null): Promise<readonly Command[]>;
}

export function holdings(server: Fenced): Holdings {
  const pause = pauseFence(server);
  const acl = aclFence(server);
  const password = passwordFence(server);
  let held = server.connection.heldLogin;

  return {
    get held() {
      return held;
    },
    async plan(kind, attempt, timeoutMs): Promise<ActResult<Hold>> {
      switch (kind) {
        case 'pause':
          return pause.plan(attempt, timeoutMs);
        case 'acl':
          return acl.plan(attempt, timeoutMs);
        case 'password':
          return password.plan(attempt, timeoutMs);
      }
    },
    async set(hold, how): Promise<ActResult<FenceProof>> {
      switch (hold.kind) {
        case 'pause':
          return pause.set(hold, how);
        case 'acl':
          return acl.set(hold, how);
        case 'password': {
          const fenced = await password.set(hold, how);
          if (fenced.kind === 'done') held = true;
          return fenced;
        }
      }
    },
    release: async (hold) => (hold?.kind === 'password' ? password.release(hold) : []),
    async lift(hold, timeoutMs): Promise<ActResult<void>> {
      switch (hold.kind) {
        case 'pause':
          return pause.lift(hold, timeoutMs);
        case 'acl':
          return acl.lift(hold, timeoutMs);
        case 'password': {
          const lifted = await password.lift(hold, timeoutMs);
          if (lifted.kind === 'done') held = false;
          return lifted;
        }
      }
    },
  };
}
