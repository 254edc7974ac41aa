// Keeps reading gentle (I11): so many keys a second, with a pause after each slice that was faster.

import type { Clock } from '../../workflow/ports.ts';

/** A large value costs like the keys that the server could have given in its place. */
const BYTES_PER_KEY = 2_048;
/** Shorter pauses are saved up: timers are not that exact. */
const SHORTEST_PAUSE_MS = 2;

export interface Pace {
  /** Told after reading; waits until the budget allows the next. Rejects when the signal aborts. */
  spend(keys: number, bytes: number): Promise<void>;
}

export function createPace(clock: Clock, keysPerSecond: number, signal: AbortSignal): Pace {
  let freeAt = clock.monotonicMs();
  return {
    async spend(keys, bytes) {
      const cost = keys + bytes / BYTES_PER_KEY;
      const now = clock.monotonicMs();
      freeAt = Math.max(freeAt, now - SHORTEST_PAUSE_MS) + (cost * 1_000) / keysPerSecond;
      if (freeAt - now > SHORTEST_PAUSE_MS) await clock.sleep(freeAt - now, signal);
    },
  };
}
