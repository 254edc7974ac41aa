// Ends a migration where people gave the writes back to the old side by hand. Settings are put back where a server
// answers; nobody is parked, promoted or made a replica, and what is left to people is told.

import { FerryError } from '../../migration/errors.ts';
import type { Event } from '../../migration/events.ts';
import { otherSide, type Side } from '../../migration/instance.ts';
import { oldTakesWrites } from '../../migration/phases/by-hand.ts';
import { usualAnswers } from '../../migration/phases/needs-human.ts';
import { standingHold } from '../../migration/standing-hold.ts';
import { liftRest } from '../closing.ts';
import { primaryNotKept } from '../kept-roles.ts';
import { seeServer } from '../roles.ts';
import { CONTROL_TIMEOUT_MS, type Session } from '../session.ts';
import { restoreSettings } from '../settings.ts';

/** `side`: the old side, which takes the writes. Throws while it does not answer, or an act of it is not known. */
export async function endByHand(session: Session, side: Side): Promise<Event> {
  const { migration } = session;
  const leftToDo: string[] = [];
  for (const index of migration.pairs.keys()) {
    const { name } = session.pair(index)[side];
    const { role } = await seeServer(session, index, side);
    if (role === 'unreachable') throw new FerryError('not-ended', `${name} does not answer.`);
    if (role !== 'primary' && role !== 'held') return notThePrimary(session, name);
    if (standingHold(migration.state, index, side) !== null) await liftRest(session, index, side);
  }
  await restoreSettings(session, [side]);
  await restoreOthers(session, otherSide(side));
  for (const index of migration.pairs.keys()) {
    leftToDo.push(...(await keepPrimary(session, index, side)), ...(await other(session, index, side)));
  }
  if (migration.hooks.switch !== null) {
    const { name } = session.pair(0)[side];
    leftToDo.push(`The switch hook was not called: tell clients that ${name} takes the writes.`);
  }
  return { kind: 'closed', leftToDo };
}

function notThePrimary(session: Session, name: string): Event {
  const { migration } = session;
  return {
    kind: 'stuck',
    question: `${name} is not a primary, so it takes no writes. Which of the servers shall take them?`,
    facts: [`Run \`REPLICAOF NO ONE\` on ${name} first, if it is to take them.`],
    answers: [
      ...usualAnswers(migration.state).filter(({ id }) => id === 'recheck'),
      oldTakesWrites(migration),
    ],
  };
}

/** What cannot be put back on a server that is away stays in the ledger, and the report lists it (I12). */
async function restoreOthers(session: Session, side: Side): Promise<void> {
  try {
    await restoreSettings(session, [side]);
  } catch (error) {
    session.assertOwner();
    session.log.warn({ err: error, side }, 'settings of the other side were not put back');
  }
}

/** Its config file may say that it follows, since the cutover. */
async function keepPrimary(session: Session, index: number, side: Side): Promise<readonly string[]> {
  const control = await session.control(index, side);
  const written = await control.rewriteConfig(CONTROL_TIMEOUT_MS);
  if (written.kind === 'unknown') throw new FerryError('role-not-kept', written.why);
  const removed = await control.removeOwnKeys(CONTROL_TIMEOUT_MS);
  if (removed.kind !== 'done')
    session.log.warn({ side, why: removed.why }, "Ferry's keys expire by themselves");
  return written.kind === 'refused' ? [primaryNotKept(session, index, side, written.why)] : [];
}

/** A second primary, now or once it is started again, is for people to prevent (I1). */
async function other(session: Session, index: number, side: Side): Promise<readonly string[]> {
  const pair = session.pair(index);
  const [name, old] = [pair[otherSide(side)].name, pair[side].name];
  const { role } = await seeServer(session, index, otherSide(side));
  if (role === 'unreachable') {
    return [
      `${name} did not answer at the end, and may come back as a primary: keep clients off it, or let it follow ${old}.`,
    ];
  }
  if (role !== 'primary') return [];
  return [`${name} is a primary too: keep clients off it, or let it follow ${old}.`];
}
