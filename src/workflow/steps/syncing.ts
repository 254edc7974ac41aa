// syncing: settings, REPLICAOF, and then watching the snapshot arrive. Followed only when the link is up
// and the lag was inside the budget several looks in a row, proven by an offset that arrived.

import type { Syncing } from '../../migration/migration.ts';
import { usualAnswers } from '../../migration/phases/needs-human.ts';
import { type PairObservation, totalKeys } from '../../migration/progress.ts';
import type { Notes } from '../notes.ts';
import { roleOf, seeServer } from '../roles.ts';
import { CONTROL_TIMEOUT_MS, type Session } from '../session.ts';
import { changeSettings } from '../settings.ts';
import { contradiction, keepLock, observePair } from './observing.ts';
import { happened, lookAgain, type Step, type StepResult } from './step.ts';

const LOOKS_IN_A_ROW = 3;
const LOOK_MS = 1_000;
const CLOSE_LOOK_MS = 300;

export const syncing: Step<'syncing'> = async (session, state, notes) => {
  for (const [index, pair] of state.progress.entries()) {
    if (pair.pointed !== 'yes') return point(session, state, index);
  }
  const observations = await Promise.all(
    state.progress.map((_, index) => observePair(session, index, notes)),
  );
  for (const [index, observation] of observations.entries()) {
    const contradicted = contradiction(session, index, state, observation);
    if (contradicted !== null) return happened(contradicted);
  }
  for (const index of state.progress.keys()) await keepLock(session, index, notes);
  for (const [index, observation] of observations.entries()) {
    if (observation.target !== null && observation.stage !== state.progress[index]?.stage) {
      return happened({ kind: 'stage-changed', pair: index, stage: observation.stage });
    }
  }
  return caughtUp(session, observations, notes);
};

function caughtUp(session: Session, observations: readonly PairObservation[], notes: Notes): StepResult {
  const { maxLagBytes } = session.migration.policy.cutover;
  const inStep = observations.every(
    ({ stage, lagBytes, lagMs }) =>
      stage === 'online' && lagBytes !== null && lagBytes <= maxLagBytes && lagMs !== null,
  );
  const looks = notes.streak('in-step', inStep);
  if (looks >= LOOKS_IN_A_ROW) {
    notes.clearStreaks();
    const lagBytes = Math.max(...observations.map((each) => each.lagBytes ?? 0));
    const lagMs = Math.max(...observations.map((each) => each.lagMs ?? 0));
    return happened({ kind: 'caught-up', lagBytes, lagMs });
  }
  return lookAgain(inStep ? CLOSE_LOOK_MS : LOOK_MS);
}

/** Points a target at its source: recorded first, and only while it holds no more keys than were confirmed (I5). */
async function point(session: Session, state: Syncing, index: number): Promise<StepResult> {
  const { replication } = session.workflow;
  const pair = session.pair(index);
  const seen = await seeServer(session, index, 'target');
  if (seen.observed === null) return lookAgain(LOOK_MS);
  const role = roleOf(seen.observed);
  if (role === 'follows-peer') return happened({ kind: 'stage-changed', pair: index, stage: 'connecting' });
  const plan = state.plan.pairs[index];
  const keys = foreignKeys(seen.observed.keysByDb);
  const same = seen.observed.runId === state.identities[index]?.target.runId;
  if (role !== 'primary' || !same || plan === undefined || keys > plan.dropsKeys) {
    return happened({
      kind: 'stuck',
      question: `${pair.target.name} is not what was confirmed. May Ferry go on with it?`,
      facts: [
        same ? `${pair.target.name} was not restarted.` : `${pair.target.name} was restarted or exchanged.`,
        `It holds ${keys} keys; the deletion of ${plan?.dropsKeys ?? 0} was confirmed.`,
        'Nothing was deleted.',
      ],
      answers: usualAnswers(state),
    });
  }
  const { settings } = plan;
  await changeSettings(session, settings);
  if (state.progress[index]?.pointed === 'no') await session.mustApply({ kind: 'pointing', pair: index });
  const control = await session.control(index, 'target');
  const pointed = await control.follow(replication.addressToFollow(pair, 'forward'), CONTROL_TIMEOUT_MS);
  if (pointed.kind === 'done') return happened({ kind: 'stage-changed', pair: index, stage: 'connecting' });
  session.log.warn({ why: pointed.why }, 'the target was not pointed; looking again');
  session.drop(index, 'target');
  return lookAgain(LOOK_MS);
}

/** All keys but the guard that Ferry itself wrote there at the start. */
function foreignKeys(keysByDb: Readonly<Record<string, number>>): number {
  return Math.max(0, totalKeys(keysByDb) - OWN_KEYS);
}

/** `ferry:guard`. */
const OWN_KEYS = 1;
