// The acts of one cutover attempt, forward or back: fence, drain, demote or set aside, promote; each step recorded
// before its act. Between the fence and the lift nothing else is waited for: no Slack, no queue, no hook. Whatever
// fails is handed to recovery.ts, which reads the roles.

import {
  type CutoverOrder,
  type Direction,
  type Moment,
  newSide,
  oldSide,
  type PairOffsets,
} from '../migration/cutover.ts';
import type { Hold, Route } from '../migration/route.ts';
import { ACT_TIMEOUT_MS, CutoverFailed, FenceTime } from './fence-time.ts';
import type { ActResult, ControlConnection, FenceProof, Reached } from './ports.ts';
import { finalOffsetsOf, wayBackAfter } from './routing.ts';
import type { Session } from './session.ts';

/** The server-side limit of a fence that ends by itself outlives the budget by this, and never exceeds 5 s in all (I3). */
const FENCE_GRACE_MS = 500;
const MAX_FENCE_MS = 5_000;

/** A pair as the cutover needs it: both ends warm and armed before the fence, the hold recorded. */
export interface CutoverPair {
  readonly old: ControlConnection;
  readonly new: ControlConnection;
  readonly route: Route;
  readonly hold: Hold;
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

export interface Begun {
  readonly direction: Direction;
  readonly order: CutoverOrder;
  readonly fenceMs: number;
  readonly attempt: number;
}

/** Runs the acts. The record must be in step `fencing`, made by this very owner a moment ago. */
export async function runCutover(
  session: Session,
  pairs: readonly CutoverPair[],
  begun: Begun,
): Promise<CutoverResult & { readonly fenceClock: FenceClock }> {
  const run = new Attempt(session, pairs, begun);
  const fenceClock = () => run.time.elapsedMs();
  try {
    await run.fence();
    if (begun.order === 'demote-first') {
      await run.drainAndRecord();
      await run.demote();
    } else {
      await run.drain();
    }
    await run.promote();
    return { kind: 'promoted', fenceClock };
  } catch (error) {
    if (!(error instanceof CutoverFailed)) throw error;
    return { kind: 'failed', reason: error.message, fenceClock };
  }
}

class Attempt {
  readonly time: FenceTime;
  readonly #session: Session;
  readonly #pairs: readonly CutoverPair[];
  readonly #begun: Begun;
  readonly #moments: Moment[] = [];
  readonly #proofs = new Map<number, FenceProof>();
  /** Offsets that both sides were seen to have under the fence. */
  readonly #levels = new Map<number, number>();
  readonly #offsets: PairOffsets[];
  #fencedAt = 0;

  constructor(session: Session, pairs: readonly CutoverPair[], begun: Begun) {
    this.#session = session;
    this.#pairs = pairs;
    this.#begun = begun;
    this.time = new FenceTime(session, begun.fenceMs);
    this.#offsets = pairs.map(() => ({ fenced: null, final: null, markerSeen: false }));
  }

