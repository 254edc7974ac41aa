// planned: waits for Start; then looks once more, takes the locks on both servers and begins.

import type { PairIdentity } from '../../migration/migration.ts';
import { droppedKeys, type Plan } from '../../migration/plan.ts';
import { makePlan } from '../planning.ts';
import { CONTROL_TIMEOUT_MS, SERVER_LOCK_MS, type Session } from '../session.ts';
import { happened, lookAgain, type Step, type StepResult } from './step.ts';

const WAITING_MS = 2_000;

export const planned: Step<'planned'> = async (session, state) => {
  if (state.startedBy === null) return lookAgain(WAITING_MS);
  const stale = await whatMoved(session, state.plan);
  if (stale !== null) return happened({ kind: 'plan-stale', reason: stale });
  return begin(session, state.plan);
};

/** What was confirmed must still be what is there: identities, and not one key more to delete (I5). */
async function whatMoved(session: Session, plan: Plan): Promise<string | null> {
  const { pairs, policy, hooks } = session.migration;
  const again = await makePlan(session.workflow, { pairs, policy, hooks }, session.now());
  if (again.plan === null) return 'something blocks the migration now that did not when it was planned';
  const moved = again.plan.pairs.some((pair, index) => {
    const before = plan.pairs[index];
    return before?.source.runId !== pair.source.runId || before.target.runId !== pair.target.runId;
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

async function begin(session: Session, plan: Plan): Promise<StepResult> {
  const { records } = session.workflow;
  const identities = plan.pairs.map(({ source, target }): PairIdentity => ({ source, target }));
  const runIds = identities.flatMap(({ source, target }) => [source.runId, target.runId]);
  const holder = await records.lockRunIds(session.owner.uid, runIds);
  if (holder !== null) {
    return happened({ kind: 'plan-stale', reason: `one of these servers is already part of ${holder.id}` });
  }
  for (const index of session.migration.pairs.keys()) {
    const target = await session.control(index, 'target');
    const source = await session.control(index, 'source');
    for (const control of [target, source]) {
      const taken = await control.takeGuard(CONTROL_TIMEOUT_MS);
      if (taken.kind !== 'done') return happened({ kind: 'plan-stale', reason: taken.why });
    }
    const locked = await source.holdLock(SERVER_LOCK_MS, CONTROL_TIMEOUT_MS);
    if (locked.kind !== 'done') return happened({ kind: 'plan-stale', reason: locked.why });
    if (locked.value.heldBy !== null) {
      return happened({ kind: 'plan-stale', reason: 'another Ferry holds its lock on the source' });
    }
  }
  return happened({ kind: 'sync-started', identities });
}
