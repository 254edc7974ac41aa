// Drives all pingers of this thread: sends what is due, looks who waits, and shares out the pings that one thread may
// send. While a reply is waited for a timer is due every millisecond, so that the thread's own delays are known.

import { EARLY_MS, Pinger, type PingerListener, type Surroundings } from './pinger.ts';
import { Ruler } from './ruler.ts';
import { monotonicMs, type ProbeOrder, type ProbePace } from './thread-messages.ts';

/** Pings a second of one thread: 20 servers at full rate. With more servers every interval grows alike. */
const BUDGET_PER_SECOND = 2_000;
/** While a reply is waited for. */
const BEAT_MS = 1;
/** Seconds are handed over and waits looked at, at least so often. */
const IDLE_BEAT_MS = 25;
/** Spreads the pings of any number of servers evenly: the golden ratio. */
const SPREAD = 0.618_033_988_7;

interface Measured {
  readonly pinger: Pinger;
  /** As it is wanted, without the stretch. */
  pace: ProbePace;
}

export class Beat implements Surroundings {
  readonly ruler = new Ruler();
  readonly #measured = new Map<string, Measured>();
  #aheadMs: number;
  #begun = 0;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(aheadMs: number) {
    this.#aheadMs = aheadMs;
  }

  now(): number {
    return monotonicMs();
  }

  toAt(ms: number): number {
    return ms + this.#aheadMs;
  }

  setClock(aheadMs: number): void {
    this.#aheadMs = aheadMs;
  }

  probe(order: ProbeOrder, pace: ProbePace, listener: PingerListener): void {
    this.end(order.key);
    this.#begun += 1;
    const pinger = new Pinger(order, pace, this, listener, (this.#begun * SPREAD) % 1);
    this.#measured.set(order.key, { pinger, pace });
    this.#share();
    this.moved();
  }

  setPace(key: string, pace: ProbePace): void {
    const measured = this.#measured.get(key);
    if (measured === undefined) return;
    measured.pace = pace;
    this.#share();
    this.moved();
  }

  end(key: string): void {
    this.#measured.get(key)?.pinger.close();
    if (this.#measured.delete(key)) this.#share();
  }

  moved(): void {
    const nowMs = this.now();
    // A timer that is due is the measure of this thread's own delay: it is never put off.
    if (this.ruler.isOverdue(nowMs)) return;
    let nextMs = this.#measured.size === 0 ? Number.POSITIVE_INFINITY : nowMs + IDLE_BEAT_MS;
    let waits = false;
    for (const { pinger } of this.#measured.values()) {
      nextMs = Math.min(nextMs, pinger.dueMs);
      waits ||= pinger.isWaiting;
    }
    if (waits) nextMs = Math.min(nextMs, nowMs + BEAT_MS);
    if (waits && this.#dueMs <= nextMs) return;
    if (nextMs !== this.#dueMs) this.#set(nextMs, nowMs);
  }

  #set(dueMs: number, nowMs: number): void {
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    // Node cannot wait for less than a millisecond.
    this.ruler.set(Math.max(dueMs, nowMs + BEAT_MS));
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, Math.ceil(dueMs - nowMs - EARLY_MS)));
  }

  #tick(): void {
    const nowMs = this.now();
    const awaySinceMs = this.ruler.ran(nowMs);
    // Before anything is sent, so that a delay in the middle of this is seen as well.
    this.#set(nowMs + BEAT_MS, nowMs);
    // Timers run right after the sockets have been read; after a delay these must be read once more.
    if (awaySinceMs === null) this.#look(nowMs);
    else setImmediate(() => this.#lookAgain());
    for (const { pinger } of this.#measured.values()) {
      if (awaySinceMs !== null) pinger.heldUp(awaySinceMs, nowMs);
      pinger.tick(nowMs);
    }
    this.moved();
  }

  /** What has not come by now has not come. Nothing of this is done while a reply may be on its way. */
  #look(nowMs: number): void {
    // Held up again meanwhile: the timer that is overdue comes back here.
    if (!this.ruler.looked(nowMs)) return;
    for (const { pinger } of this.#measured.values()) pinger.check(nowMs);
  }

  /** Behind the sockets: that is when immediates run. */
  #lookAgain(): void {
    this.#look(this.now());
    this.moved();
  }

  /** More pings than one thread may send: every interval is stretched by the same factor. */
  #share(): void {
    let perSecond = 0;
    for (const { pace } of this.#measured.values()) perSecond += 1_000 / pace.intervalMs;
    const stretch = Math.max(1, perSecond / BUDGET_PER_SECOND);
    for (const { pinger, pace } of this.#measured.values()) pinger.setPace(pace, stretch);
  }
}
