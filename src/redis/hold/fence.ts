// What every kind of fence is made of: what it would change, setting it with its proof, taking it off.
// A fence changes the server only through the guard (I8), and only what its hold names (I3, I12).

import type { Capabilities } from '../../migration/capabilities.ts';
import { FerryError, sentence } from '../../migration/errors.ts';
import type { Instance } from '../../migration/instance.ts';
import type { Hold, Route } from '../../migration/route.ts';
import type { ActResult, FenceProof, Ownership, Secrets } from '../../workflow/ports.ts';
import type { ClientLists } from '../clients.ts';
import type { Command, Reply, ServerConnection } from '../connect.ts';
import { canaryKey, type GuardedConnection, guardValue } from '../guard.ts';
import { infoCommand, offsetOf, parseInfo } from '../info.ts';
import { textOf } from '../replies.ts';

/** The server that a fence is set on, and whoever sets it. */
export interface Fenced {
  readonly instance: Instance;
  readonly connection: ServerConnection;
  readonly guard: GuardedConnection;
  readonly capabilities: Capabilities;
  readonly owner: Ownership;
  readonly runId: string;
  readonly secrets: Secrets;
  readonly lists: ClientLists;
  /** `host:port` of this connection as the server sees it; null: it cannot be told. */
  readonly self: string | null;
}

export type HoldOf<K extends Hold['kind']> = Extract<Hold, { kind: K }>;

export interface Fence<K extends Hold['kind']> {
  /** Reads what it would change. */
  plan(attempt: number, timeoutMs: number): Promise<ActResult<HoldOf<K>>>;
  set(hold: HoldOf<K>, how: FenceOrder): Promise<ActResult<FenceProof>>;
  lift(hold: HoldOf<K>, timeoutMs: number): Promise<ActResult<void>>;
}

export interface FenceOrder {
  readonly pauseMs: number;
  readonly timeoutMs: number;
}

export const CANARY_LIFE_SECONDS = 60;

/** A value that was never written before. */
export function freshValue(owner: Ownership): string {
  return `${guardValue(owner)}:${Math.random().toString(36).slice(2)}`;
}

/** The last command of a fence's transaction, and how its reply becomes the proof. */
export function proofOf(
  { owner, capabilities }: Pick<Fenced, 'owner' | 'capabilities'>,
  kind: Route['proof'],
): { readonly command: Command; readonly read: (reply: Reply | undefined) => FenceProof } {
  if (kind === 'offset') {
    return {
      command: infoCommand(capabilities, 'replication'),
      read: (reply) => ({ kind: 'offset', offset: offsetOf(parseInfo(textOf(reply))) }),
    };
  }
  const value = freshValue(owner);
  return {
    // One command: a marker is only ever sent by a server before 6.0, which passes it on as it is.
    command: ['SETEX', canaryKey(owner.uid), CANARY_LIFE_SECONDS, value],
    read: (reply) => {
      if (reply instanceof Error) throw reply;
      return { kind: 'marker', key: canaryKey(owner.uid), value };
    },
  };
}

/** A question that failed before anything was sent to be changed. */
export function refusedBy(error: unknown): Extract<ActResult<never>, { kind: 'refused' }> {
  if (!(error instanceof FerryError)) throw error;
  return { kind: 'refused', why: sentence(error) };
}
