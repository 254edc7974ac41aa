// One look at both sides of a pair: how far the sync is, how far the follower is behind, and the proof that the
// stream flows: the primary's offset or, where there are none, a canary that arrives. Changes nothing.

import { otherSide, type Side } from '../migration/instance.ts';
import type { Pair } from '../migration/migration.ts';
import type { PairObservation } from '../migration/progress.ts';
import type { Canary, Clock } from '../workflow/ports.ts';
import type { PairReader, Reading } from './link.ts';
import { stageOf, type TransferSeen, transferOf } from './stage.ts';

export type Direction = 'forward' | 'back';

/** The primary of a direction. */
export function followedSide(direction: Direction): Side {
  return direction === 'forward' ? 'source' : 'target';
}

/** How long an offset or a canary may take to arrive before the look is over, ms. */
const ARRIVAL_LIMIT_MS = 1_000;
const ARRIVAL_LOOK_MS = 3;

/** What is kept of a pair from one look to the next. */
export interface LookMemory {
  transfer: TransferSeen | null;
}

export interface Look {
  readonly observation: Omit<PairObservation, 'linkTrouble'>;
  readonly follower: Reading | null;
}

export async function lookAt(
  pair: Pair,
  direction: Direction,
  canary: Canary | null,
  { reader, memory, clock }: { reader: PairReader; memory: LookMemory; clock: Clock },
): Promise<Look> {
  const primary = followedSide(direction);
  const side = otherSide(primary);
  const at = clock.now();
  // The primary first: a follower read later can only be further than it was then.
  const ahead = await reader.read(pair, primary);
  const startedMs = clock.monotonicMs();
  const behind = await reader.read(pair, side);
  memory.transfer = behind === null ? null : transferOf(behind.info, memory.transfer);
  const seen = behind === null ? null : stageOf(behind.info, ahead?.info ?? null, memory.transfer);
  const proof = seen?.stage === 'online' ? proofOf(ahead, behind, canary, startedMs) : null;
  const lagMs = proof === null ? null : await arrivalOf(proof, { reader, pair, side, clock });
  const offset = proof?.kind === 'offset' ? proof.wanted : null;
  return {
    observation: {
      at,
      source: (primary === 'source' ? ahead : behind)?.observation ?? null,
      target: (primary === 'source' ? behind : ahead)?.observation ?? null,
      stage: seen?.stage ?? 'connecting',
      fraction: seen?.fraction ?? null,
      transferredBytes: seen?.transferredBytes ?? null,
      totalBytes: seen?.totalBytes ?? null,
      lagBytes: proof?.kind === 'offset' ? Math.max(0, proof.wanted - proof.first) : null,
      lagMs,
      provenOffset: lagMs === null ? null : offset,
    },
    follower: behind,
  };
}

/** What must arrive at the follower. */
type Proof =
  | { readonly kind: 'offset'; readonly wanted: number; readonly first: number; readonly sinceMs: number }
  | { readonly kind: 'canary'; readonly canary: Canary; readonly sinceMs: number };

/** null: nothing was sent that could arrive. */
function proofOf(
  ahead: Reading | null,
  behind: Reading | null,
  canary: Canary | null,
  startedMs: number,
): Proof | null {
  if (ahead === null || behind === null) return null;
  const wanted = ahead.observation.offset;
  const first = behind.observation.offset;
  if (wanted >= 0 && first >= 0) return { kind: 'offset', wanted, first, sinceMs: startedMs };
  return canary === null ? null : { kind: 'canary', canary, sinceMs: canary.sentMs };
}

/** After how many ms it was seen to arrive; null: not within the limit (I10). */
async function arrivalOf(
  proof: Proof,
  at: { reader: PairReader; pair: Pair; side: Side; clock: Clock },
): Promise<number | null> {
  const { reader, pair, side, clock } = at;
  const limitMs = clock.monotonicMs() + ARRIVAL_LIMIT_MS;
  for (let first = true; ; first = false) {
    const seen =
      proof.kind === 'canary'
        ? await reader.value(pair, side, proof.canary.key)
        : first
          ? proof.first
          : await reader.offset(pair, side);
    const nowMs = clock.monotonicMs();
    const isThere =
      proof.kind === 'canary' ? seen === proof.canary.value : Number(seen ?? -1) >= proof.wanted;
    if (isThere) return Math.round((nowMs - proof.sinceMs) * 10) / 10;
    if (nowMs > limitMs || (seen === null && reader.trouble(side) !== null)) return null;
    await clock.sleep(ARRIVAL_LOOK_MS);
  }
}
