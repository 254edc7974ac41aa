// Tells the waits of one probe that are longer than a stall: as soon as they are, a few times a second while they
// last, and when they are over.

import type { Silence } from './thread-messages.ts';

const TELL_EVERY_MS = 100;

/** Something that was sent and has had no answer. */
export interface Waiting {
  /** When it was sent: replies are measured from here. */
  readonly sinceMs: number;
  /** When it was to be sent, a moment earlier: whoever is silent is silent since then at the latest. */
  readonly dueMs: number;
  readonly intervalMs: number;
  /** A ping; false: the login of a connection, which is no measurement. */
  readonly isPing: boolean;
}

/** How a wait ended. */
export type WaitEnd = Pick<Silence, 'lost' | 'loading'>;

export class SilenceNews {
  readonly #toAt: (ms: number) => number;
  readonly #tell: (silence: Silence) => void;
  #count = 0;
  /** When the silence that lasts was told; null: none lasts. */
  #toldMs: number | null = null;

  constructor(toAt: (ms: number) => number, tell: (silence: Silence) => void) {
    this.#toAt = toAt;
    this.#tell = tell;
  }

  /** It was told that one lasts, so its end must be told, too. */
  get lasts(): boolean {
    return this.#toldMs !== null;
  }

  /** A wait that goes on and is longer than a stall. */
  goesOn(waiting: Waiting, waitedMs: number, nowMs: number): void {
    if (this.#toldMs !== null && nowMs - this.#toldMs < TELL_EVERY_MS) return;
    this.#say(waiting, waitedMs, { over: false, lost: false, loading: false });
    this.#toldMs = nowMs;
  }

  /** It is over. */
  ended(waiting: Waiting, lengthMs: number, end: WaitEnd): void {
    this.#say(waiting, lengthMs, { over: true, ...end });
    this.#toldMs = null;
  }

  #say(
    { dueMs, intervalMs }: Waiting,
    lengthMs: number,
    how: Pick<Silence, 'over' | 'lost' | 'loading'>,
  ): void {
    if (this.#toldMs === null) this.#count += 1;
    const startedAt = this.#toAt(dueMs);
    this.#tell({ number: this.#count, startedAt, startedMs: dueMs, lengthMs, intervalMs, ...how });
  }
}
