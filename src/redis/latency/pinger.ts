// Measures one server: one PING after the other, the next one an interval after the last was sent, never two under
// way. Survives lost connections, and tells a wait that is longer than a stall while it lasts. What may be the
// thread's own delay is taken off, or the reply is not measured.

import type { ProbeSecond } from '../../migration/latency/reading.ts';
import { type Answer, Line, type LineListener } from './line.ts';
import type { Ruler } from './ruler.ts';
import { SecondBook } from './second-book.ts';
import { SilenceNews, type Waiting } from './silence-news.ts';
import type { ProbeOrder, ProbePace, Silence } from './thread-messages.ts';

/** Seen in CLIENT LIST; names beginning with `ferry:` are left out where clients are listed. */
const NAME = 'ferry:probe';
/** Timers run on whole milliseconds: a ping may be this much early … */
export const EARLY_MS = 0.25;
/** … and this much late without the thread being held up. */
const LATE_MS = 1.5;
const FIRST_RETRY_MS = 10;
const LAST_RETRY_MS = 1_000;
/** A reply that is waited for so long may be waiting on a connection that nobody holds the other end of any more. */
const SPARE_AFTER_MS = 1_000;
const SPARE_FOR_MS = 5_000;
/** While a script keeps the server busy it is asked at most so often. */
const BUSY_EVERY_MS = 50;
const LOG_IN_AGAIN_MS = 5_000;

export interface PingerListener {
  second(second: ProbeSecond): void;
  silence(silence: Silence): void;
  endOfLine(end: string, open: boolean): void;
}

/** What a pinger needs of its thread. */
export interface Surroundings {
  readonly ruler: Ruler;
  now(): number;
  /** Epoch ms of a monotonic time. */
  toAt(ms: number): number;
  /** Something is due at another time than before. */
  moved(): void;
}

export class Pinger implements LineListener {
  readonly #order: ProbeOrder;
  readonly #around: Surroundings;
  readonly #listener: PingerListener;
  readonly #book: SecondBook;
  readonly #silence: SilenceNews;
  /** As it is wanted. */
  #pace: ProbePace;
  /** As it is: longer where the thread has more to do than it may. */
  #intervalMs: number;
  #line: Line | null = null;
  #ready = false;
  #waiting: Waiting | null = null;
  /** When the next ping is due, or the next attempt to connect while there is no connection. */
  #dueMs: number;
  /** When to ask again a server that a script keeps busy; null: it is not. */
  #busyDueMs: number | null = null;
  #retryMs = 0;
  /** Why there is no connection; null: there is one, or none was tried yet. */
  #down: string | null = null;
  #loggedInMs = 0;
  #spare: { readonly line: Line; readonly sinceMs: number } | null = null;
  #spareDueMs = 0;
  /** A reply was read after a delay of this thread, and the seconds are not handed over yet. */
  #wasHeldUp = false;

  /** `phase`: 0 to 1, so that the pings of many servers do not go out all at once. */
  constructor(
    order: ProbeOrder,
    pace: ProbePace,
    around: Surroundings,
    listener: PingerListener,
    phase: number,
  ) {
    this.#order = order;
    this.#pace = pace;
    this.#intervalMs = pace.intervalMs;
    this.#around = around;
    this.#listener = listener;
    const nowMs = around.now();
    this.#book = new SecondBook(around.toAt(nowMs));
    this.#silence = new SilenceNews((ms) => around.toAt(ms), listener.silence);
    this.#dueMs = nowMs + phase * pace.intervalMs;
  }

  get isWaiting(): boolean {
    return this.#waiting !== null;
  }

