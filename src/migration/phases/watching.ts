// watching: writes go to the target; the way back is open or closed, and why. Revert or Complete end it.

import { mayDo } from '../approval.ts';
import {
  type Answered,
  decision,
  gateHeld,
  notNow,
  type PhaseHandler,
  type Saying,
  event as said,
  staleDecision,
} from '../change.ts';
import { refusal } from '../errors.ts';
import type { Event } from '../events.ts';
import type { Migration, Watching } from '../migration.ts';
import { unappliedSoFar } from '../unapplied.ts';
import { closedByHand, cutOverOf, endingByHand, standingDown, underRun } from './by-hand.ts';
import { firstStep } from './cutover-acts.ts';
import { watchDigest } from './cutting-over.ts';

export const watching: PhaseHandler<'watching'> = (migration, state, event, now) => {
  switch (event.kind) {
    case 'hook-ran':
      return {
        state: { ...state, switchHook: event.outcome },
        say: [said({ kind: 'hook-ran', outcome: event.outcome })],
      };
    case 'old-clients-gone': {
      if (state.oldClientsGoneAt !== null) return { state };
      const afterMs = now - state.outcome.fencedAt;
      return {
        state: { ...state, oldClientsGoneAt: now },
        say: [said({ kind: 'old-clients-gone', afterMs })],
      };
    }
    case 'way-back-changed':
      return wayBackChanged(migration, state, event);
    case 'stream-refused':
      return streamRefused(migration, state, event, now);
    case 'revert-requested':
      return revertRequested(migration, state, event);
    case 'cutover-begun':
      return beginRevert(migration, state, event, now);
    case 'gate-held': {
      // A revert that cannot begin is dropped, not kept waiting to surprise somebody later.
      if (state.revertBy === null) return notNow(migration, event.kind);
      const next: Watching = { ...state, revertBy: null };
      const again = reopened(migration, next);
      return {
        state: next,
        ...again,
        say: [gateHeld(migration, event.reason, 'back'), ...again.say],
      };
    }
    case 'complete-requested': {
      if (state.byHand !== null) return endingByHand(migration, state.byHand.by);
      if (state.closing !== null)
        return refusal('decided', `@[${state.closing.by}] completes ${migration.id} already.`);
      if (state.revertBy !== null)
        return refusal('decided', `@[${state.revertBy}] is reverting ${migration.id}.`);
      const refused =
        staleDecision(migration, event) ?? mayDo('complete', event.by, { ...migration, dropsKeys: 0 });
      return refused ?? close(migration, state, event.by.user, now);
    }
    case 'target-restarted':
      return { state: underRun(state, event) };
    case 'stood-down':
      return { state: standingDown(state, event) };
    case 'window-ended':
      // A revert that was asked for is not overtaken by the end of the window.
      if (state.closing !== null || state.revertBy !== null || state.byHand !== null)
        return notNow(migration, event.kind);
      if (migration.policy.watch.atEnd === 'complete') return close(migration, state, 'ferry', now);
      return { state: { ...state, until: Number.MAX_SAFE_INTEGER }, say: [said({ kind: 'window-ended' })] };
    case 'closed':
      if (state.byHand !== null) return closedByHand(migration, state, event);
      if (state.closing === null) return notNow(migration, event.kind);
      return {
        state: {
          phase: 'completed',
          ...cutOverOf(state),
          by: state.closing.by,
          byHand: false,
          leftToDo: event.leftToDo ?? [],
        },
        newRound: true,
        digest: '',
        say: [said({ kind: 'settings-restored', entries: migration.ledger }), said({ kind: 'report' })],
      };
    case 'abort-requested':
      return refusal(
        'not-now',
        `${migration.id} is cut over: there is nothing left to abort.`,
        'Press Revert to give the writes back, or Complete to close it.',
      );
    default:
      return notNow(migration, event.kind);
  }
};

function close(migration: Migration, state: Watching, by: string, now: number): Answered {
  return {
    state: { ...state, closing: { by, at: now } },
    say: [watchMessage(migration, state, false), said({ kind: 'completing', by })],
  };
}

