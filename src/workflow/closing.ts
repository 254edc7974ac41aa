// The end of a migration on the servers: roles that survive a restart, the former primary parked,
// settings put back, Ferry's keys removed (I1, I12). Every part may run again after a crash.

import { oldSide } from '../migration/cutover.ts';
import { FerryError, sentence } from '../migration/errors.ts';
import type { Event } from '../migration/events.ts';
import { SIDES, type Side } from '../migration/instance.ts';
import { oldTakesWrites } from '../migration/phases/by-hand.ts';
import { usualAnswers } from '../migration/phases/needs-human.ts';
import { standingHold } from '../migration/standing-hold.ts';
import { type KeptRole, roleNotKept } from './kept-roles.ts';
import { takeOffLeftHolds } from './left-holds.ts';
import type { Notes } from './notes.ts';
import { clearFollower } from './own-keys.ts';
import { lookBeforeParking, notToBeParked } from './parking.ts';
import { seeServer } from './roles.ts';
import { sessionRoute } from './routing.ts';
import { CONTROL_TIMEOUT_MS, type Session } from './session.ts';
import { restoreSettings } from './settings.ts';
import { happened, lookAgain, type StepResult } from './steps/step.ts';

/**
 * CONFIG REWRITE on both sides where a config file is in use, so that a restart keeps the roles (I1): once a phase,
 * since a revert gives both servers other roles than the cutover did.
 */
export async function keepRoles(session: Session, notes: Notes): Promise<void> {
  const { phase } = session.migration.state;
  for (const index of session.migration.pairs.keys()) {
    for (const side of SIDES) {
      // Ferry's password must never get into a file, where a restart would find it.
      const mayBeHeld = standingHold(session.migration.state, index, side) !== null;
      if (mayBeHeld && !notes.has(restLifted(index, side))) continue;
      const rewritten = `rewritten:${phase}:${index}:${side}`;
      if (notes.has(rewritten)) continue;
      // A file that cannot be written is not tried every second for the whole watch.
      if (!notes.isDue(`${rewritten}:tried`, REWRITE_EVERY_MS, session.workflow.clock.monotonicMs()))
        continue;
      try {
        const control = await session.control(index, side);
        const written = await control.rewriteConfig(CONTROL_TIMEOUT_MS);
        if (written.kind === 'done') notes.once(rewritten);
        else session.log.warn({ side, why: written.why }, 'CONFIG REWRITE failed; it is tried again');
      } catch (error) {
        // A side that is down must not keep the other one waiting.
        session.assertOwner();
        session.log.warn({ err: error, side }, 'CONFIG REWRITE failed; it is tried again');
      }
    }
  }
}

/**
 * Makes sure that nobody writes to the former primary, for good: pointed at an address where nobody listens it
 * stays read-only and keeps its data, and no full resync can ever empty it. One that takes writes even so keeps
 * Ferry's password. Throws `not-parked` where it may be the only one that takes writes. Gives what became of each
 * config file.
 */
export async function parkFormer(session: Session, side: Side): Promise<readonly KeptRole[]> {
  const kept: KeptRole[] = [];
  for (const index of session.migration.pairs.keys()) {
    const seen = await lookBeforeParking(session, index, side);
    if (seen.parking === 'wait' || seen.parking === 'ask') throw notToBeParked(session, index, side, seen);
    if (mustStayHeld(session, index, side)) await holdAgain(session, index, side);
    else kept.push({ index, written: await setAside(session, index, side) });
  }
  return kept;
}

/**
 * The same at the end, without Ferry's keys, and when nobody will write the file again: a restart must not bring the
 * role of the cutover back. Throws while that is not known; gives a sentence for people where the server refuses.
 */
export async function parkForGood(session: Session, side: Side): Promise<readonly string[]> {
  await clearFollower(session, side === 'source' ? 'forward' : 'back');
  const kept = await parkFormer(session, side);
  return kept.flatMap(({ index, written }) => {
    if (written.kind === 'unknown') throw new FerryError('role-not-kept', written.why);
    return written.kind === 'refused' ? [roleNotKept(session, index, side, written.why)] : [];
  });
}

async function setAside(session: Session, index: number, side: Side): Promise<KeptRole['written']> {
  const { parkingAddress } = session.workflow.replication;
  const control = await session.control(index, side);
  const parked = await control.follow(parkingAddress, CONTROL_TIMEOUT_MS);
  if (parked.kind !== 'done')
    throw new FerryError('not-parked', `${session.pair(index)[side].name} was not parked: ${parked.why}`);
  await liftRest(session, index, side);
  const written = await control.rewriteConfig(CONTROL_TIMEOUT_MS);
  if (written.kind !== 'done')
    session.log.warn({ side, why: written.why }, 'CONFIG REWRITE failed after parking');
  return written;
}

