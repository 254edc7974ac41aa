// One look at every pair in syncing and following: the figures for the card, and whatever contradicts
// what Ferry did. A primary found where a replica should be is never re-pointed (I5).

import type { Event } from '../../migration/events.ts';
import type { Side } from '../../migration/instance.ts';
import type { Following, Syncing } from '../../migration/migration.ts';
import { usualAnswers } from '../../migration/phases/needs-human.ts';
import type { PairObservation } from '../../migration/progress.ts';
import type { Notes } from '../notes.ts';
import { CONTROL_TIMEOUT_MS, SERVER_LOCK_MS, type Session } from '../session.ts';
import { exchanged } from './exchanged.ts';
import { proofOf } from './proving.ts';

/** Renewed this often, each renewal moves the source's offset: the proof that the stream flows. */
const LOCK_EVERY_MS = 3_000;

export async function observePair(
  session: Session,
  index: number,
  notes: Notes,
  direction: 'forward' | 'back' = 'forward',
): Promise<PairObservation> {
  const { replication, clock } = session.workflow;
  if (direction === 'back') {
    const seen = await replication.observe(session.pair(index), direction, null);
    notes.see(index, seen);
    return seen;
  }
  const stream = notes.stream(index);
  const linkUp = notes.lastLook(index)?.stage === 'online';
  const wanted = await proofOf(session, index, stream, linkUp);
  const canary = wanted === 'offsets' ? null : wanted;
  const seen = await replication.observe(session.pair(index), direction, canary);
  const observation = stream.see(seen, wanted, clock.monotonicMs());
  notes.see(index, observation);
  return observation;
}

/** Keeps `ferry:lock` on the writable side leased; a failure is logged, the lease is much longer than this. */
export async function keepLock(
  session: Session,
  index: number,
  notes: Notes,
  side: Side = 'source',
): Promise<void> {
  if (!notes.isDue(`lock:${index}`, LOCK_EVERY_MS, session.workflow.clock.monotonicMs())) return;
  try {
    const control = await session.control(index, side);
    const held = await control.holdLock(SERVER_LOCK_MS, CONTROL_TIMEOUT_MS);
    if (held.kind !== 'done') session.log.warn({ why: held.why }, 'the lock was not renewed');
  } catch (error) {
    session.assertOwner();
    session.log.warn({ err: error }, 'the lock was not renewed');
  }
}

/** The event for a pair that is not what Ferry made of it; null: nothing contradicts. */
export async function contradiction(
  session: Session,
  index: number,
  state: Syncing | Following,
  observation: PairObservation,
): Promise<Event | null> {
  const { source, target } = session.pair(index);
  const stuck = (question: string, facts: readonly string[]): Event => ({
    kind: 'stuck',
    question,
    facts,
    answers: usualAnswers(state),
  });
  if (observation.target?.role.kind === 'primary') {
    return stuck(
      `${target.name} is a primary although it was following ${source.name}. Did somebody promote it?`,
      [
        `${target.name} says that it is a primary and may have taken writes of its own.`,
        'Ferry does not point it at the source again, because that would delete them.',
      ],
    );
  }
  if (observation.target?.role.kind === 'replica' && observation.target.role.of !== 'peer') {
    const whom = observation.target.role.of === 'other' ? 'another server' : 'nobody';
    return stuck(`${target.name} follows ${whom} now. Who pointed it there?`, [
      `${target.name} was pointed at ${source.name} by Ferry.`,
    ]);
  }
  if (observation.source !== null && observation.source.role.kind === 'replica') {
    return stuck(`${source.name} is a replica now. Who takes the writes?`, [
      `${source.name} was the primary when the sync started.`,
    ]);
  }
  return exchanged(session, index, state, observation);
}
