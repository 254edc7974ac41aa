// The fake's time: the machine's, plus what a test skipped. It also hands out the identifiers that carry
// time, so that a message's ts is unique and only ever rises.

const STEP_MICROS = 100;

export class Clock {
  #skippedMs = 0;
  #lastMicros = 0;
  #nextId = 1;

  nowMs(): number {
    return Date.now() + this.#skippedMs;
  }

  /** Moves the fake's time forward: triggers, response_urls and rate limits age by as much. */
  skip(ms: number): void {
    this.#skippedMs += ms;
  }

  /** A message's ts, as `1700000000.000100`. */
  nextTs(): string {
    this.#lastMicros = Math.max(this.nowMs() * 1000, this.#lastMicros + STEP_MICROS);
    const seconds = Math.floor(this.#lastMicros / 1_000_000);
    return `${seconds}.${String(this.#lastMicros % 1_000_000).padStart(6, '0')}`;
  }

  nextId(prefix: string): string {
    const id = this.#nextId.toString(36).toUpperCase().padStart(6, '0');
    this.#nextId += 1;
    return `${prefix}0${id}`;
  }
}
