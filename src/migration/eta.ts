// How fast a stage moves and when it will be done. Honest: `measuring` until the rate is known.

import type { Eta, PairObservation } from './progress.ts';

/** Bytes a second between two looks at the same transfer; null: not the same stage, or nothing moved yet. */
export function transferRate(before: PairObservation | null, after: PairObservation): number | null {
  if (before === null || before.stage !== after.stage) return null;
  if (before.transferredBytes === null || after.transferredBytes === null) return null;
  const ms = after.at - before.at;
  const bytes = after.transferredBytes - before.transferredBytes;
  return ms > 0 && bytes > 0 ? (bytes * 1000) / ms : null;
}

/** A rate smoothed over the last looks, so that the ETA does not jump with every burst. */
export function smoothRate(previous: number | null, measured: number | null): number | null {
  if (measured === null) return previous;
  return previous === null ? measured : previous * 0.7 + measured * 0.3;
}

/** Time left of the present stage, from its fraction and the time it took so far. */
export function etaOf(observation: PairObservation, stageSinceAt: number): Eta {
  if (observation.stage === 'online') return 'ready';
  const { fraction } = observation;
  const spentMs = observation.at - stageSinceAt;
  if (fraction === null || fraction < 0.02 || spentMs < 2_000) return 'measuring';
  return { leftMs: Math.round((spentMs * (1 - fraction)) / fraction) };
}
