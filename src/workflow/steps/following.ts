// following: keeps looking, keeps verifying while people decide, and begins the cutover when all gates pass.

import { expiresAt } from '../../migration/approval.ts';
import type { Event } from '../../migration/events.ts';
import type { Following } from '../../migration/migration.ts';
import type { PairObservation } from '../../migration/progress.ts';
import { verdictOf } from '../../migration/verification.ts';
import { attemptCutover } from '../attempt.ts';
import { digestOf } from '../digest.ts';
import { runHook } from '../hooking.ts';
import type { Notes } from '../notes.ts';
import type { Session } from '../session.ts';
import { verifyAgain } from '../verifying.ts';
import { lagOf } from './lag.ts';
import { contradiction, keepLock, observePair } from './observing.ts';
import { keepRelays } from './relaying.ts';
import { happened, lookAgain, type Step, type StepResult } from './step.ts';

const LOOK_MS = 1_000;
/** Looks in a row out of step before it counts: a single slow answer is not a broken link. */
const TOLERATED_LOOKS = 3;
const TOLERATED_LAG_LOOKS = 5;
/** How long a look waits for what was written. */
const LAG_LIMIT_SECONDS = 1;
/** How long a hook's veto stands before it is asked again, ms. */
const VETO_LASTS_MS = 30_000;
/** How long a rehearsal compares again what was not equal. */
const REHEARSAL_PATIENCE_MS = 120_000;
const VETOED = 'the hook beforeCutover did not agree';

export const following: Step<'following'> = async (session, state, notes) => {
  const relayed = await keepRelays(session, state, notes);
  if (relayed !== null) {
    notes.stopVerification();
    notes.clearStreaks();
    return happened(relayed);
  }
  const observations = await Promise.all(
    session.migration.pairs.map((_, index) => observePair(session, index, notes)),
  );
  for (const [index, observation] of observations.entries()) {
    const event =
      (await contradiction(session, index, state, observation)) ??
      outOfStep(session, index, observation, notes);
    if (event !== null) {
      notes.stopVerification();
      notes.clearStreaks();
      return happened(event);
    }
  }
  for (const index of observations.keys()) await keepLock(session, index, notes);
  const oldest = state.approvals[0];
  if (oldest !== undefined && expiresAt(oldest, session.migration.policy) <= session.now()) {
    return happened({ kind: 'approvals-expired' });
  }
  if (isRehearsed(session, state)) {
    notes.stopVerification();
    return happened({ kind: 'rehearsed' });
  }
  const verified = verifyAgain(session, state, notes, verifyEveryMs(state));
  if (verified !== null) {
    const digest = approvalDigest(session, state, verdictOf(verified));
    return happened({ kind: 'verified', result: verified, digest, lag: lagOf(observations) });
  }
  if (state.cutoverAt === null) return lookAgain(LOOK_MS);
  const leftMs = state.cutoverAt - session.now();
  return leftMs > 0 ? lookAgain(Math.min(leftMs, LOOK_MS)) : cutOver(session, state, notes);
};

/** A rehearsal is over once the data is equal; what stays different is told, not waited for. */
function isRehearsed(session: Session, { verification, since }: Following): boolean {
  if (session.migration.rehearsal === null || verification === null) return false;
  return verdictOf(verification) === 'equal' || session.now() - since > REHEARSAL_PATIENCE_MS;
}

async function cutOver(session: Session, state: Following, notes: Notes): Promise<StepResult> {
  const veto = await beforeCutover(session, notes);
  if (veto !== null) return gateHeld(state, veto);
  notes.stopVerification();
  const held = await attemptCutover(session, 'forward', state.identities);
  if (held === null) {
    notes.clearStreaks();
    return lookAgain(0);
  }
  if (session.migration.state.phase !== 'following') return lookAgain(0);
  return gateHeld(state, held);
}

/** Recorded once for each reason: an attempt is made every second. */
function gateHeld(state: Following, reason: string): StepResult {
  const event = state.gate === reason ? null : ({ kind: 'gate-held', reason } as const);
  return { event, waitMs: LOOK_MS };
}

/** Asks the hook that may veto: again only after a while when it said no; null: go on. */
async function beforeCutover(session: Session, notes: Notes): Promise<string | null> {
  const hook = session.migration.hooks.beforeCutover;
  const { round } = session.migration;
  if (hook === null || notes.hookAgreed === round) return null;
  if (!notes.isDue(`before-cutover:${round}`, VETO_LASTS_MS, session.workflow.clock.monotonicMs()))
    return VETOED;
  const outcome = await runHook(session, 'beforeCutover', hook);
  await session.apply({ kind: 'hook-ran', outcome });
  if (!outcome.ok && hook.mayVeto) return VETOED;
  notes.hookAgreed = round;
  return null;
}

/** Out of step long enough to matter; null: it follows. */
function outOfStep(
  session: Session,
  index: number,
  observation: PairObservation,
  notes: Notes,
): Event | null {
  const { source, target } = session.pair(index);
  const stream = notes.stream(index);
  const silent = observation.source === null ? source.name : observation.target === null ? target.name : null;
  // A server that does not answer explains why nothing arrives.
  if (stream.silence !== null && silent === null) {
    stream.silenceTold = true;
    return { kind: 'fell-behind', reason: stream.silence, linkLost: true };
  }
  if (stream.ended !== null) {
    const reason = `the link broke, and ${source.name} sends the whole snapshot anew`;
    return { kind: 'fell-behind', reason, linkLost: true };
  }
  const broken = observation.stage !== 'online' || silent !== null;
  if (notes.streak(`broken:${index}`, broken) >= TOLERATED_LOOKS) {
    const reason =
      silent === null
        ? (observation.linkTrouble ?? 'the link between the servers broke')
        : `${silent} does not answer`;
    return { kind: 'fell-behind', reason, linkLost: true };
  }
  const { maxLagBytes } = session.migration.policy.cutover;
  // Where nothing arrives at all the silence is told, a little later.
  const late = observation.lagMs === null && !stream.quiet;
  const behind = late || (observation.lagBytes ?? 0) > maxLagBytes;
  if (!broken && notes.streak(`behind:${index}`, behind) >= TOLERATED_LAG_LOOKS) {
    const reason = `${target.name} is ${howFar(observation.lagBytes, maxLagBytes)} and does not catch up`;
    return { kind: 'fell-behind', reason, linkLost: false };
  }
  return null;
}

/** Within the budget by its bytes, or without offsets, it is the time that ran out. */
function howFar(lagBytes: number | null, maxLagBytes: number): string {
  return lagBytes !== null && lagBytes > maxLagBytes
    ? `${lagBytes} bytes behind (budget ${maxLagBytes})`
    : `more than ${LAG_LIMIT_SECONDS} s behind`;
}

/** Soon after a difference or a doubt, else every two minutes: it goes on running while people decide. */
function verifyEveryMs(state: Following): number {
  if (state.verification === null) return 0;
  return verdictOf(state.verification) === 'equal' ? 120_000 : 20_000;
}

/** What an approval stands on: plan, identities, policy, level and verdict, not their times (I4). */
function approvalDigest(session: Session, state: Following, verdict: string): string {
  const { policy, pairs, hooks } = session.migration;
  return digestOf({
    plan: state.plan.digest,
    identities: state.identities,
    policy,
    pairs,
    hooks,
    level: policy.verification,
    verdict,
  });
}
