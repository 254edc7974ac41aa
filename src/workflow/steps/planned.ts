// planned: waits for Start; then looks once more, takes the locks on both servers and begins.

import { SIDES, sameRun } from '../../migration/instance.ts';
import type { PairIdentity } from '../../migration/migration.ts';
import { droppedKeys, type Plan } from '../../migration/plan.ts';
import { takenAs } from '../../migration/task.ts';
import { makePlan } from '../planning.ts';
import { CONTROL_TIMEOUT_MS, SERVER_LOCK_MS, type Session } from '../session.ts';
import { happened, lookAgain, type Step } from './step.ts';

const WAITING_MS = 2_000;
/** What "before" was is measured first: nothing is compared with a guess (I10). */
const BASELINE_MS = 500;

export const planned: Step<'planned'> = async (session, state) => {
  if (state.startedBy === null) return lookAgain(WAITING_MS);
  if (session.latency.baselineSeconds() < session.workflow.baselineSeconds) return lookAgain(BASELINE_MS);
  const stale = (await whatMoved(session, state.plan)) ?? (await takeServers(session, state.plan));
  if (stale !== null) {
    await letGo(session);
    return happened({ kind: 'plan-stale', reason: stale });
  }
  const identities = identitiesOf(state.plan);
  return happened({ kind: 'sync-started', identities });
};

/** What was confirmed must still be what is there: identities, and not one key more to delete (I5). */
async function whatMoved(session: Session, plan: Plan): Promise<string | null> {
  const now = session.now();
  const again = await makePlan(session.workflow, session.migration, { now, uid: session.owner.uid });
  if (again.plan === null) return 'something blocks the migration now that did not when it was planned';
  const moved = again.plan.pairs.some((pair, index) => {
    const before = plan.pairs[index];
    if (before === undefined) return true;
    return SIDES.some((side) => !sameRun(before[side].runId, pair[side].runId));
  });
  if (moved) return 'a server was restarted or exchanged since the plan was made';
  const drops = droppedKeys(again.plan);
  const confirmed = droppedKeys(plan);
  if (drops > confirmed) return `the target holds ${drops} keys now, and only ${confirmed} were confirmed`;
  const known = new Set(
    plan.findings.filter(({ severity }) => severity === 'confirm').map(({ check }) => check),
  );
  const news = again.plan.findings.find(({ severity, check }) => severity === 'confirm' && !known.has(check));
  return news === undefined ? null : `there is something new to confirm: ${news.title}`;
}

function identitiesOf(plan: Plan): readonly PairIdentity[] {
  return plan.pairs.map(({ source, target }) => ({ source, target }));
}

/** Locks in Ferry's Redis, guards and the lock on the servers; null: all of them are ours (I6). */
async function takeServers(session: Session, plan: Plan): Promise<string | null> {
  const runIds = identitiesOf(plan).flatMap(({ source, target }) => [source.runId, target.runId]);
  const holder = await session.workflow.records.lockRunIds(session.owner.uid, runIds);
  if (holder !== null) return `one of these servers is already ${takenAs(holder)}`;
  for (const index of session.migration.pairs.keys()) {
    const target = await session.control(index, 'target');
    const source = await session.control(index, 'source');
    for (const control of [target, source]) {
      const taken = await control.takeGuard(CONTROL_TIMEOUT_MS);
      if (taken.kind !== 'done') return taken.why;
    }
    const locked = await source.holdLock(SERVER_LOCK_MS, CONTROL_TIMEOUT_MS);
    if (locked.kind !== 'done') return locked.why;
    if (locked.value.heldBy !== null) return 'another Ferry holds its lock on the source';
  }
  return null;
}

/** Takes off what an interrupted start may have written; what cannot be reached expires by itself (I12). */
async function letGo(session: Session): Promise<void> {
  for (const index of session.migration.pairs.keys()) {
    for (const side of SIDES) {
      try {
        const control = await session.control(index, side);
        await control.removeOwnKeys(CONTROL_TIMEOUT_MS);
      } catch (error) {
        session.assertOwner();
        session.log.warn({ err: error, side }, "Ferry's keys on it expire by themselves");
      }
    }
  }
}
