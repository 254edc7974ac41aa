// One owner's hold on one migration: the record it may write, the lease it renews, the control
// connections it opened. When ownership is lost everything stops; nothing is retried here (I8).

import type { Announcement } from '../migration/announcement.ts';
import { FerryError } from '../migration/errors.ts';
import type { AuditEntry, Event } from '../migration/events.ts';
import type { Instance, Side } from '../migration/instance.ts';
import { advance, phaseLabel } from '../migration/lifecycle.ts';
import type { Migration, Pair } from '../migration/migration.ts';
import { standingPassword } from '../migration/standing-hold.ts';
import { Controls } from './controls.ts';
import { ObservedLatency } from './latency/observed-latency.ts';
import type { ControlConnection, Logger, Ownership, Versioned } from './ports.ts';
import { Sentry } from './sentry.ts';
import type { Workflow } from './workflow.ts';

/** A lease of the normal kind; a cutover takes a longer one. */
export const LEASE_MS = 5_000;
/** The reconciler looks as soon as the lease can have run out. */
const DUE_AFTER_LEASE_MS = 100;
/** How long a control command may take outside of a cutover. */
export const CONTROL_TIMEOUT_MS = 3_000;
/** The lock of a second Ferry: much longer than any take-over. */
export const SERVER_LOCK_MS = 120_000;

/** This process is not the owner any more: leave everything as it is and stop. */
export class OwnershipLost extends Error {
  constructor(why: string) {
    super(`ownership lost: ${why}`);
    this.name = 'OwnershipLost';
  }
}

export class Session {
  readonly workflow: Workflow;
  readonly owner: Ownership;
  readonly log: Logger;
  readonly sentry = new Sentry();
  readonly latency = new ObservedLatency(this);
  leaseMs = LEASE_MS;
  /** Directions of pairs where no hold stands that the record knows nothing of: looked for once an owner. */
  readonly unheld = new Set<string>();
  /** References of Ferry's own passwords that let it in where the record knows of no hold. */
  readonly #behind = new Map<string, string>();
  #versioned: Versioned;
  #pendingCursor: string | null = null;
  readonly #controls = new Controls(this);
  #clockOffsetMs: number;
  #renewedMs: number;
  #lost: string | null = null;
  readonly #ended = new AbortController();

  constructor(workflow: Workflow, owner: Ownership, versioned: Versioned, redisNow: number) {
    this.workflow = workflow;
    this.owner = owner;
    this.#versioned = versioned;
    this.#renewedMs = workflow.clock.monotonicMs();
    this.#clockOffsetMs = redisNow - this.#renewedMs;
    this.log = workflow.logger.child({
      migration: versioned.migration.id,
      uid: owner.uid,
      epoch: owner.epoch,
    });
  }

  get migration(): Migration {
    return this.#versioned.migration;
  }

  get wishCursor(): string {
    return this.#pendingCursor ?? this.#versioned.wishCursor;
  }

