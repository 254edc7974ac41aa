// cutting-over: fence, drain, demote, promote. Before `promoting` every failure undoes; after it only finishing is left.

import {
  type Answered,
  type Change,
  decision,
  notNow,
  type PhaseHandler,
  type Saying,
  event as said,
} from '../change.ts';
import { refusal } from '../errors.ts';
import type { Event } from '../events.ts';
import type { CutOver, CuttingOver, Migration, NeedsHuman, Watching } from '../migration.ts';
import { unappliedAtFirst } from '../unapplied.ts';
import { closedByHand } from './by-hand.ts';
import { stepTo } from './cutover-acts.ts';
import { anewAfter, beginsAnew } from './miscounted.ts';
import { startedOf } from './syncing.ts';

export const cuttingOver: PhaseHandler<'cutting-over'> = (migration, state, event, now) => {
  switch (event.kind) {
    case 'demoting':
    case 'undoing':
    case 'promoting': {
      const cutover = stepTo(state.cutover, event);
      return cutover === null ? notNow(migration, event.kind) : { state: { ...state, cutover } };
    }
    case 'closed':
      return closedByHand(migration, state, event);
    case 'undone':
      return undone(migration, state, event, now);
    case 'promoted':
      return promoted(migration, state, event, now);
    case 'abort-requested':
      return refusal(
        'not-now',
        `${migration.id} is cutting over, which takes a moment and undoes itself if it fails.`,
        'Look at the card again in a few seconds: then Abort or Revert is there.',
      );
    default:
      return notNow(migration, event.kind);
  }
};

function undone(
  migration: Migration,
  state: CuttingOver,
  event: Extract<Event, { kind: 'undone' }>,
  now: number,
): Answered {
  const { cutover } = state;
  if (cutover.step !== 'undoing') return notNow(migration, event.kind);
  const miscounted = event.miscounted ?? [];
  const back: NeedsHuman['from'] =
    miscounted.length > 0
      ? anewAfter(migration, state, miscounted, now)
      : {
          phase: 'following',
          ...startedOf(state),
          since: now,
          verification: null,
          lag: null,
          askedAt: null,
          approvals: [],
          cutoverAt: null,
          gate: null,
        };
  const told = said({
    kind: 'cutover-undone',
    attempt: cutover.attempt,
    reason: cutover.undoReason ?? 'it did not finish in time',
    pausedMs: event.pausedMs,
    direction: 'forward',
    at: now,
  });
  const say = [
    told,
    ...miscounted.map((pair) => said({ kind: 'fell-behind', reason: beginsAnew(migration, pair) })),
  ];
  if (cutover.attempt < migration.policy.cutover.attempts) {
    return { state: back, newRound: true, digest: '', say };
  }
  return outOfAttempts(migration, back, say);
}

function outOfAttempts(migration: Migration, back: NeedsHuman['from'], told: readonly Saying[]): Change {
  const round = migration.round + 1;
  const digest = `question-${round}`;
  const question = `All ${migration.policy.cutover.attempts} cutover attempts of ${migration.id} were undone. Go on trying?`;
  const facts = ['The source has its writes, the target follows it.'];
  const answers = [
    { id: 'recheck', label: 'Go on', effect: 'Follows on and asks for a new approval.' },
    { id: 'abort', label: 'Abort', effect: 'Makes the target a primary of its own with a copy of the data.' },
  ] as const;
  return {
    state: { phase: 'needs-human', from: back, question, facts, answers, accepts: null },
    newRound: true,
    digest,
    cutoverAttempts: 0,
    say: [
      ...told,
      decision(`question:${round}`, {
        kind: 'needs-human',
        question,
        facts,
        answers,
        round,
        digest,
        open: true,
      }),
    ],
  };
}

function promoted(
  migration: Migration,
  state: CuttingOver,
  event: Extract<Event, { kind: 'promoted' }>,
  now: number,
): Answered {
  if (state.cutover.step !== 'promoting') return notNow(migration, event.kind);
  const { outcome, wayBack } = event;
  const carried: CutOver = {
    ...startedOf(state),
    verification: state.verification,
    approvals: state.approvals,
    outcome,
    switchHook: null,
    oldClientsGoneAt: null,
    unapplied: unappliedAtFirst(state.plan),
  };
  const until = now + migration.policy.watch.forMs;
  const next: Watching = {
    phase: 'watching',
    ...carried,
    since: now,
    until,
    wayBack,
    revertBy: null,
    miscounted: [],
    closing: null,
    stoodDown: [],
    byHand: null,
  };
  const round = migration.round + 1;
  const digest = watchDigest(next);
  return {
    state: next,
    newRound: true,
    digest,
    say: [
      said({ kind: 'cut-over', outcome, wayBack, predictedFenceMs: state.plan.predictedFenceMs }),
      decision(`watch:${round}`, {
        kind: 'watching',
        until,
        atEnd: migration.policy.watch.atEnd,
        wayBack,
        round,
        digest,
        open: true,
      }),
    ],
  };
}

/** What *Revert* and *Complete* stand on: the plan, whether the way back is open, and what a revert would lose. */
export function watchDigest({ plan, wayBack, unapplied }: Watching): string {
  const loses = unapplied.since !== null ? '-loses' : unapplied.counted ? '' : '-uncounted';
  return `${plan.digest}-${wayBack.state}${loses}`;
}