  /** Writes are held on every old side from here; the proof of it comes in the same transaction. */
  async fence(): Promise<void> {
    this.time.start();
    this.#fencedAt = this.#session.now();
    const pauseMs = Math.min(this.#begun.fenceMs + FENCE_GRACE_MS, MAX_FENCE_MS);
    await this.#each(async ({ old, hold }, pair) => {
      const proof = this.#done(
        await old.fence(hold, pauseMs, this.time.timeoutMs()),
        `fencing ${this.#name(pair, 'old')}`,
      );
      this.#proofs.set(pair, proof);
      const fenced = proof.kind === 'offset' ? proof.offset : null;
      this.#offsets[pair] = { fenced, final: null, markerSeen: false };
      this.#moment('fenced', pair, fenced);
    });
  }

  /** Every new side has what its old side had when the fence held: nothing is written after that. */
  async drain(): Promise<void> {
    await this.#each(async (ends, pair) => {
      const proof = this.#proofs.get(pair);
      if (proof === undefined) throw new CutoverFailed(`${this.#name(pair, 'old')} was not fenced`);
      await this.#reach(pair, proof);
      await this.#level(ends, pair);
      const offset = proof.kind === 'offset' ? proof.offset : null;
      // Where nobody is demoted before the promotion this is the last word: the hold stands until after it.
      if (this.#begun.order === 'promote-first')
        this.#offsets[pair] = { fenced: offset, final: offset, markerSeen: proof.kind === 'marker' };
      this.#moment('reached', pair, offset);
    });
  }

  /**
   * Behind a password the offsets are compared before the demotion, which breaks the link: they must be equal, or the
   * old side would follow from a wrong place, because the new side counted refusals (counted-refusals.ts).
   */
  async #level({ old, hold, route }: CutoverPair, pair: number): Promise<void> {
    if (hold.kind !== 'password' || route.demotion !== 'follow') return;
    const { offset } = await this.#answered(
      old.observe(this.time.timeoutMs()),
      `reading ${this.#name(pair, 'old')}`,
    );
    const seen = await this.#reach(pair, { kind: 'offset', offset });
    if (seen !== offset) throw new CutoverFailed(`${this.#name(pair, 'new')} counts bytes that nobody wrote`);
    this.#levels.set(pair, offset);
  }

  /** The same, while the next step is recorded, which saves the fence a round trip: nothing is demoted before both are done. */
  async drainAndRecord(): Promise<void> {
    const [recorded, reached] = await Promise.allSettled([
      this.#session.mustApply({ kind: 'demoting', offsets: [...this.#offsets] }),
      this.drain(),
    ]);
    if (recorded.status === 'rejected') throw recorded.reason;
    if (reached.status === 'rejected') throw reached.reason;
  }

  /** Every old side follows its new side; the transaction gives its final offset, which the new side must have. */
  async demote(): Promise<void> {
    this.time.check('the record was written too late');
    const { replication } = this.#session.workflow;
    const towards = this.#begun.direction === 'forward' ? 'back' : 'forward';
    await this.#each(async ({ old, hold }, pair) => {
      const address = replication.addressToFollow(this.#session.pair(pair), towards);
      const demoted = this.#done(
        await old.follow(address, this.time.timeoutMs(), hold),
        `demoting ${this.#name(pair, 'old')}`,
      );
      if (!demoted.wasPrimary)
        throw new CutoverFailed(`${this.#name(pair, 'old')} was not a primary any more`);
      const fenced = this.#offsets[pair]?.fenced ?? null;
      this.#offsets[pair] = { fenced, final: demoted.offset, markerSeen: false };
      this.#moment('demoted', pair, demoted.offset);
    });
    await this.#each(async (ends, pair) => {
      const offset = this.#offsets[pair]?.final ?? Number.POSITIVE_INFINITY;
      const isLevel = this.#levels.get(pair) === offset;
      const reached = (isLevel ? Promise.resolve() : this.#reach(pair, { kind: 'offset', offset })).then(() =>
        this.#moment('final-reached', pair, offset),
      );
      const [arrived, kept] = await Promise.allSettled([reached, this.#keepAside(ends, pair)]);
      if (arrived.status === 'rejected') throw arrived.reason;
      if (kept.status === 'rejected') throw kept.reason;
    });
  }

  /** The point of no return is the record `promoting`. */
  async promote(): Promise<void> {
    this.time.check('the last write arrived too late');
    await this.#session.mustApply({ kind: 'promoting', offsets: this.#offsets });
    if (this.#begun.order === 'promote-first') await this.#setAside();
    await this.#each(async (control, pair) => {
      const { offset } = this.#done(
        await control.new.promote(ACT_TIMEOUT_MS),
        `promoting ${this.#name(pair, 'new')}`,
      );
      this.#moment('promoted', pair, offset < 0 ? null : offset);
    });
    const fenceTimeMs = this.time.elapsedMs();
    const holds = await this.#lift();
    const { direction, attempt } = this.#begun;
    await this.#session.mustApply({
      kind: 'promoted',
      outcome: {
        direction,
        attempt,
        fencedAt: this.#fencedAt,
        fenceTimeMs,
        finalOffsets: finalOffsetsOf(this.#offsets),
        holds,
        moments: this.#moments,
      },
      wayBack: wayBackAfter(this.#session, direction),
    });
  }

  /** An old side that cannot follow becomes read-only while its hold stands; it has given away all that it had (I1). */
  async #setAside(): Promise<void> {
    const { parkingAddress } = this.#session.workflow.replication;
    await this.#each(async (ends, pair) => {
      if (ends.route.demotion === 'password') return;
      const { offset } = this.#done(
        await ends.old.follow(parkingAddress, ACT_TIMEOUT_MS),
        `setting ${this.#name(pair, 'old')} aside`,
      );
      this.#moment('set-aside', pair, offset < 0 ? null : offset);
      await this.#keepAside(ends, pair);
    });
  }

  /**
   * The old side is read-only. Before anybody else may take writes its config file says so too, so that a restart at
   * any moment keeps it (I1). A hold that lasts comes off first: it must not get into that file.
   */
  async #keepAside({ old, hold }: CutoverPair, pair: number): Promise<void> {
    const name = this.#name(pair, 'old');
    if (hold.kind !== 'pause') {
      this.#done(await old.lift(hold, ACT_TIMEOUT_MS), `lifting the fence of ${name}`);
      this.#moment('lifted', pair, null);
    }
    const written = await old.rewriteConfig(ACT_TIMEOUT_MS);
    if (written.kind === 'unknown') this.#done(written, `keeping the role of ${name}`);
    if (written.kind === 'refused')
      this.#session.log.warn({ why: written.why }, 'CONFIG REWRITE failed; it is tried again');
  }

  /** Held writers get an error at once instead of a second primary. Gives what has to stay. */
  async #lift(): Promise<(Hold | null)[]> {
    await this.#each(async ({ old, hold }, pair) => {
      if (hold.kind !== 'pause') return;
      const lifted = await old.lift(hold, ACT_TIMEOUT_MS);
      if (lifted.kind === 'done') this.#moment('lifted', pair, null);
      else this.#session.log.warn({ why: lifted.why }, 'the fence ends by itself');
    });
    return this.#pairs.map(({ route, hold }) => (route.demotion === 'password' ? hold : null));
  }

  /** Polls the new side every millisecond: waiting for a replica's acknowledgement costs up to a second. Gives its offset. */
  async #reach(pair: number, proof: FenceProof): Promise<number | null> {
    const { clock } = this.#session.workflow;
    const control = this.#pairs[pair]?.new;
    while (control !== undefined) {
      const reading = control.reached(proof, this.time.timeoutMs());
      const seen = await this.#answered(reading, `reading ${this.#name(pair, 'new')}`);
      if (seen.reached) return seen.offset;
      this.time.check(behind(this.#name(pair, 'new'), proof, seen, this.#begun.fenceMs));
      await clock.sleep(1);
    }
    return null;
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

  async #each(act: (pair: CutoverPair, index: number) => Promise<void>): Promise<void> {
    const settled = await Promise.allSettled(this.#pairs.map(act));
    const failed = settled.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #name(pair: number, end: 'old' | 'new'): string {
    const { direction } = this.#begun;
    return this.#session.pair(pair)[end === 'old' ? oldSide(direction) : newSide(direction)].name;
  }

  #moment(what: Moment['what'], pair: number, offset: number | null): void {
    const afterMs = this.time.elapsedMs() ?? 0;
    this.#moments.push({ what, pair, afterMs: Math.round(afterMs * 100) / 100, offset });
  }
}

function behind(name: string, proof: FenceProof, { offset }: Reached, fenceMs: number): string {
  return proof.kind === 'offset' && offset !== null
    ? `${name} was ${proof.offset - offset} bytes behind after ${fenceMs} ms`
    : `${name} did not have the last write after ${fenceMs} ms`;
}
