// Waits until the target has applied everything that the source had sent by now. Without that proof nothing
// may be called different or equal: a target that does not follow, or stays behind, ends the verification (I10).

import { FerryError } from '../../migration/errors.ts';
import type { Clock } from '../../workflow/ports.ts';
import { type Info, infoText, offsetOf, parseInfo, primaryLinkOf } from '../info.ts';
import type { WireConnection } from '../wire/connection.ts';
import { textOf } from '../wire/reply.ts';

export interface InStep {
  /** Resolves when the target has the source's offset of the moment of the call. */
  wait(): Promise<void>;
}

const POLL_MS = 2;
const DEFAULT_DEADLINE_MS = 30_000;

export function createInStep(
  source: WireConnection,
  target: WireConnection,
  clock: Clock,
  signal: AbortSignal,
  deadlineMs: number = DEFAULT_DEADLINE_MS,
): InStep {
  return {
    async wait() {
      const began = clock.monotonicMs();
      const sourceInfo = await readInfo(source, 'replication');
      // A source may itself be a replica: what it passes on is counted by `master_repl_offset` all the same.
      const offset = Number(infoText(sourceInfo, 'master_repl_offset') ?? Number.NaN);
      for (;;) {
        const targetInfo = await readInfo(target, 'replication');
        mustFollow(source.who, target.who, sourceInfo, targetInfo);
        if (offsetOf(targetInfo) >= offset) return;
        if (clock.monotonicMs() - began > deadlineMs) throw behind(target.who, deadlineMs);
        await clock.sleep(POLL_MS, signal);
      }
    },
  };
}

export async function readInfo(connection: WireConnection, section: string): Promise<Info> {
  return parseInfo(textOf(await connection.ask(['INFO', section])));
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
