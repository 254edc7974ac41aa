// How a walk over all keys goes: how much at once, and how long it rests in between (I11).

import type { VerificationPace } from '../../migration/policy.ts';
import type { Clock } from '../../workflow/ports.ts';
import type { SliceLimits } from './slice-reads.ts';

export interface Gait {
  /** Slices that are under way at once. */
  readonly inFlight: number;
  readonly mostKeys: number;
  /** The same where only names are asked for. */
  readonly mostNames: number;
  readonly limits: SliceLimits;
  /** How many keys the next slice should have, by the size of the answers so far. */
  sliceKeys(): number;
  /** null: the answer was too large to be kept. */
  learn(keys: number, replyBytes: number | null): void;
  /** After a slice that took so long, and kept the source busy for `busyMs` of it; rejects when the signal aborts. */
  rest(tookMs: number, busyMs: number): Promise<void>;
}

interface Measures {
  readonly inFlight: number;
  readonly mostKeys: number;
  readonly mostNames: number;
  readonly replyBytes: number;
  readonly limits: SliceLimits;
  /** How long the source is left alone, as a multiple of the time that it was busy with a slice. */
  readonly restShare: number;
}

const MEASURES: Readonly<Record<VerificationPace, Measures>> = {
  fast: {
    inFlight: 4,
    mostKeys: 512,
    mostNames: 512,
    replyBytes: 1024 * 1024,
    limits: { stringBytes: 4_096, elements: 128 },
    restShare: 0,
  },
  // The source is busy with it for a ninth of the time at most, and for less than a millisecond at once: so long
  // waits whoever asks in between.
  gentle: {
    inFlight: 1,
    mostKeys: 16,
    mostNames: 100,
    replyBytes: 16 * 1024,
    limits: { stringBytes: 2_048, elements: 128 },
    restShare: 8,
  },
};

const FEWEST_KEYS = 8;
/** How much the latest slice counts in the mean. */
const LATEST_SHARE = 0.25;

export function createGait(pace: VerificationPace, clock: Clock, signal: AbortSignal): Gait {
  const { inFlight, mostKeys, mostNames, replyBytes: mostBytes, limits, restShare } = MEASURES[pace];
  let bytesPerKey = mostBytes / mostKeys;
  return {
    inFlight,
    mostKeys,
    mostNames,
    limits,
    sliceKeys: () => Math.max(FEWEST_KEYS, Math.min(mostKeys, Math.floor(mostBytes / bytesPerKey))),
    learn(keys, replyBytes) {
      if (keys === 0) return;
      const latest = (replyBytes ?? mostBytes * mostKeys) / keys;
      bytesPerKey += (latest - bytesPerKey) * LATEST_SHARE;
    },
    async rest(tookMs, busyMs) {
      // It is left alone already while answers travel, and while they are compared.
      const restMs = restShare * busyMs - (tookMs - busyMs);
      if (restMs > 0) await clock.sleep(restMs, signal);
      signal.throwIfAborted();
    },
  };
}