  /** When `tick` has something to do; Infinity: first something must come from the server. */
  get dueMs(): number {
    if (this.#waiting !== null) return this.#busyDueMs ?? Number.POSITIVE_INFINITY;
    return this.#line === null || this.#ready ? this.#dueMs : Number.POSITIVE_INFINITY;
  }

  setPace(pace: ProbePace, stretch: number): void {
    this.#pace = pace;
    this.#intervalMs = pace.intervalMs * stretch;
    this.#dueMs = Math.min(this.#dueMs, this.#around.now() + this.#intervalMs);
  }

  /** Sends what is due. */
  tick(nowMs: number): void {
    if (nowMs < this.dueMs - EARLY_MS) return;
    if (this.#line === null) this.#line = new Line(this.#order, NAME, this);
    else this.#ping(this.#line, nowMs);
  }

  /** All sockets have been read a moment ago: who waits now has had no reply. */
  check(nowMs: number): void {
    if (this.#waiting !== null) this.#checkWait(this.#waiting, nowMs);
    if (this.#down !== null) this.#book.down(this.#around.toAt(nowMs), this.#down);
    if (this.#waiting !== null || !this.#ready || this.#wasHeldUp) this.#handOver(nowMs);
  }

  /** Tells the seconds that are complete. It takes a moment: where replies come, it is done right after one. */
  #handOver(nowMs: number): void {
    this.#wasHeldUp = false;
    const waitingSinceAt = this.#waiting === null ? null : this.#around.toAt(this.#waiting.sinceMs);
    const complete = this.#book.complete(this.#around.toAt(nowMs), {
      waitingSinceAt,
      down: this.#down,
      perSecond: perSecond(this.#intervalMs),
      wantedPerSecond: perSecond(this.#pace.intervalMs),
    });
    for (const second of complete) this.#listener.second(second);
  }

  heldUp(fromMs: number, toMs: number): void {
    this.#book.heldUp(this.#around.toAt(fromMs), this.#around.toAt(toMs));
  }

  close(): void {
    if (this.#line !== null) this.#drop(this.#line);
    this.#dropSpare();
    this.#line = null;
    this.#waiting = null;
  }

  connected(line: Line): void {
    this.#listener.endOfLine(line.localEnd, true);
    // A connection that is accepted and not served waits like any client's.
    if (line === this.#line) this.#await(this.#around.now(), false);
  }

  ready(line: Line, atMs: number): void {
    this.#loggedInMs = atMs;
    if (line === this.#spare?.line) {
      // The server answers a new connection and not the old one: the old one is stuck.
      if (this.#line !== null) this.#drop(this.#line);
      this.#spare = null;
      this.#line = line;
    }
    this.#ready = true;
    this.#down = null;
    this.#settle('served', atMs);
  }

  answered(line: Line, answer: Answer, atMs: number): void {
    if (line !== this.#line || this.#waiting === null) return;
    if (answer === 'busy') {
      // Nobody is served while the script runs: the wait goes on, and is not asked about at full rate.
      this.#busyDueMs = atMs + BUSY_EVERY_MS;
      return;
    }
    const mayLogIn = answer === 'refused' && atMs - this.#loggedInMs > LOG_IN_AGAIN_MS;
    if (!mayLogIn) {
      this.#settle(answer, atMs);
      return;
    }
    this.#loggedInMs = atMs;
    this.#dueMs = Math.max(this.#dueMs, atMs + 1);
    this.#settle(answer, atMs);
    this.#await(atMs, false);
    line.logInAgain();
  }

  lost(line: Line, why: string): void {
    if (line.localEnd !== '') this.#listener.endOfLine(line.localEnd, false);
    const nowMs = this.#around.now();
    if (line === this.#spare?.line) {
      this.#spare = null;
      this.#spareDueMs = nowMs + LAST_RETRY_MS;
      return;
    }
    this.#line = null;
    this.#ready = false;
    this.#down = why;
    this.#book.down(this.#around.toAt(nowMs), why);
    this.#dueMs = nowMs + this.#retryMs;
    this.#retryMs = Math.min(Math.max(this.#retryMs * 2, FIRST_RETRY_MS), LAST_RETRY_MS);
    // What was waited for will not come: it is no reply, and is not booked as one.
    if (this.#waiting !== null && this.#silence.lasts) {
      const lengthMs = nowMs - this.#waiting.dueMs - this.#around.ruler.ownDelayMs(nowMs);
      this.#silence.ended(this.#waiting, Math.max(0, lengthMs), { lost: true, loading: false });
    }
    this.#waiting = null;
    this.#dropSpare();
    this.#around.moved();
  }

  #ping(line: Line, nowMs: number): void {
    this.#busyDueMs = null;
    const sentMs = line.ping();
    if (this.#waiting !== null) return;
    const dueMs = this.#dueMs;
    this.#dueMs = dueMs + this.#intervalMs > nowMs ? dueMs + this.#intervalMs : nowMs + this.#intervalMs;
    const lateMs = sentMs - dueMs;
    this.#await(sentMs, true, lateMs > 0 && lateMs < LATE_MS ? dueMs : sentMs);
  }

  #await(sinceMs: number, isPing: boolean, dueMs = sinceMs): void {
    this.#waiting = { sinceMs, dueMs, intervalMs: this.#intervalMs, isPing };
    this.#around.moved();
  }

  /** The server answered: books how long it took, and goes on. */
  #settle(answer: Answer, atMs: number): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    const wholeMs = atMs - waiting.sinceMs;
    const ownMs = Math.min(wholeMs, this.#around.ruler.ownDelayMs(atMs));
    const tookMs = wholeMs - ownMs;
    const silentMs = tookMs + waiting.sinceMs - waiting.dueMs;
    const isStall = silentMs >= this.#pace.stallMs || this.#silence.lasts;
    const [sentAt, readAt] = [this.#around.toAt(waiting.sinceMs), this.#around.toAt(atMs)];
    if (waiting.isPing) {
      // A server that answers a login and hangs up is not called at once again.
      this.#retryMs = 0;
      // Where the thread's own delay is the larger part, nobody knows when the reply came.
      if (ownMs * 2 <= wholeMs || isStall) this.#book.reply(sentAt, readAt, tookMs, waiting.intervalMs);
      else this.#book.discard(sentAt, readAt);
    }
    if (answer === 'loading') this.#book.loading(readAt);
    if (isStall) this.#silence.ended(waiting, silentMs, { lost: false, loading: answer === 'loading' });
    this.#waiting = null;
    this.#busyDueMs = null;
    this.#dropSpare();
    // Late: the next ping goes at once, as redis-cli does.
    this.tick(atMs);
    // After a delay of this thread the seconds first hear of it.
    if (ownMs === 0) this.#handOver(atMs);
    else this.#wasHeldUp = true;
    this.#around.moved();
  }

  #checkWait(waiting: Waiting, nowMs: number): void {
    const waitedMs = nowMs - waiting.dueMs;
    if (waitedMs >= this.#pace.stallMs) this.#silence.goesOn(waiting, waitedMs, nowMs);
    if (this.#spare !== null && nowMs - this.#spare.sinceMs > SPARE_FOR_MS) this.#dropSpare();
    if (waitedMs >= SPARE_AFTER_MS && this.#spare === null && nowMs >= this.#spareDueMs) {
      this.#spare = { line: new Line(this.#order, NAME, this), sinceMs: nowMs };
    }
  }

  #dropSpare(): void {
    if (this.#spare !== null) this.#drop(this.#spare.line);
    this.#spare = null;
  }

  #drop(line: Line): void {
    line.close();
    if (line.localEnd !== '') this.#listener.endOfLine(line.localEnd, false);
  }
}

function perSecond(intervalMs: number): number {
  return Math.round(10_000 / intervalMs) / 10;
}
