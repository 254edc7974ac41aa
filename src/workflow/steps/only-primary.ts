// Before the former primary is parked at the end: does the other side take the writes? Where it does not, or cannot be
// asked, people are; nothing is parked meanwhile.

import type { Event } from '../../migration/events.ts';
import { otherSide, type Side } from '../../migration/instance.ts';
import type { Answer, State } from '../../migration/migration.ts';
import { oldTakesWrites } from '../../migration/phases/by-hand.ts';
import { usualAnswers } from '../../migration/phases/needs-human.ts';
import type { Notes } from '../notes.ts';
import { freshInWords, lookBeforeParking, notToBeParked, type SeenSides } from '../parking.ts';
import type { Session } from '../session.ts';
import { standDown, TOLERATED_LOOKS } from './standing-down.ts';

/**
 * null: this pair's former primary may be parked for good, or is to be parked anew. Throws while a server does not
 * answer and nobody else takes writes, so that it is tried again.
 */
export async function onlyPrimary(
  session: Session,
  index: number,
  side: Side,
  notes: Notes,
): Promise<Event | null> {
  const seen = await lookBeforeParking(session, index, side);
  const waits = `only-primary:${index}`;
  switch (seen.parking) {
    case 'park':
      // Restarted without its new role after it was parked.
      if (seen.former.role === 'primary') notes.leftToDo = null;
      notes.streak(waits, false);
      return null;
    case 'harmless':
      if (seen.fresh.role === 'unreachable') throw notToBeParked(session, index, side, seen);
      return asked(session, index, side, seen);
    case 'wait': {
      const mayBeOnly = seen.former.role === 'primary';
      if (mayBeOnly && notes.streak(waits, true) >= TOLERATED_LOOKS) return asked(session, index, side, seen);
      throw notToBeParked(session, index, side, seen);
    }
    case 'ask':
      return asked(session, index, side, seen);
  }
}

async function asked(session: Session, index: number, side: Side, seen: SeenSides): Promise<Event> {
  const { migration } = session;
  const pair = session.pair(index);
  const [old, fresh] = [pair[side].name, pair[otherSide(side)].name];
  const isPrimary = seen.former.role === 'primary';
  if (isPrimary && side === 'source') await standDown(session, index, true);
  const end = oldTakesWrites(migration);
  const now = freshInWords(fresh, seen);
  if (!isPrimary) {
    const question = `Neither ${old} nor ${fresh} is a primary. Who takes the writes?`;
    const facts = [`${old} takes no writes.`, now];
    return { kind: 'stuck', question, facts, answers: [...usualAnswers(migration.state), end] };
  }
  const question = `${old} is a primary and may be the only one. Who takes the writes?`;
  const facts = [`${old} is a primary. Ferry left it so.`, now];
  return { kind: 'stuck', question, facts, answers: [again(migration.state, old, fresh), end] };
}

function again(state: State, old: string, fresh: string): Answer {
  const effect =
    state.phase === 'watching'
      ? `Takes Complete back and goes on watching; ${old} is left as it is.`
      : `Reads both servers again, and parks ${old} if ${fresh} takes the writes; asks again if not.`;
  return { id: 'recheck', label: 'Look again', effect };
}
