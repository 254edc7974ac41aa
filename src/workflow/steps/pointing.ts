// Points a target at its source, or anew at the relay that moved: recorded first. The first time only while it
// holds no more keys than were confirmed; later only while it is a replica, whose data is a copy of Ferry's (I5).

import type { Event } from '../../migration/events.ts';
import { sameRun } from '../../migration/instance.ts';
import type { Syncing } from '../../migration/migration.ts';
import { usualAnswers } from '../../migration/phases/needs-human.ts';
import { type ServerObservation, totalKeys } from '../../migration/progress.ts';
import type { SeenRole } from '../../migration/recovery.ts';
import { countsOf } from '../../migration/transfer-costs.ts';
import type { Notes } from '../notes.ts';
import type { ControlConnection } from '../ports.ts';
import { roleOf, seeServer } from '../roles.ts';
import { routeOf } from '../routing.ts';
import { CONTROL_TIMEOUT_MS, type Session } from '../session.ts';
import { changeSettings } from '../settings.ts';
import { observePair } from './observing.ts';
import { readLimits } from './resyncing.ts';
import { happened, lookAgain, type StepResult } from './step.ts';

const LOOK_MS = 1_000;
/** A target that loads the snapshot of the earlier relay takes no command: the moment after is short. */
const WHILE_LOADING_MS = 300;
/** `ferry:guard`, which an armed connection has read there. */
const OWN_KEYS = 1;

export async function point(
  session: Session,
  state: Syncing,
  index: number,
  notes: Notes,
): Promise<StepResult> {
  const seen = await seeServer(session, index, 'target');
  if (seen.observed === null) return lookAgain(LOOK_MS);
  const pointed = state.progress[index]?.pointed;
  if (seen.role === 'follows-peer' && pointed !== 'anew')
    return happened({ kind: 'stage-changed', pair: index, stage: 'connecting' });
  if (seen.observed.loading) return lookAgain(WHILE_LOADING_MS);
  const anew = pointed === 'moved' || pointed === 'anew';
  const control = anew || seen.role === 'primary' ? await session.control(index, 'target') : null;
  // Over the armed connection, so that the guard is there and no other owner's act comes in between.
  const observed = control === null ? seen.observed : await control.observe(CONTROL_TIMEOUT_MS);
  const refused = anew
    ? notOurCopy(session, state, index, observed)
    : notConfirmed(session, state, index, observed);
  if (refused !== null || control === null) return refused === null ? lookAgain(LOOK_MS) : happened(refused);
  return pointNow(session, state, index, notes, control);
}

async function pointNow(
  session: Session,
  state: Syncing,
  index: number,
  notes: Notes,
  control: ControlConnection,
): Promise<StepResult> {
  const { replication } = session.workflow;
  await changeSettings(session, state.plan.pairs[index]?.settings ?? []);
  // What the source counted so far, and the limits, while the target still answers.
  await observePair(session, index, notes);
  await readLimits(session, index, notes);
  if (state.progress[index]?.pointed === 'no') {
    const counted = notes.lastLook(index)?.source?.snapshot;
    const before = counted === undefined ? {} : { before: countsOf(counted) };
    await session.mustApply({ kind: 'pointing', pair: index, ...before });
  }
  const address = replication.addressToFollow(session.pair(index), 'forward');
  notes.stream(index).pointed();
  // Told the address that it follows already, a server does nothing at all.
  const forgets = state.progress[index]?.pointed === 'anew';
  const pointed = forgets
    ? await control.followAnew(address, CONTROL_TIMEOUT_MS)
    : await control.follow(address, CONTROL_TIMEOUT_MS);
  if (pointed.kind === 'done') return happened({ kind: 'stage-changed', pair: index, stage: 'connecting' });
  session.log.warn({ why: pointed.why }, 'the target was not pointed; looking again');
  session.drop(index, 'target');
  return lookAgain(LOOK_MS);
}

/** The first time: a primary, the one that was surveyed, with no more keys than were confirmed. */
function notConfirmed(
  session: Session,
  state: Syncing,
  index: number,
  observed: ServerObservation,
): Event | null {
  const { target } = session.pair(index);
  const confirmed = state.plan.pairs[index]?.dropsKeys ?? 0;
  const keys = Math.max(0, totalKeys(observed.keysByDb) - OWN_KEYS);
  const same = isSameRun(state, index, observed);
  if (roleOf(observed) === 'primary' && same && keys <= confirmed) return null;
  return {
    kind: 'stuck',
    question: `${target.name} is not what was confirmed. May Ferry go on with it?`,
    facts: [
      same ? `${target.name} was not restarted.` : `${target.name} was restarted or exchanged.`,
      `It holds ${keys} keys; the deletion of ${confirmed} was confirmed.`,
      'Nothing was deleted.',
    ],
    answers: usualAnswers(state),
  };
}

/**
 * Later: still a replica, of nobody or of the relay that was; a primary may have writes of its own. One that follows the
 * source has nothing else, whichever run of it that is.
 */
function notOurCopy(
  session: Session,
  state: Syncing,
  index: number,
  observed: ServerObservation,
): Event | null {
  const { source, target } = session.pair(index);
  const identity = state.identities[index];
  const relayed = identity !== undefined && routeOf(identity, 'forward').through === 'relay';
  const ours: readonly SeenRole[] = relayed ? ['set-aside', 'follows-other'] : ['set-aside'];
  const role = roleOf(observed);
  if (role === 'follows-peer') return null;
  if (ours.includes(role) && isSameRun(state, index, observed)) return null;
  const what =
    role === 'primary'
      ? 'is a primary'
      : role === 'follows-other'
        ? 'follows another server'
        : 'was restarted';
  return {
    kind: 'stuck',
    question: `${target.name} ${what} although Ferry had pointed it at ${source.name}. Who did that?`,
    facts: [
      `Ferry was about to point it at ${source.name} anew, which deletes what it holds (${totalKeys(observed.keysByDb)} keys).`,
      'Nothing was deleted.',
    ],
    answers: usualAnswers(state),
  };
}

function isSameRun(state: Syncing, index: number, observed: ServerObservation): boolean {
  const known = state.identities[index]?.target.runId;
  return known !== undefined && sameRun(observed.runId, known);
}
