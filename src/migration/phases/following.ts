// following: in step and verified, waiting for people. Whatever the approvals stand on withdraws them
// when it moves, visibly (I4); nothing here promotes by accident.

import { expiresAt, mayDo } from '../approval.ts';
import {
  type Answered,
  type Change,
  gateHeld,
  notNow,
  type PhaseHandler,
  event as said,
  staleDecision,
} from '../change.ts';
import { refusal } from '../errors.ts';
import type { Event } from '../events.ts';
import { holdsPromotion } from '../latency/effect.ts';
import type { Following, Migration, PairSync, State, Syncing } from '../migration.ts';
import { predictedFence } from '../plan.ts';
import { begin as beginTransfer } from '../transfer.ts';
import { verdictOf } from '../verification.ts';
import { approvalMessage, unasked, withdraw } from './approval-round.ts';
import { firstStep } from './cutover-acts.ts';
import { rehearsed } from './rehearsed.ts';
import { hasMoved, relayReason, startedOf, withPair, withRelay } from './syncing.ts';

export const following: PhaseHandler<'following'> = (migration, state, event, now) => {
  switch (event.kind) {
    case 'verified':
      return verified(migration, state, event);
    case 'rehearsed':
      return rehearsed(migration, state, event, now);
    case 'approved':
      return approved(migration, state, event, now);
    case 'denied':
    case 'held': {
      const deed = event.kind === 'denied' ? 'deny' : 'hold';
      const refused =
        staleDecision(migration, event) ?? mayDo(deed, event.by, { ...migration, dropsKeys: 0 });
      if (refused !== null) return refused;
      const reason = deed === 'deny' ? 'denied' : 'held';
      return withdraw(migration, state, unasked(state), reason, event.by);
    }
    case 'approvals-expired':
      return withdraw(migration, state, unasked(state), 'the approval expired', null);
    case 'policy-changed': {
      // What was compared, and how, may not be what the new policy demands: from here on anew.
      const next = { ...unasked(state), since: now, verification: null };
      const { policy, hooks } = event;
      return { ...withdraw(migration, state, next, 'the configuration changed', null), policy, hooks };
    }
    case 'fell-behind':
      return fellBehind(migration, state, event, now);
    case 'relay-opened':
      return relayOpened(migration, state, event, now);
    case 'gate-held':
      if (state.gate === event.reason) return { state };
      return {
        state: { ...state, gate: event.reason },
        say: [gateHeld(migration, event.reason, 'forward')],
      };
    case 'hook-ran':
      return { state, say: [said({ kind: 'hook-ran', outcome: event.outcome })] };
    case 'cutover-begun':
      return begin(migration, state, event, now);
    case 'abort-requested': {
      const refused = mayDo('abort', event.by, { ...migration, dropsKeys: 0 });
      if (refused !== null) return refused;
      const by = event.by.user;
      const next: State = {
        phase: 'aborting',
        by,
        from: 'following',
        plan: state.plan,
        identities: state.identities,
      };
      const change = withdraw(migration, state, next, 'aborted', event.by);
      return { ...change, say: [...(change.say ?? []), said({ kind: 'aborting', by, waitsForLoad: false })] };
    }
    default:
      return notNow(migration, event.kind);
  }
};

function verified(
  migration: Migration,
  state: Following,
  event: Extract<Event, { kind: 'verified' }>,
): Answered {
  const { result, digest, lag } = event;
  const level = migration.policy.verification;
  if (result.level !== level || result.startedAt < state.since) {
    return refusal(
      'not-this-verification',
      `This comparison of ${migration.id} (${result.level}) is not the ${level} comparison that it waits for.`,
      'Ferry compares again by itself.',
    );
  }
  const before = state.verification;
  const news = before === null || verdictOf(before) !== verdictOf(result);
  const telling = news ? [said({ kind: 'verified', result, first: before === null })] : [];
  // Nobody is asked to approve a rehearsal, whatever was compared.
  if (migration.rehearsal !== null) {
    return { state: { ...unasked(state), verification: result, lag }, digest: '', say: telling };
  }
  if (verdictOf(result) !== 'equal') {
    const next = { ...unasked(state), verification: result, lag };
    if (state.askedAt === null) return { state: next, digest: '', say: telling };
    const change = withdraw(migration, state, next, 'the data differs or could not be compared', null);
    return { ...change, say: [...telling, ...(change.say ?? [])] };
  }
  if (state.askedAt !== null && digest !== migration.digest) {
    const next = { ...unasked(state), verification: result, lag };
    return withdraw(migration, state, next, 'what was approved is not what there is now', null);
  }
  if (state.askedAt === null && holdsPromotion(migration.latency.verdict, migration.policy.latency)) {
    // Asked for once the latency allows it; compared anew by then.
    return { state: { ...state, verification: result, lag }, digest: '', say: telling };
  }
  const next: Following = {
    ...state,
    verification: result,
    lag,
    askedAt: state.askedAt ?? result.finishedAt,
  };
  return {
    state: next,
    digest,
    say: [
      ...telling,
      approvalMessage(
        { ...migration, digest },
        next,
        result,
        next.cutoverAt === null ? 'open' : 'counting-down',
      ),
    ],
  };
}