/** A restart gives such a server its own password back. Read afresh: only a new login tells who is let in. */
async function holdAgain(session: Session, index: number, side: Side): Promise<void> {
  const { name } = session.pair(index)[side];
  const hold = standingHold(session.migration.state, index, side);
  if (hold === null) throw new FerryError('not-held', `No hold of ${name} is recorded.`);
  const { role } = await seeServer(session, index, side);
  if (role === 'held') return;
  const control = await session.control(index, side);
  const fenced = await control.fence(hold, 0, CONTROL_TIMEOUT_MS);
  if (fenced.kind !== 'done') throw new FerryError('not-held', `${name} was not held again: ${fenced.why}`);
}

/**
 * Takes off what a cutover left because the old server did not answer then; nothing where nothing is left, or where
 * it has to stay. Once an owner.
 */
export async function takeOffRest(session: Session, index: number, side: Side, notes: Notes): Promise<void> {
  if (notes.has(restLifted(index, side)) || mustStayHeld(session, index, side)) return;
  await liftRest(session, index, side);
  notes.once(restLifted(index, side));
}

/** Does the former primary take writes whatever it follows, so that nothing but Ferry's password keeps them off? */
export function mustStayHeld(session: Session, index: number, side: Side): boolean {
  const direction = side === oldSide('forward') ? 'forward' : 'back';
  return sessionRoute(session, index, direction).demotion === 'password';
}

export async function liftRest(session: Session, index: number, side: Side): Promise<void> {
  const hold = standingHold(session.migration.state, index, side);
  if (hold === null) return;
  const control = await session.control(index, side);
  const lifted = await control.lift(hold, CONTROL_TIMEOUT_MS);
  if (lifted.kind !== 'done')
    throw new FerryError(
      'not-lifted',
      `${session.pair(index)[side].name} still has Ferry's hold: ${lifted.why}`,
    );
}

function restLifted(index: number, side: Side): string {
  return `rest-lifted:${index}:${side}`;
}

/** Settings as they were, then Ferry's own keys off the sides that take writes. The guard goes last. */
export async function putBack(session: Session, writable: readonly Side[]): Promise<void> {
  // Also what the record knows nothing of: once it is over nobody looks again (I3).
  await takeOffLeftHolds(session);
  await restoreSettings(session);
  // Before a cutover no config file was written: what else its owner set and did not keep is none of its business.
  if (session.migration.timeline.some(({ phase }) => phase === 'cutting-over')) await keepSettings(session);
  for (const index of session.migration.pairs.keys()) {
    for (const side of writable) {
      const control = await session.control(index, side);
      const removed = await control.removeOwnKeys(CONTROL_TIMEOUT_MS);
      if (removed.kind !== 'done')
        session.log.warn({ side, why: removed.why }, "Ferry's keys expire by themselves");
    }
  }
}

/** The config files were rewritten while the settings were changed: without this a restart would bring those back. */
async function keepSettings(session: Session): Promise<void> {
  const { ledger, pairs } = session.migration;
  for (const index of pairs.keys()) {
    for (const side of SIDES) {
      if (!ledger.some((entry) => entry.pair === index && entry.side === side)) continue;
      const control = await session.control(index, side);
      const written = await control.rewriteConfig(CONTROL_TIMEOUT_MS);
      if (written.kind === 'unknown') throw new FerryError('settings-not-kept', written.why);
      if (written.kind === 'refused')
        session.log.warn(
          { side, why: written.why },
          'CONFIG REWRITE failed after the settings were put back',
        );
    }
  }
}

const REWRITE_EVERY_MS = 30_000;
/** Looks in a row, a second apart, before a person is asked. */
const PATIENCE_LOOKS = 45;
const LOOK_MS = 1_000;

/**
 * Does what ends a migration on the servers and gives its last event. While a server does not answer it is
 * tried again; after a while a person is asked, because waiting without a word is not fine (I13). null: not yet.
 */
export async function ended(
  session: Session,
  notes: Notes,
  act: () => Promise<Event | null>,
): Promise<StepResult> {
  try {
    const event = await act();
    return event === null ? lookAgain(LOOK_MS) : happened(event);
  } catch (error) {
    session.assertOwner();
    const why = error instanceof FerryError ? sentence(error) : 'a server did not do what it was asked';
    session.log.warn({ err: error }, 'putting things back failed; it is tried again');
    if (notes.streak('not-put-back', true) < PATIENCE_LOOKS) return lookAgain(LOOK_MS);
    const { id, state, ledger } = session.migration;
    const isByHand = 'byHand' in state && state.byHand !== null && state.byHand !== false;
    const open = ledger.filter((entry) => entry.state === 'intended' || entry.state === 'set');
    return happened({
      kind: 'stuck',
      question: `${id} cannot be ended in good order. Wait for the server, or end it as it is?`,
      facts: [
        why,
        open.length === 0
          ? 'All settings are back as they were.'
          : `Not put back yet: ${open.map((entry) => `${entry.name} on ${session.pair(entry.pair)[entry.side].name}`).join(', ')}.`,
      ],
      answers: [...usualAnswers(state), ...(isByHand ? [oldTakesWrites(session.migration)] : [])],
    });
  }
}
