// The acts of one cutover attempt, forward or back, in one breath: fence, drain, demote, prove, promote, lift.
// Each step is recorded before its act. Between the fence and the lift nothing else is waited for:
// no Slack, no queue, no hook. Whatever fails is handed to recovery.ts, which reads the roles.

import {
  type CutoverOutcome,
  type Direction,
  type Moment,
  newSide,
  oldSide,
  type PairOffsets,
} from '../migration/cutover.ts';
import type { WayBack } from '../migration/migration.ts';
import type { ActResult, ControlConnection } from './ports.ts';
import type { Session } from './session.ts';

/** What is kept of the fence's time for undoing, ms. */
const MARGIN_MS = 100;
/** The server-side limit of the fence outlives the budget by this, and never exceeds 5 s in all (I3). */
const FENCE_GRACE_MS = 500;
const MAX_FENCE_MS = 5_000;
/** No single act may wait longer than this under the fence, ms. */
const ACT_TIMEOUT_MS = 500;

/** Both ends of every pair, warm and armed before the fence. */
export interface CutoverControls {
  readonly old: ControlConnection;
  readonly new: ControlConnection;
}

/**
 * promoted: done, the record says so.
 * failed: an act was refused or its outcome is unknown; `reason` in words. Recovery decides by the roles.
 */
export type CutoverResult =
  | { readonly kind: 'promoted' }
  | { readonly kind: 'failed'; readonly reason: string };

/** How long the fence stood so far, for the thread; null: it was not this process that set it. */
export type FenceClock = () => number | null;

class CutoverFailed extends Error {}

/** Runs the acts. The record must be in step `fencing`, made by this very owner a moment ago. */
export async function runCutover(
  session: Session,
  direction: Direction,
  controls: readonly CutoverControls[],
  begun: { readonly fenceMs: number; readonly attempt: number },
): Promise<CutoverResult & { readonly fenceClock: FenceClock }> {
  const { clock } = session.workflow;
  const run = new Attempt(session, direction, controls, begun.fenceMs);
  const fenceClock = () => run.elapsedMs(clock.monotonicMs());
  try {
    await run.fence();
    await run.drain();
    await run.demote();
    await run.promote(begun.attempt);
    return { kind: 'promoted', fenceClock };
  } catch (error) {
    if (!(error instanceof CutoverFailed)) throw error;
    return { kind: 'failed', reason: error.message, fenceClock };
  }
}

class Attempt {
  readonly #session: Session;
  readonly #direction: Direction;
  readonly #controls: readonly CutoverControls[];
  readonly #fenceMs: number;
  readonly #moments: Moment[] = [];
  #startedMs: number | null = null;
  #fencedAt = 0;
  #offsets: PairOffsets[];

  constructor(session: Session, direction: Direction, controls: readonly CutoverControls[], fenceMs: number) {
    this.#session = session;
    this.#direction = direction;
    this.#controls = controls;
    this.#fenceMs = fenceMs;
    this.#offsets = controls.map(() => ({ fenced: null, final: null }));
  }

  elapsedMs(nowMs: number): number | null {
    return this.#startedMs === null ? null : nowMs - this.#startedMs;
  }