function approved(
  migration: Migration,
  state: Following,
  event: Extract<Event, { kind: 'approved' }>,
  now: number,
): Answered {
  if (state.askedAt === null || state.verification === null) return notNow(migration, event.kind);
  const refused =
    staleDecision(migration, event) ?? mayDo('approve', event.by, { ...migration, dropsKeys: 0 });
  if (refused !== null) return refused;
  if (state.approvals.some((approval) => approval.user === event.by.user)) {
    return refusal('repeated', `You approved ${migration.id} already.`, 'Nothing more to do.');
  }
  if (state.cutoverAt !== null) {
    return refusal('decided', `${migration.id} has all its approvals.`, 'Nothing more to do.');
  }
  const approvals = [...state.approvals, { user: event.by.user, at: now }];
  const enough = approvals.length >= migration.policy.approvals;
  const cutoverAt = enough ? now + migration.policy.cutover.countdownMs : null;
  const next: Following = { ...state, approvals, cutoverAt };
  const view = enough ? 'counting-down' : 'open';
  return { state: next, say: [approvalMessage(migration, next, state.verification, view)] };
}

/** The last look before the fence: approvals of this round, unexpired, by enough people (I4). */
function begin(
  migration: Migration,
  state: Following,
  event: Extract<Event, { kind: 'cutover-begun' }>,
  now: number,
): Answered {
  const { verification, cutoverAt } = state;
  const valid = state.approvals.filter((approval) => expiresAt(approval, migration.policy) > now);
  const ready =
    verification !== null &&
    verdictOf(verification) === 'equal' &&
    cutoverAt !== null &&
    cutoverAt <= now &&
    valid.length >= migration.policy.approvals &&
    !holdsPromotion(migration.latency.verdict, migration.policy.latency);
  if (!ready) return refusal('not-approved', `${migration.id} has no valid approval for a cutover.`);
  const cutover = firstStep(migration, event, 'forward', now);
  if ('code' in cutover) return cutover;
  return {
    state: {
      phase: 'cutting-over',
      ...startedOf(state),
      // What was told to those who approved; the report compares with it.
      plan: { ...state.plan, predictedFenceMs: predictedFence(state.plan, state.lag) },
      verification,
      approvals: state.approvals,
      cutover,
      byHand: null,
    },
    cutoverAttempts: cutover.attempt,
    say: [
      approvalMessage(migration, state, verification, 'cutting-over'),
      said({ kind: 'cutting-over', attempt: cutover.attempt }),
    ],
  };
}

function fellBehind(
  migration: Migration,
  state: Following,
  event: Extract<Event, { kind: 'fell-behind' }>,
  now: number,
): Answered {
  if (!event.linkLost && state.askedAt === null && state.verification === null) {
    return refusal('not-now', `${migration.id} has nothing yet that falling behind would take back.`);
  }
  const next: State = event.linkLost
    ? linkLost(migration, state, now)
    : { ...unasked(state), verification: null };
  return tellFallenBehind(migration, state, next, event.reason);
}

/** The target replicates through the relay: where that moved, it has to be pointed and synced anew. */
function relayOpened(
  migration: Migration,
  state: Following,
  event: Extract<Event, { kind: 'relay-opened' }>,
  now: number,
): Answered {
  const relays = withRelay(migration, event);
  if (relays === null) return notNow(migration, event.kind);
  const lost = linkLost(migration, state, now);
  const to: Partial<PairSync> = hasMoved(migration, event) ? { pointed: 'moved' } : {};
  const next = { ...lost, progress: withPair(lost.progress, event.pair, to) };
  return { ...tellFallenBehind(migration, state, next, relayReason(migration, event.pair)), relays };
}

function linkLost(migration: Migration, state: Following, now: number): Syncing {
  const progress = migration.pairs.map(
    (): PairSync => ({
      pointed: 'yes',
      stage: 'connecting',
      restarts: 0,
      // It may have forked for the target already, before the loss was seen.
      begun: beginTransfer(now, null),
    }),
  );
  return { phase: 'syncing', ...startedOf(state), progress, lostLinkAt: now };
}

function tellFallenBehind(migration: Migration, state: Following, next: State, reason: string): Change {
  const change = withdraw(migration, state, next, reason, null);
  return { ...change, say: [said({ kind: 'fell-behind', reason }), ...(change.say ?? [])] };
}
