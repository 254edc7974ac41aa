// Watches over the former primary between the looks of the ticks: a server that is restarted without a config file
// comes back as a primary, and each millisecond in which nobody sets it aside is one in which it takes writes (I1).
// Asks nothing while the connection to it stands; what it saw is kept for the next tick, which decides what it means.

import { capabilitiesOf } from '../migration/capabilities.ts';
import { FerryError } from '../migration/errors.ts';
import { sameRun } from '../migration/instance.ts';
import type { Watching } from '../migration/migration.ts';
import type { ServerObservation } from '../migration/progress.ts';
import { mustStayHeld, parkFormer } from './closing.ts';
import { mayParkPrimary } from './parking.ts';
import type { ControlConnection, DialOptions, FirstWord } from './ports.ts';
import { seeServer } from './roles.ts';
import { CONTROL_TIMEOUT_MS, type Session } from './session.ts';

/** Without an event: connections and records tell of themselves. */
const IDLE_MS = 250;
/** After a look that failed. */
const FAR_LOOK_MS = 500;

export class Sentry {
  /** Per pair: a restarted primary as it was when it was set aside. */
  readonly #taken = new Map<number, ServerObservation>();
  /** Per pair: its server is being met, until it is known who it is and it was set aside if it must be. */
  readonly #meetings = new Map<number, Promise<void>>();

  #waking = new AbortController();

  /** The record has changed: there may be a former primary now. */
  wake(): void {
    this.#waking.abort();
    this.#waking = new AbortController();
  }

  /** What was set aside since the last time it was asked for; null: nothing. */
  taken(index: number): ServerObservation | null {
    const seen = this.#taken.get(index) ?? null;
    this.#taken.delete(index);
    return seen;
  }

  /** Waits until nobody is about to set this pair's former primary aside, for so long. */
  async settled(session: Session, index: number, timeoutMs: number): Promise<void> {
    const meeting = this.#meetings.get(index);
    if (meeting === undefined) return;
    const met = new AbortController();
    const ended = meeting.then(() => met.abort());
    await Promise.race([ended, sleep(session, timeoutMs, met.signal)]);
  }

  /** Until the session ends. Never throws: a tick does the same, only later. */
  async watch(session: Session): Promise<void> {
    await Promise.all([...session.migration.pairs.keys()].map((index) => this.#watchOne(session, index)));
  }

  async #watchOne(session: Session, index: number): Promise<void> {
    let heard: ControlConnection | null = null;
    // Held once for each connection that was lost: who cannot be acted on must not be held again and again.
    let holds: DialOptions['holds'] = 'at-once';
    while (!session.signal.aborted) {
      const watching = watchingOf(session, index);
      const control = session.openControl(index, 'source');
      if (control !== null && control !== heard) {
        heard = control;
        void control.closed.then(() => this.wake());
      }
      if (watching === null || control !== null) {
        holds = 'at-once';
        await sleep(session, IDLE_MS, this.#waking.signal);
        continue;
      }
      try {
        await this.#find(session, watching, index, holds);
      } catch (error) {
        session.log.debug({ err: error }, 'the former primary was not looked at');
        await sleep(session, FAR_LOOK_MS, session.signal);
      }
      holds = 'if-away';
    }
  }

  /** The connection to it is gone. Ends when there is one again, and the server is what it should be. */
  async #find(session: Session, watching: Watching, index: number, holds: DialOptions['holds']) {
    const meeting = this.#meet(session, watching, index, holds);
    const ended = meeting.then(
      () => undefined,
      () => undefined,
    );
    this.#meetings.set(index, ended);
    const { word, standing } = await meeting.finally(() => this.#meetings.delete(index));
    if (word.runId === null || mustStayHeld(session, index, 'source'))
      return this.#look(session, watching, index);
    if (standing === 'set-aside') {
      await parkFormer(session, 'source');
      return;
    }
    // It may be the only primary: the next tick finds out, and a write of Ferry's own would be taken for a client's.
    if (standing === 'left') return sleep(session, FAR_LOOK_MS, session.signal);
    // A connection that stands tells of the next restart at once. What was held goes on as before.
    const control = await session.control(index, 'source');
    if (word.held) await control.lift({ kind: 'pause' }, CONTROL_TIMEOUT_MS);
  }

  /** From its first word until it is set aside, if it must be. */
  async #meet(
    session: Session,
    watching: Watching,
    index: number,
    holds: DialOptions['holds'],
  ): Promise<{ readonly word: FirstWord; readonly standing: Standing }> {
    const before = watching.identities[index]?.source;
    const canHold = before !== undefined && capabilitiesOf(before).can('pause-writes');
    const word = await session.workflow.servers.dial(session.pair(index), 'source', session.owner, {
      holds: canHold ? holds : 'never',
      assertOwner: () => session.assertOwner(),
      signal: session.signal,
    });
    try {
      const isRestarted =
        word.isPrimary &&
        word.runId !== null &&
        !sameRun(word.runId, before?.runId ?? '') &&
        !mustStayHeld(session, index, 'source');
      const standing = isRestarted ? await this.#setAside(session, index, before?.runId ?? '') : 'expected';
      return { word, standing };
    } finally {
      word.end();
    }
  }

  async #setAside(session: Session, index: number, runIdBefore: string): Promise<Standing> {
    const { name } = session.pair(index).source;
    // At the same time: each millisecond counts.
    const [control, isFormer] = await Promise.all([
      session.restartedControl(index, 'source'),
      mayParkPrimary(session, index, 'source'),
    ]);
    if (!isFormer) return 'left';
    // A revert may have begun meanwhile: then it is not the former primary any more.
    if (watchingOf(session, index) === null || sameRun(control.runId, runIdBefore))
      throw new FerryError('not-parked', `${name} is not to be set aside any more.`);
    const { parkingAddress } = session.workflow.replication;
    const seen = await control.setAside(parkingAddress, CONTROL_TIMEOUT_MS);
    if (seen.kind !== 'done') throw new FerryError('not-parked', `${name} was not set aside: ${seen.why}`);
    if (seen.value.role.kind === 'primary') this.#take(session, index, seen.value);
    return 'set-aside';
  }

  /** One that takes writes whatever it follows, or that lets nobody in by the inventory's password. */
  async #look(session: Session, watching: Watching, index: number): Promise<void> {
    const { observed } = await seeServer(session, index, 'source');
    const restarted =
      observed !== null && !sameRun(observed.runId, watching.identities[index]?.source.runId ?? '');
    if (restarted && observed.role.kind === 'primary' && !observed.held && !observed.loading) {
      await parkFormer(session, 'source');
      this.#take(session, index, observed);
      return;
    }
    await session.control(index, 'source');
  }

  #take(session: Session, index: number, seen: ServerObservation): void {
    this.#taken.set(index, seen);
    session.log.warn({ pair: index }, 'the former primary came back as a primary and was set aside');
  }
}

/** expected: it is what it should be; left: a primary that may be the only one. */
type Standing = 'expected' | 'set-aside' | 'left';

/** null: there is no former primary to look after, it is about to get its writes back, or it was left to people. */
function watchingOf(session: Session, index: number): Watching | null {
  const { state } = session.migration;
  const from = state.phase === 'needs-human' ? state.from : state;
  if (from.phase !== 'watching' || from.revertBy !== null || from.byHand !== null) return null;
  return from.stoodDown.includes(index) ? null : from;
}

async function sleep(session: Session, ms: number, signal: AbortSignal): Promise<void> {
  await session.workflow.clock.sleep(ms, signal).catch(() => undefined);
}
