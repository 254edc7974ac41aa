// How long a fence has stood, and how long an act under it may still take. Every wait under a fence goes by this
// clock, so that an attempt ends in time to be undone (I3).

import type { Session } from './session.ts';

/** What is kept of the fence's time for undoing, ms. */
const MARGIN_MS = 100;
/** No single act may wait longer than this under the fence, ms. */
export const ACT_TIMEOUT_MS = 500;

/** An act was refused, got no answer, or came too late; the message is for people. */
export class CutoverFailed extends Error {}

export class FenceTime {
  readonly fenceMs: number;
  readonly #session: Session;
  #startedMs: number | null = null;

  constructor(session: Session, fenceMs: number) {
    this.#session = session;
    this.fenceMs = fenceMs;
  }

  start(): void {
    this.#startedMs = this.#session.workflow.clock.monotonicMs();
  }

  /** null: it was not set yet. */
  elapsedMs(): number | null {
    const nowMs = this.#session.workflow.clock.monotonicMs();
    return this.#startedMs === null ? null : nowMs - this.#startedMs;
  }

  /** For one act: what is left of the fence less a margin, at most 500 ms. */
  timeoutMs(): number {
    this.check('the fence time is over');
    return Math.min(ACT_TIMEOUT_MS, this.#leftMs());
  }

  /** Throws when the time is over, or when somebody else owns the migration. */
  check(otherwise: string): void {
    this.#session.assertOwner();
    if (this.#leftMs() <= 0) throw new CutoverFailed(otherwise);
  }

  #leftMs(): number {
    return this.fenceMs - MARGIN_MS - (this.elapsedMs() ?? 0);
  }
}
