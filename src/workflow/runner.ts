// Drives one migration as its owner: claim, then tick after tick (load, fold wishes, observe, decide, act,
// save) until it is over, ownership is lost or the process is asked to stop. The only place that catches.

import { FerryError, sentence } from '../migration/errors.ts';
import type { Wish } from '../migration/events.ts';
import type { Phase, StateOf } from '../migration/migration.ts';
import { usualAnswers } from '../migration/phases/needs-human.ts';
import { isOver, touchesServers } from '../migration/questions.ts';
import { anyOf } from './any-of.ts';
import { configurationDrift } from './configuration-drift.ts';
import { followLatency } from './latency/follow-latency.ts';
import { freeWrites } from './left-holds.ts';
import { Notes } from './notes.ts';
import { LEASE_MS, OwnershipLost, Session } from './session.ts';
import { aborting } from './steps/aborting.ts';
import { cuttingOver } from './steps/cutting-over.ts';
import { following } from './steps/following.ts';
import { needsHuman } from './steps/needs-human.ts';
import { planned } from './steps/planned.ts';
import { reverting } from './steps/reverting.ts';
import type { Step, StepResult } from './steps/step.ts';
import { surveying } from './steps/surveying.ts';
import { syncing } from './steps/syncing.ts';
import { watching } from './steps/watching.ts';
import type { Workflow } from './workflow.ts';

/** over: nothing left to do; again: stopped in good order, somebody should go on; busy: another owner has it. */
export type DriveResult = 'over' | 'again' | 'busy';

export interface Runner {
  drive(uid: string, signal: AbortSignal): Promise<DriveResult>;
  /** A click or a command for this migration: tick now. */
  wake(uid: string): void;
}

type Driven = Exclude<Phase, 'refused' | 'completed' | 'reverted' | 'aborted'>;

const STEPS: { readonly [P in Driven]: Step<P> } = {
  surveying,
  planned,
  syncing,
  following,
  'cutting-over': cuttingOver,
  watching,
  reverting,
  aborting,
  'needs-human': needsHuman,
};

const RENEW_EVERY_MS = 1_000;
/** After a tick that failed (a server that does not answer, Ferry's Redis away). */
const RETRY_MS = 1_000;
const FAILED_TICKS = 'failed-ticks';
/** Failed ticks in a row before a person is asked. */
const PATIENCE_TICKS = 30;

export function createRunner(workflow: Workflow): Runner {
  const waiting = new Map<string, () => void>();

  async function drive(uid: string, signal: AbortSignal): Promise<DriveResult> {
    const { records } = workflow;
    const owner = await records.claim(uid, LEASE_MS);
    if (owner === null) return 'busy';
    const versioned = await records.load(uid);
    if (versioned === null) return 'over';
    const session = new Session(workflow, owner, versioned, await records.time());
    const notes = new Notes();
    if (owner.lapsed) notes.takenOver = { lastSeenAt: (await records.live(uid))?.at ?? null };
    const { meters } = workflow;
    meters.driving(session.migration);
    let lost = false;
    const stopRenewing = renewing(session);
    let watched: Promise<void> = Promise.resolve();
    try {
      await takeOver(session);
      watched = session.sentry.watch(session);
      return await ticks(session, notes, signal);
    } catch (error) {
      if (!(error instanceof OwnershipLost)) throw error;
      lost = true;
      session.log.warn({ reason: error.message }, 'stopped driving');
      return 'busy';
    } finally {
      await stopRenewing();
      session.close();
      meters.released(session.migration, lost);
      await watched;
      for (const index of session.migration.pairs.keys()) workflow.replication.forget(session.pair(index));
      if (!isOver(session.migration.state)) await handBack(session);
    }
  }

  async function ticks(session: Session, notes: Notes, signal: AbortSignal): Promise<DriveResult> {
    const { uid } = session.owner;
    try {
      while (!signal.aborted) {
        const waitMs = await tick(session, notes);
        if (isOver(session.migration.state)) {
          await workflow.records.releaseLocks(uid);
          return 'over';
        }
        if (waitMs > 0) await pause(uid, waitMs, session.signal, signal);
      }
      return 'again';
    } finally {
      notes.stopVerification();
    }
  }

  /** Ends early on a wake-up, on a lost lease and when the process is asked to stop. */
  async function pause(uid: string, ms: number, ...signals: AbortSignal[]): Promise<void> {
    const woken = new AbortController();
    waiting.set(uid, () => woken.abort());
    const early = anyOf([woken.signal, ...signals]);
    try {
      await workflow.clock.sleep(ms, early.signal);
    } catch {
      // Only an early end: the loop looks at what it was.
    } finally {
      early.end();
      waiting.delete(uid);
    }
  }

  return { drive, wake: (uid) => waiting.get(uid)?.() };
}

