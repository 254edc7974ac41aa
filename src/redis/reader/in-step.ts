// Waits until the target has applied everything that the source had sent by now. Without that proof nothing
// may be called different or equal: a target that does not follow, or stays behind, ends the verification (I10).

import { FerryError } from '../../migration/errors.ts';
import type { Clock } from '../../workflow/ports.ts';
import { type Info, infoText, offsetOf, primaryLinkOf } from '../info.ts';
import type { Peer } from './peer.ts';

export interface InStep {
  /** Resolves when the target has the source's offset of the moment of the call. */
  wait(): Promise<void>;
  /** How often a difference must be seen again, a wait before each, until it is one. */
  readonly proofs: number;
}

const POLL_MS = 2;
const DEFAULT_DEADLINE_MS = 30_000;
/** Without offsets time stands for them: a stream that is up brings what was sent within far less. */
const WITHOUT_OFFSETS = { waitMs: 1_000, proofs: 3 };

export function createInStep(
  source: Pick<Peer, 'who' | 'able' | 'info'>,
  target: Pick<Peer, 'who' | 'able' | 'info'>,
  clock: Clock,
  signal: AbortSignal,
  deadlineMs: number = DEFAULT_DEADLINE_MS,
): InStep {
  const offsets = source.able.can('offsets') && target.able.can('offsets');
  return {
    proofs: offsets ? 1 : WITHOUT_OFFSETS.proofs,
    async wait() {
      const began = clock.monotonicMs();
      const sourceInfo = await source.info('replication');
      if (!offsets) await clock.sleep(WITHOUT_OFFSETS.waitMs, signal);
      // A source may itself be a replica: what it passes on is counted by `master_repl_offset` all the same.
      const offset = offsets ? Number(infoText(sourceInfo, 'master_repl_offset') ?? Number.NaN) : -1;
      for (;;) {
        const targetInfo = await target.info('replication');
        mustFollow(source.who, target.who, sourceInfo, targetInfo);
        if (offsetOf(targetInfo) >= offset) return;
        if (clock.monotonicMs() - began > deadlineMs) throw behind(target.who, deadlineMs);
        await clock.sleep(POLL_MS, signal);
      }
    },
  };
}

function mustFollow(sourceWho: string, targetWho: string, source: Info, target: Info): void {
  const history = infoText(source, 'master_replid');
  const followed = infoText(target, 'master_replid');
  const sameHistory = history === null || followed === null || history === followed;
  if (primaryLinkOf(target)?.up === true && sameHistory) return;
  throw new FerryError(
    'not-following',
    `${targetWho} does not follow ${sourceWho}, so nothing can be compared.`,
    {
      hint: 'Compare again when the link is up.',
    },
  );
}

function behind(who: string, deadlineMs: number): FerryError {
  const seconds = Math.round(deadlineMs / 1_000);
  return new FerryError('target-behind', `${who} stayed behind its source for ${seconds} s.`, {
    hint: 'Compare again when it has caught up.',
  });
}
