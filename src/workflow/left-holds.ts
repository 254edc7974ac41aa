// Holds that the record knows nothing of, because Ferry's Redis lost its last second: each owner looks for them once
// and takes them off (I3, I12). Not where the other side is a primary: then both would take writes (I1).

import { type Direction, newSide, oldSide } from '../migration/cutover.ts';
import { FerryError, sentence } from '../migration/errors.ts';
import type { Instance } from '../migration/instance.ts';
import { usualAnswers } from '../migration/phases/needs-human.ts';
import type { Hold } from '../migration/route.ts';
import { lostPassword, mayHaveLost } from '../migration/standing-hold.ts';
import { mayHaveCounted } from './counted-refusals.ts';
import type { Notes } from './notes.ts';
import type { ActResult } from './ports.ts';
import { seeServer } from './roles.ts';
import { identitiesOf, sessionRoute } from './routing.ts';
import { OwnershipLost, type Session } from './session.ts';

const ACT_TIMEOUT_MS = 1_000;
const LEFT_HOLD = 'left-hold';
/** Ticks in a row before a person is asked about a hold that stays. */
const LEFT_HOLD_TICKS = 10;

/**
 * What the record lost must not keep anybody from writing (I3). A server that does not answer is looked at again, and
 * the step tells of it; a hold that Ferry may not take off is asked about (I13).
 */
export async function freeWrites(session: Session, notes: Notes): Promise<void> {
  try {
    await takeOffLeftHolds(session);
    notes.streak(LEFT_HOLD, false);
  } catch (error) {
    session.assertOwner();
    if (error instanceof OwnershipLost) throw error;
    session.log.warn({ err: error }, 'no hold could be looked for');
    const { id, state } = session.migration;
    const isOurs = error instanceof FerryError && error.code === 'left-hold';
    if (!isOurs || state.phase === 'needs-human') return;
    if (notes.streak(LEFT_HOLD, true) < LEFT_HOLD_TICKS) return;
    await session.apply({
      kind: 'stuck',
      question: `${id} left a hold that it cannot take off. Which server takes the writes?`,
      facts: [sentence(error)],
      answers: usualAnswers(state),
    });
  }
}

/** Throws a FerryError where it cannot be told whether one stands, or where one must not be taken off. */
export async function takeOffLeftHolds(session: Session): Promise<void> {
  const { state, rehearsal } = session.migration;
  const direction = mayHaveLost(state);
  if (direction === null || rehearsal !== null || identitiesOf(state).length === 0) return;
  for (const index of session.migration.pairs.keys()) {
    const looked = `${direction}:${index}`;
    if (session.unheld.has(looked) || sessionRoute(session, index, direction).fence === 'pause') continue;
    const hold = await leftHold(session, index, direction);
    if (hold !== null) await takeOff(session, index, direction, hold);
    session.unheld.add(looked);
  }
}

/** Looks behind the password of the next attempt; for users, where Ferry may not write, at what the fence noted. */
async function leftHold(session: Session, index: number, direction: Direction): Promise<Hold | null> {
  const side = oldSide(direction);
  const password = lostPassword(session.migration, index);
  if (password !== null) {
    const pair = session.pair(index);
    const behind: Instance = { ...pair[side], holdRef: password.now.ref };
    const { held } = await session.workflow.servers.observe({ ...pair, [side]: behind }, side);
    return held ? password : null;
  }
  if (sessionRoute(session, index, direction).fence !== 'acl') return null;
  const control = await session.control(index, side, ACT_TIMEOUT_MS);
  const { role } = await control.observe(ACT_TIMEOUT_MS);
  if (role.kind !== 'primary') return null;
  const written = await control.writeCanary(ACT_TIMEOUT_MS);
  return written.kind === 'done' ? null : control.leftHold(ACT_TIMEOUT_MS);
}

async function takeOff(session: Session, index: number, direction: Direction, hold: Hold): Promise<void> {
  const side = oldSide(direction);
  await refuseSecondWriter(session, index, direction);
  const miscounted = mayHaveCounted(session, direction, index, hold);
  session.log.warn({ pair: index, side, hold: hold.kind }, 'a hold stands of which the record knows nothing');
  await session.mustApply({ kind: 'hold-found', pair: index, side, miscounted });
  if (hold.kind === 'password') session.loginBehind(index, side, hold.now.ref);
  const control = await session.control(index, side, ACT_TIMEOUT_MS);
  await must(control.lift(hold, ACT_TIMEOUT_MS));
  session.loginBehind(index, side, null);
  const { role } = await control.observe(ACT_TIMEOUT_MS);
  if (role.kind !== 'primary') return;
  await must(control.takeGuard(ACT_TIMEOUT_MS));
  await must(control.writeCanary(ACT_TIMEOUT_MS));
}

/** The promotion may be among what was lost: an answer from the other side is needed, except where people gave it up. */
async function refuseSecondWriter(session: Session, index: number, direction: Direction): Promise<void> {
  if (session.migration.state.phase === 'aborting') return;
  const pair = session.pair(index);
  const { name } = pair[newSide(direction)];
  const held = pair[oldSide(direction)].name;
  const { role } = await seeServer(session, index, newSide(direction));
  if (role !== 'primary' && role !== 'held' && role !== 'unreachable') return;
  const why = role === 'unreachable' ? 'does not answer' : 'is a primary';
  throw new FerryError(
    'left-hold',
    `Nobody can write to ${held}: a hold of Ferry's stands there that the record knows nothing of, and ${name} ${why}, so Ferry does not take it off: both might take writes then.`,
  );
}

async function must<T>(result: Promise<ActResult<T>>): Promise<T> {
  const settled = await result;
  if (settled.kind === 'done') return settled.value;
  throw new FerryError('left-hold', settled.why);
}