/** One tick. A failing server or network is not a failure of the migration: look again. */
async function tick(session: Session, notes: Notes): Promise<number> {
  session.assertOwner();
  try {
    await freeWrites(session, notes);
    await foldWishes(session);
    if (isOver(session.migration.state)) return 0;
    await tellTakeOver(session, notes);
    const drift = configurationDrift(session.migration, session.workflow.inventory);
    if (drift !== null) {
      notes.stopVerification();
      await session.apply(drift);
      return 0;
    }
    const before = session.migration.state.phase;
    // A verdict may end the phase; the next tick's step is another one then.
    if (!(await followLatency(session))) return 0;
    const { event, waitMs } = await step(session, notes);
    const applied = event === null || (await session.apply(event));
    if (before !== session.migration.state.phase) {
      notes.clearStreaks();
      // Whatever comes next, it is not this end any more.
      notes.leftToDo = null;
      // What was being compared belongs to what was there before.
      notes.stopVerification();
    }
    notes.streak(FAILED_TICKS, false);
    const live = notes.live(session.now(), session.latency.live());
    session.workflow.meters.looked(session.migration, live);
    await session.workflow.records.publishLive(session.owner.uid, live);
    // A refused event must not spin: the same look would give it again at once.
    return applied ? waitMs : RETRY_MS;
  } catch (error) {
    session.assertOwner();
    if (error instanceof OwnershipLost) throw error;
    session.log.warn({ err: error, phase: session.migration.state.phase }, 'tick failed; looking again');
    await tellTrouble(session, notes, error);
    return RETRY_MS;
  }
}

/** A tick that fails again and again is a wait, and every wait is said (I13). */
async function tellTrouble(session: Session, notes: Notes, error: unknown): Promise<void> {
  const { id, state } = session.migration;
  if (notes.streak(FAILED_TICKS, true) < PATIENCE_TICKS || state.phase === 'needs-human') return;
  const why =
    error instanceof FerryError ? sentence(error) : 'A step of Ferry failed; the log has the details.';
  try {
    await session.apply({
      kind: 'stuck',
      question: `${id} does not get on. Can you put right what stands in its way?`,
      facts: [why, `Ferry tried ${PATIENCE_TICKS} times.`],
      answers: usualAnswers(state),
    });
  } catch (failure) {
    session.assertOwner();
    session.log.warn({ err: failure }, 'the trouble could not be recorded');
  }
}

function step(session: Session, notes: Notes): Promise<StepResult> {
  const { state } = session.migration;
  if (
    state.phase === 'refused' ||
    state.phase === 'completed' ||
    state.phase === 'reverted' ||
    state.phase === 'aborted'
  ) {
    return Promise.resolve({ event: null, waitMs: 0 });
  }
  // Keyed by the very phase that narrows the state; TypeScript cannot see that pairing.
  const act = STEPS[state.phase] as Step<Driven>;
  return act(session, state as StateOf<Driven>, notes);
}

/** Told once writes are held no more: what an interrupted cutover needs comes first (I3). */
async function tellTakeOver(session: Session, notes: Notes): Promise<void> {
  const { takenOver } = notes;
  const { phase } = session.migration.state;
  if (takenOver === null || phase === 'cutting-over' || phase === 'reverting') return;
  notes.takenOver = null;
  await session.apply({ kind: 'taken-over', ...takenOver });
}

/** People's wishes, in the order in which they were made. One that is refused now is consumed all the same. */
async function foldWishes(session: Session): Promise<void> {
  const wishes = await session.workflow.records.wishes(session.owner.uid, session.wishCursor);
  for (const { cursor, wish } of wishes) {
    session.consumeWish(cursor);
    if (!(await session.apply(wish))) logRefused(session, wish);
  }
  await session.saveCursor();
}

function logRefused(session: Session, wish: Wish): void {
  session.log.info({ wish: wish.kind, by: wish.by.user }, 'a wish came too late and was not followed');
}

/** Renews the lease beside the ticks, which may wait for a server. Gives the way to stop. */
function renewing(session: Session): () => Promise<void> {
  const stopping = new AbortController();
  const loop = async () => {
    while (!stopping.signal.aborted) {
      await session.workflow.clock.sleep(RENEW_EVERY_MS, stopping.signal).catch(() => undefined);
      if (stopping.signal.aborted) return;
      try {
        if (!(await session.renew())) return;
      } catch (error) {
        // Ferry's Redis is away: the lease runs out there, and the next renewal tells.
        session.log.warn({ err: error }, 'the lease was not renewed');
      }
    }
  };
  const renewed = loop();
  // A renewal under way would put off the successor, so it is waited for.
  return async () => {
    stopping.abort();
    await renewed;
  };
}

/**
 * A new owner first ends what earlier owners left open on the servers and writes its epoch into the guard of
 * the writable side; a side that does not answer is taken over when it is first used (session.control).
 */
async function takeOver(session: Session): Promise<void> {
  const { state } = session.migration;
  if (!touchesServers(state)) return;
  for (const index of session.migration.pairs.keys()) {
    for (const side of ['source', 'target'] as const) {
      try {
        const control = await session.control(index, side);
        // Under a fence a write would wait: a cutover's recovery takes the guard itself, after the lift.
        if (state.phase === 'cutting-over' || state.phase === 'reverting') continue;
        const { role } = await control.observe(1_000);
        if (role.kind === 'primary') await control.takeGuard(1_000);
      } catch (error) {
        session.assertOwner();
        session.log.warn({ err: error, side }, 'not taken over yet');
      }
    }
  }
}

async function handBack(session: Session): Promise<void> {
  const { records } = session.workflow;
  try {
    await records.release(session.owner);
    await records.setDue(session.owner.uid, 0);
  } catch (error) {
    session.log.warn({ err: error }, 'not handed back; the lease runs out by itself');
  }
}
