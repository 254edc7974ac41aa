// syncing: settings, REPLICAOF, and then watching the snapshot arrive. Followed only when the link is up
// and the lag was inside the budget several looks in a row, proven by an offset or a canary that arrived.

import type { Event } from '../../migration/events.ts';
import type { Syncing } from '../../migration/migration.ts';
import type { PairObservation } from '../../migration/progress.ts';
import { seeCosts } from '../../migration/transfer-costs.ts';
import type { Notes } from '../notes.ts';
import type { Session } from '../session.ts';
import { lagOf } from './lag.ts';
import { contradiction, keepLock, observePair } from './observing.ts';
import { point } from './pointing.ts';
import { keepRelays } from './relaying.ts';
import { restarted, stopLoop } from './resyncing.ts';
import { happened, lookAgain, type Step, type StepResult } from './step.ts';

const LOOKS_IN_A_ROW = 3;
const LOOK_MS = 1_000;
const CLOSE_LOOK_MS = 300;

export const syncing: Step<'syncing'> = async (session, state, notes) => {
  const relayed = await keepRelays(session, state, notes);
  if (relayed !== null) return happened(relayed);
  for (const index of state.progress.keys()) {
    const stopped = await stopLoop(session, state, index, notes);
    if (stopped !== null) return stopped;
  }
  // Also while a target that does not answer is waited for.
  for (const index of state.progress.keys()) await keepLock(session, index, notes);
  for (const [index, pair] of state.progress.entries()) {
    if (pair.pointed !== 'yes') return point(session, state, index, notes);
  }
  const observations = await Promise.all(
    state.progress.map((_, index) => observePair(session, index, notes)),
  );
  for (const [index, observation] of observations.entries()) {
    const contradicted = await contradiction(session, index, state, observation);
    if (contradicted !== null) return happened(contradicted);
  }
  for (const [index, observation] of observations.entries()) countCosts(state, index, observation, notes);
  const news = await whatIsNew(session, state, observations, notes);
  return news === null ? caughtUp(session, state, observations, notes) : happened(news);
};

async function whatIsNew(
  session: Session,
  state: Syncing,
  observations: readonly PairObservation[],
  notes: Notes,
): Promise<Event | null> {
  for (const [index, observation] of observations.entries()) {
    const again = await restarted(session, index, notes);
    if (again !== null) return again;
    if (observation.target !== null && observation.stage !== state.progress[index]?.stage)
      return { kind: 'stage-changed', pair: index, stage: observation.stage };
    const stream = notes.stream(index);
    if (stream.silence !== null && !stream.silenceTold) {
      stream.silenceTold = true;
      return { kind: 'fell-behind', reason: stream.silence, linkLost: true };
    }
  }
  return null;
}

function countCosts(state: Syncing, index: number, observation: PairObservation, notes: Notes): void {
  const begun = state.progress[index]?.begun ?? null;
  const stream = notes.stream(index);
  if (begun !== null) stream.costs = seeCosts(stream.costs, begun, observation);
}

function caughtUp(
  session: Session,
  state: Syncing,
  observations: readonly PairObservation[],
  notes: Notes,
): StepResult {
  const { maxLagBytes } = session.migration.policy.cutover;
  const lag = lagOf(observations);
  // No bytes where there are no offsets: there the canary is the proof.
  const inStep =
    observations.every(({ stage }) => stage === 'online') &&
    lag !== null &&
    (lag.bytes === null || lag.bytes <= maxLagBytes);
  if (notes.streak('in-step', inStep) >= LOOKS_IN_A_ROW && lag !== null) {
    notes.clearStreaks();
    const costs = state.progress.map((_, index) => notes.stream(index).costs?.costs ?? null);
    return happened({ kind: 'caught-up', lag, costs });
  }
  return lookAgain(inStep && lag.bytes !== null ? CLOSE_LOOK_MS : LOOK_MS);
}