  /** Writes are held on every old side from here; the offset under the fence comes in the same transaction. */
  async fence(): Promise<void> {
    const { clock } = this.#session.workflow;
    this.#startedMs = clock.monotonicMs();
    this.#fencedAt = this.#session.now();
    const pauseMs = Math.min(this.#fenceMs + FENCE_GRACE_MS, MAX_FENCE_MS);
    await this.#each(async ({ old }, pair) => {
      const { offset } = this.#done(
        await old.fence(pauseMs, this.#timeoutMs()),
        `fencing ${this.#name(pair, 'old')}`,
      );
      this.#offsets[pair] = { fenced: offset, final: null };
      this.#moment('fenced', pair, offset);
    });
  }

  /**
   * Every new side has what its old side had when the fence held. The next step is recorded meanwhile, which
   * saves the fence a round trip: nothing is demoted before both are done.
   */
  async drain(): Promise<void> {
    const [recorded, reached] = await Promise.allSettled([
      this.#session.mustApply({ kind: 'demoting', offsets: this.#offsets }),
      this.#each(async (_, pair) => {
        await this.#reach(pair, this.#offsets[pair]?.fenced ?? Number.POSITIVE_INFINITY);
        this.#moment('reached', pair, this.#offsets[pair]?.fenced ?? null);
      }),
    ]);
    if (recorded.status === 'rejected') throw recorded.reason;
    if (reached.status === 'rejected') throw reached.reason;
  }

  /** Every old side follows its new side; the transaction gives its final offset, which the new side must have. */
  async demote(): Promise<void> {
    this.#inTime('the record was written too late');
    const { replication } = this.#session.workflow;
    const towards = this.#direction === 'forward' ? 'back' : 'forward';
    await this.#each(async ({ old }, pair) => {
      const address = replication.addressToFollow(this.#session.pair(pair), towards);
      const demoted = this.#done(
        await old.follow(address, this.#timeoutMs()),
        `demoting ${this.#name(pair, 'old')}`,
      );
      if (!demoted.wasPrimary)
        throw new CutoverFailed(`${this.#name(pair, 'old')} was not a primary any more`);
      this.#offsets[pair] = { fenced: this.#offsets[pair]?.fenced ?? null, final: demoted.offset };
      this.#moment('demoted', pair, demoted.offset);
    });
    await this.#each(async (_, pair) => {
      await this.#reach(pair, this.#offsets[pair]?.final ?? Number.POSITIVE_INFINITY);
      this.#moment('final-reached', pair, this.#offsets[pair]?.final ?? null);
    });
  }

  /** The point of no return is the record `promoting`. */
  async promote(attempt: number): Promise<void> {
    this.#inTime('the final offset arrived too late');
    await this.#session.mustApply({ kind: 'promoting', offsets: this.#offsets });
    await this.#each(async (control, pair) => {
      const { offset } = this.#done(
        await control.new.promote(ACT_TIMEOUT_MS),
        `promoting ${this.#name(pair, 'new')}`,
      );
      this.#moment('promoted', pair, offset);
    });
    const fenceTimeMs = this.elapsedMs(this.#session.workflow.clock.monotonicMs());
    // Held writers get an error at once instead of a second primary; without this they hang till the fence ends.
    await this.#each(async ({ old }, pair) => {
      const lifted = await old.lift(ACT_TIMEOUT_MS);
      if (lifted.kind === 'done') this.#moment('lifted', pair, null);
      else this.#session.log.warn({ why: lifted.why }, 'the fence ends by itself');
    });
    const outcome: CutoverOutcome = {
      direction: this.#direction,
      attempt,
      fencedAt: this.#fencedAt,
      fenceTimeMs,
      finalOffsets: this.#offsets.map((pair) => pair.final ?? 0),
      moments: this.#moments,
    };
    await this.#session.mustApply({
      kind: 'promoted',
      outcome,
      wayBack: wayBackAfter(this.#session, this.#direction),
    });
  }

  /** Polls the new side every millisecond: waiting for a replica's acknowledgement costs up to a second. */
  async #reach(pair: number, offset: number): Promise<void> {
    const { clock } = this.#session.workflow;
    const control = this.#controls[pair]?.new;
    let seen = 0;
    while (control !== undefined) {
      seen = await this.#answered(
        control.replicaOffset(this.#timeoutMs()),
        `reading ${this.#name(pair, 'new')}`,
      );
      if (seen >= offset) return;
      this.#inTime(`${this.#name(pair, 'new')} was ${offset - seen} bytes behind after ${this.#fenceMs} ms`);
      await clock.sleep(1);
    }
  }

  async #answered<T>(reply: Promise<T>, what: string): Promise<T> {
    try {
      return await reply;
    } catch (error) {
      throw new CutoverFailed(`${what} failed: ${error instanceof Error ? error.message : 'no answer'}`);
    }
  }

  #done<T>(result: ActResult<T>, what: string): T {
    if (result.kind === 'done') return result.value;
    throw new CutoverFailed(
      `${what} ${result.kind === 'refused' ? 'was refused' : 'got no answer'}: ${result.why}`,
    );
  }

  /** What is left of the fence less a margin, at most 500 ms. */
  #timeoutMs(): number {
    this.#inTime('the fence time is over');
    return Math.min(ACT_TIMEOUT_MS, this.#leftMs());
  }

  #leftMs(): number {
    const elapsed = this.elapsedMs(this.#session.workflow.clock.monotonicMs()) ?? 0;
    return this.#fenceMs - MARGIN_MS - elapsed;
  }

  #inTime(otherwise: string): void {
    this.#session.assertOwner();
    if (this.#leftMs() <= 0) throw new CutoverFailed(otherwise);
  }

  async #each(act: (controls: CutoverControls, pair: number) => Promise<void>): Promise<void> {
    const settled = await Promise.allSettled(this.#controls.map(act));
    const failed = settled.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #name(pair: number, end: 'old' | 'new'): string {
    const side = end === 'old' ? oldSide(this.#direction) : newSide(this.#direction);
    return this.#session.pair(pair)[side].name;
  }

  #moment(what: Moment['what'], pair: number, offset: number | null): void {
    const afterMs = this.elapsedMs(this.#session.workflow.clock.monotonicMs()) ?? 0;
    this.#moments.push({ what, pair, afterMs: Math.round(afterMs * 100) / 100, offset });
  }
}

/** Open where the plan says that the old server can follow; watching measures it from then on. */
export function wayBackAfter(session: Session, direction: Direction): WayBack {
  const { state } = session.migration;
  if (direction === 'back') return { state: 'closed', why: 'it was used' };
  const plan = 'plan' in state ? state.plan : null;
  const closed = plan?.pairs.find((pair) => !pair.wayBack.possible);
  return closed === undefined
    ? { state: 'open', lagBytes: null }
    : { state: 'closed', why: closed.wayBack.why };
}