  /** Aborts when ownership is lost or the session closes: what runs in the background listens to it. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** The time of Ferry's Redis, epoch ms, carried by this process's monotonic clock between renewals. */
  now(): number {
    return Math.round(this.workflow.clock.monotonicMs() + this.#clockOffsetMs);
  }

  /** Renews the lease and the due time; false: lost for good. */
  async renew(): Promise<boolean> {
    const { records, clock } = this.workflow;
    const askedMs = clock.monotonicMs();
    const kept = await records.renew(this.owner, this.leaseMs);
    if (!kept) {
      this.lose('the lease ran out');
      return false;
    }
    this.#renewedMs = askedMs;
    this.#clockOffsetMs = (await records.time()) - clock.monotonicMs();
    await records.setDue(this.owner.uid, this.leaseMs + DUE_AFTER_LEASE_MS);
    return true;
  }

  lose(why: string): void {
    if (this.#lost !== null) return;
    this.#lost = why;
    this.#ended.abort(new OwnershipLost(why));
  }

  /** Throws as soon as this process is known not to be the owner any more. */
  assertOwner(): void {
    // A process that slept, or that Ferry's Redis does not answer, cannot know whether it still is.
    const sinceMs = this.workflow.clock.monotonicMs() - this.#renewedMs;
    if (sinceMs > this.leaseMs) this.lose(`the lease was not renewed for ${Math.round(sinceMs)} ms`);
    if (this.#lost !== null) throw new OwnershipLost(this.#lost);
  }

  /** The wish up to here is folded in with the next save. */
  consumeWish(cursor: string): void {
    this.#pendingCursor = cursor;
  }

  /** For steps that must not be skipped: throws where `apply` would give false, so that no act follows. */
  async mustApply(event: Event): Promise<void> {
    if (await this.apply(event)) return;
    throw new FerryError(
      'event-refused',
      `${this.migration.id} is ${phaseLabel(this.migration)}: ${event.kind} was refused.`,
    );
  }

  /** Saves that wishes were folded in though they changed nothing, so that they stop blocking later ones. */
  async saveCursor(): Promise<void> {
    if (this.#pendingCursor === null) return;
    await this.#save(this.#versioned.migration, [], []);
  }

  /**
   * Advances the record by an event and saves it by compare-and-set.
   * Gives false when the lifecycle refuses the event; throws OwnershipLost when the record is not ours.
   */
  async apply(event: Event): Promise<boolean> {
    return (await this.#advance(event, false)) === 'applied';
  }

  /**
   * The same, unless a wish waits that was not folded in yet: then nothing is saved and `wished` tells the
   * caller to read it first. For what must not overtake a Hold or an Abort (I4).
   */
  applyUnlessWished(event: Event): Promise<'applied' | 'refused' | 'wished'> {
    return this.#advance(event, true);
  }

  async #advance(event: Event, onlyIfNoNewWish: boolean): Promise<'applied' | 'refused' | 'wished'> {
    this.assertOwner();
    const before = this.#versioned.migration;
    const advanced = advance(before, event, this.now());
    if (advanced.kind === 'refused') {
      this.log.warn({ event: event.kind, code: advanced.refusal.code }, advanced.refusal.message);
      return 'refused';
    }
    const { migration, audit, say } = advanced;
    const { trace } = this.workflow;
    const act = `record:${event.kind}`;
    await trace.at('before', act, this.owner.uid);
    const saved = await this.#save(migration, [audit], say, onlyIfNoNewWish);
    await trace.at('after', act, this.owner.uid);
    if (saved === 'wished') return 'wished';
    // A connection knows its peer as it was when it was opened.
    if (event.kind === 'relay-opened') this.drop(event.pair, 'target');
    this.#logTransition(before, migration, event);
    this.workflow.meters.recorded({ before, after: migration, event });
    return 'applied';
  }

  async #save(
    migration: Migration,
    audit: readonly AuditEntry[],
    say: readonly Announcement[],
    onlyIfNoNewWish = false,
  ): Promise<'saved' | 'wished'> {
    const saved = await this.workflow.records.save(
      this.owner,
      this.#versioned.revision,
      migration,
      audit,
      say,
      this.leaseMs + DUE_AFTER_LEASE_MS,
      this.#pendingCursor,
      onlyIfNoNewWish,
    );
    if (saved === 'wished') return 'wished';
    if (saved === 'lost') {
      this.lose('another owner wrote the record');
      throw new OwnershipLost('another owner wrote the record');
    }
    this.#versioned = {
      revision: this.#versioned.revision + 1,
      migration,
      wishCursor: this.wishCursor,
    };
    this.#pendingCursor = null;
    this.sentry.wake();
    return 'saved';
  }

  #logTransition(before: Migration, after: Migration, event: Event): void {
    const from = phaseLabel(before);
    const to = phaseLabel(after);
    if (from === to) return;
    const entered = before.timeline.at(-1)?.at ?? before.requestedAt;
    const reason = 'reason' in event ? event.reason : event.kind;
    this.log.info({ from, to, tookMs: this.now() - entered, reason }, 'transition');
  }

  /** With what only the record knows: the relay, and the password that Ferry may have left on a server. */
  pair(index: number): Pair {
    const { pairs, relays } = this.migration;
    const pair = pairs[index];
    if (pair === undefined)
      throw new FerryError('no-such-pair', `${this.migration.id} has no pair ${index}.`);
    const via = relays[index] ?? null;
    return {
      source: this.#withHold(pair.source, index, 'source'),
      target: this.#withHold(pair.target, index, 'target'),
      ...(via === null ? {} : { via }),
    };
  }

  #withHold(instance: Instance, index: number, side: Side): Instance {
    const recorded = standingPassword(this.migration.state, index, side);
    const holdRef = recorded ?? this.#behind.get(`${index}:${side}`) ?? null;
    return holdRef === null ? instance : { ...instance, holdRef };
  }

  /** Logs in with this reference's password where the inventory's is refused, until null. */
  loginBehind(index: number, side: Side, holdRef: string | null): void {
    if (holdRef === null) this.#behind.delete(`${index}:${side}`);
    else this.#behind.set(`${index}:${side}`, holdRef);
  }

  /** The open control connection to one server of a pair while it is armed; null: there is none. Asks nobody. */
  openControl(index: number, side: Side): ControlConnection | null {
    return this.#controls.open(index, side);
  }

  /** The control connection to one server of a pair: the open one while it is armed, else a new one. */
  async control(index: number, side: Side, timeoutMs = CONTROL_TIMEOUT_MS): Promise<ControlConnection> {
    this.assertOwner();
    return this.#controls.get(index, side, timeoutMs);
  }

  /** For setting aside a server that was restarted: it may have no guard. The open one from then on. */
  async restartedControl(index: number, side: Side): Promise<ControlConnection> {
    this.assertOwner();
    return this.#controls.openRestarted(index, side, CONTROL_TIMEOUT_MS);
  }

  /** Forgets a connection whose last act left something unknown. */
  drop(index: number, side: Side): void {
    this.#controls.drop(index, side);
  }

  close(): void {
    this.#controls.close();
    this.latency.close();
    if (!this.#ended.signal.aborted) this.#ended.abort(new OwnershipLost('the session is closed'));
    this.sentry.wake();
  }
}
