// One who watches a server's latency: gets what was there before first, then what comes, each thing once. Holds a
// bounded amount for somebody who does not look.

import type { ProbeNews, ProbeSecond, Stall } from '../../migration/latency/reading.ts';
import type { LoggedReading } from '../../workflow/latency-ports.ts';

const MOST_SECONDS = 4_000;
const MOST_STALLS = 1_000;

export class Watcher {
  readonly stallMs: number;
  #seconds: ProbeSecond[] = [];
  #stalls: Stall[] = [];
  /** What came while the past was still being read; null: it was read. */
  #held: LoggedReading[] | null;
  #lastAt = Number.NEGATIVE_INFINITY;
  /** Told once, a stall is told to its end, also where its exact length is a little less. */
  readonly #told = new Set<string>();

  constructor(stallMs: number, readsPast: boolean) {
    this.stallMs = stallMs;
    this.#held = readsPast ? [] : null;
  }

  /** What was measured before, oldest first; all of it, and only once. */
  past(readings: readonly LoggedReading[]): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const reading of readings) this.deliver(reading);
    for (const reading of held) this.deliver(reading);
  }

  deliver(reading: LoggedReading): void {
    if (this.#held !== null) this.#held.push(reading);
    else if (reading.kind === 'second') this.#second(reading.second);
    else this.#stall(reading.stall);
  }

  take(): ProbeNews {
    const news = { seconds: this.#seconds, stalls: this.#stalls };
    this.#seconds = [];
    this.#stalls = [];
    return news;
  }

  /** Two processes may have measured the same second, when one took over from the other. */
  #second(second: ProbeSecond): void {
    if (second.at <= this.#lastAt) return;
    this.#lastAt = second.at;
    this.#seconds.push(second);
    if (this.#seconds.length > MOST_SECONDS) this.#seconds.shift();
  }

  #stall(stall: Stall): void {
    if (stall.lengthMs < this.stallMs && !this.#told.has(stall.id)) return;
    this.#told.add(stall.id);
    this.#stalls.push(stall);
    if (this.#stalls.length > MOST_STALLS) this.#stalls.shift();
    for (const id of this.#told) {
      if (this.#told.size <= MOST_STALLS) return;
      this.#told.delete(id);
    }
  }
}
