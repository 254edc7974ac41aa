// The clock of all that one process measures: epoch ms that never go back and never jump by a correction in the
// middle of a measurement. A clock that was set forward, or a machine that slept, is followed.

import { monotonicMs } from './thread-messages.ts';

/** Steps smaller than this are left to the next start: what is measured is shorter. */
const STEP_MS = 500;
const LOOK_EVERY_MS = 1_000;

export class ProbeClock {
  #aheadMs = Date.now() - monotonicMs();
  readonly #timer: NodeJS.Timeout;

  /** `onStep`: the clock was followed forward. */
  constructor(onStep: (aheadMs: number) => void) {
    this.#timer = setInterval(() => {
      const aheadMs = Date.now() - monotonicMs();
      // Not back: seconds would be told twice.
      if (aheadMs - this.#aheadMs < STEP_MS) return;
      this.#aheadMs = aheadMs;
      onStep(aheadMs);
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** `at` = monotonic + this. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  now(): number {
    return monotonicMs() + this.#aheadMs;
  }

  toAt(ms: number): number {
    return ms + this.#aheadMs;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