function wayBackChanged(
  migration: Migration,
  state: Watching,
  event: Extract<Event, { kind: 'way-back-changed' }>,
): Answered {
  const next: Watching = { ...state, wayBack: event.wayBack };
  if (event.wayBack.state === state.wayBack.state) return { state: next };
  // A button that promised a way back must go stale with it (I2, I4).
  const round = migration.round + 1;
  const digest = watchDigest(next);
  const told =
    event.wayBack.state === 'closed' ? [said({ kind: 'way-back-closed', why: event.wayBack.why })] : [];
  return {
    state: next,
    newRound: true,
    digest,
    say: [
      ...told,
      watchMessage(migration, state, false),
      watchMessage({ ...migration, round, digest }, next, true),
    ],
  };
}

/** Told once; a button that promised more than is true now goes stale with it (I2, I4), and so does a click on one. */
function streamRefused(
  migration: Migration,
  state: Watching,
  event: Extract<Event, { kind: 'stream-refused' }>,
  now: number,
): Answered {
  const unapplied = unappliedSoFar(state.unapplied, event, now);
  const next: Watching = { ...state, unapplied };
  const isFirst = state.unapplied.since === null && unapplied.since !== null;
  const told = isFirst ? [said({ kind: 'stream-refused', times: unapplied.times })] : [];
  const undecided = state.closing === null && state.revertBy === null;
  if (watchDigest(next) === watchDigest(state)) {
    return { state: next, say: undecided ? [watchMessage(migration, next, true)] : [] };
  }
  if (state.closing !== null) return { state: next, say: told };
  const dropped: Watching = { ...next, revertBy: null };
  const again = reopened(migration, dropped);
  const stale =
    state.revertBy === null
      ? [watchMessage(migration, state, false)]
      : [gateHeld(migration, 'what a revert would keep is not what the button said any more', 'back')];
  return { state: dropped, ...again, say: [...told, ...stale, ...again.say] };
}

function revertRequested(
  migration: Migration,
  state: Watching,
  event: Extract<Event, { kind: 'revert-requested' }>,
): Answered {
  if (state.byHand !== null) return endingByHand(migration, state.byHand.by);
  if (state.closing !== null)
    return refusal('decided', `@[${state.closing.by}] completes ${migration.id} already.`);
  if (state.revertBy !== null)
    return refusal('decided', `@[${state.revertBy}] is reverting ${migration.id} already.`);
  if (state.wayBack.state === 'closed') {
    return refusal(
      'way-back-closed',
      `The way back of ${migration.id} is closed: ${state.wayBack.why}.`,
      'Reverting now would lose every write since the cutover, so Ferry does not offer it.',
    );
  }
  const refused =
    staleDecision(migration, event) ?? mayDo('revert', event.by, { ...migration, dropsKeys: 0 });
  if (refused !== null) return refused;
  const by = event.by.user;
  return {
    state: { ...state, revertBy: by },
    say: [watchMessage(migration, state, false), said({ kind: 'reverting', by })],
  };
}

function beginRevert(
  migration: Migration,
  state: Watching,
  event: Extract<Event, { kind: 'cutover-begun' }>,
  now: number,
): Answered {
  if (state.byHand !== null) return notNow(migration, event.kind);
  if (state.revertBy === null || state.closing !== null || state.wayBack.state === 'closed') {
    return notNow(migration, event.kind);
  }
  const cutover = firstStep(migration, event, 'back', now);
  if ('code' in cutover) return cutover;
  return {
    state: {
      phase: 'reverting',
      ...cutOverOf(state),
      by: state.revertBy,
      back: null,
      cutover,
      byHand: null,
    },
    cutoverAttempts: cutover.attempt,
  };
}

/** A new round of the decision message, after a revert that did not come about. */
export function reopened(migration: Migration, state: Watching) {
  const round = migration.round + 1;
  const digest = watchDigest(state);
  return { newRound: true, digest, say: [watchMessage({ ...migration, round, digest }, state, true)] };
}

export function watchMessage(migration: Migration, state: Watching, open: boolean): Saying {
  const { round, digest } = migration;
  return decision(`watch:${round}`, {
    kind: 'watching',
    until: state.until,
    atEnd: migration.policy.watch.atEnd,
    wayBack: state.wayBack,
    round,
    digest,
    open,
  });
}
