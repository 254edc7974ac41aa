// What a server usually serves, commands a second: the middle of the last calm readings. A single figure may be a burst,
// often one of Ferry's own comparisons; and what a script calls is counted, too, so that a server that a script stops
// seems to serve millions just then.

/** About a minute at the slower pace. */
const KEPT = 30;
/** For so long after a stall the server's own average is about the stall, and about what piled up in it. */
const AFTERWARDS_MS = 3_000;

interface Rate {
  /** Epoch ms. */
  readonly at: number;
  readonly perSecond: number;
}

export class UsualRate {
  #calm: readonly Rate[] = [];
  #stalled = { from: Number.POSITIVE_INFINITY, until: Number.NEGATIVE_INFINITY };

  /** The server said at `at`, epoch ms, that it serves so many commands a second; null: it did not say. */
  note(at: number, perSecond: number | null): void {
    if (perSecond === null || this.#isDisturbed(at)) return;
    this.#calm = [...this.#calm, { at, perSecond }].slice(-KEPT);
  }

  /** It answered nobody in that time, epoch ms; the same stall again as it grows. */
  stalled(from: number, until: number): void {
    this.#stalled = { from, until };
    this.#calm = this.#calm.filter(({ at }) => !this.#isDisturbed(at));
  }

  /** Commands a second before a moment, epoch ms; null: no calm reading is known. */
  before(moment: number): number | null {
    const rates = this.#calm.filter(({ at }) => at <= moment).map(({ perSecond }) => perSecond);
    return rates.sort((a, b) => a - b)[Math.floor((rates.length - 1) / 2)] ?? null;
  }

  #isDisturbed(at: number): boolean {
    return at >= this.#stalled.from && at <= this.#stalled.until + AFTERWARDS_MS;
  }
}
