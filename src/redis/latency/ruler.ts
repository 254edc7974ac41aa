// How long this thread itself was held up: by its own work, by others on the processor, by a stopped process. It
// keeps a timer due at every moment that matters; a timer that is due and has not run says since when nobody looked.

/** Timers run on whole milliseconds: so much later than due is no delay. */
const SLACK_MS = 1.5;

export class Ruler {
  /** When the next timer is due; Infinity: none is set. */
  #dueMs = Number.POSITIVE_INFINITY;
  /** Since when the thread may not have looked at its sockets; null: it looked a moment ago. */
  #awaySinceMs: number | null = null;

  /** The next timer. One that is overdue stays: only its running proves that the thread is back. */
  set(dueMs: number): void {
    this.#dueMs = dueMs;
  }

  isOverdue(nowMs: number): boolean {
    return nowMs - this.#dueMs > SLACK_MS;
  }

  /** The timer ran. Gives since when the thread was held up; null: it was not. */
  ran(nowMs: number): number | null {
    const since = this.#note(nowMs);
    this.#dueMs = Number.POSITIVE_INFINITY;
    return since;
  }

  /** How much of the time until now may be this thread's own delay, for a reply that is read now. ms. */
  ownDelayMs(nowMs: number): number {
    this.#note(nowMs);
    return this.#awaySinceMs === null ? 0 : nowMs - this.#awaySinceMs;
  }

  /** All sockets have been read. false: it was held up again meanwhile, and they may hold more. */
  looked(nowMs: number): boolean {
    if (this.isOverdue(nowMs)) return false;
    this.#awaySinceMs = null;
    return true;
  }

  #note(nowMs: number): number | null {
    if (!this.isOverdue(nowMs)) return null;
    this.#awaySinceMs ??= this.#dueMs;
    return this.#dueMs;
  }
}
