// One round of approvals: the message that asks, and what takes the approvals back, visibly (I4).

import type { ApprovalView } from '../announcement.ts';
import { type Actor, expiresAt } from '../approval.ts';
import { type Change, decision, type Saying, event as said } from '../change.ts';
import type { Following, Migration, State } from '../migration.ts';
import { predictedFence } from '../plan.ts';
import type { VerificationResult } from '../verification.ts';

/** Nothing is asked and nothing approved; what was measured stays. */
export function unasked(state: Following): Following {
  return { ...state, askedAt: null, approvals: [], cutoverAt: null, gate: null };
}

/** Ends the round: approvals given so far no longer count, and everybody sees why. */
export function withdraw(
  migration: Migration,
  was: Following,
  next: State,
  reason: string,
  by: Actor | null,
): Change {
  return { state: next, newRound: true, digest: '', say: withdrawal(migration, was, reason, by) };
}

/** What the thread is told when a round ends; nothing if nobody was asked. */
export function withdrawal(
  migration: Migration,
  was: Following,
  reason: string,
  by: Actor | null,
): readonly Saying[] {
  if (was.askedAt === null || was.verification === null) return [];
  return [
    approvalMessage(migration, was, was.verification, 'withdrawn'),
    said({ kind: 'approval-withdrawn', reason, by: by?.user ?? null, given: was.approvals.length }),
  ];
}

export function approvalMessage(
  migration: Migration,
  state: Following,
  verification: VerificationResult,
  view: ApprovalView['state'],
): Saying {
  const { policy, round, digest } = migration;
  const oldest = state.approvals[0];
  return decision(`approval:${round}`, {
    kind: 'approval',
    approval: {
      state: view,
      round,
      digest,
      planDigest: state.plan.digest,
      needed: policy.approvals,
      approvers: policy.approvers,
      not: policy.requesterMayApprove ? null : migration.requestedBy,
      approvals: state.approvals,
      expiresAt: oldest === undefined ? null : expiresAt(oldest, policy),
      cutoverAt: state.cutoverAt,
      lag: state.lag,
      verification,
      predictedFenceMs: predictedFence(state.plan, state.lag),
      latency: migration.latency.verdict,
      wayBack: wayBackOf(state),
    },
  });
}

function wayBackOf(state: Following): ApprovalView['wayBack'] {
  const closed = state.plan.pairs.find((pair) => !pair.wayBack.possible);
  return (
    closed?.wayBack ?? state.plan.pairs[0]?.wayBack ?? { possible: false, why: 'nothing is known about it' }
  );
}
