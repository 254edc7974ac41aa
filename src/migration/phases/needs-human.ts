// needs-human: stopped, with one exact question. Each answer is an event with a role, and is audited.

import { type Deed, mayDo } from '../approval.ts';
import {
  type Answered,
  decision,
  notNow,
  type PhaseHandler,
  type Saying,
  event as said,
  staleDecision,
} from '../change.ts';
import { refusal } from '../errors.ts';
import type { Answer, AnswerId, Migration, NeedsHuman, Phase, State } from '../migration.ts';
import { unasked } from './approval-round.ts';
import { askAgain } from './asking.ts';
import { cutOverOf, standingDown, takenBy, underRun } from './by-hand.ts';
import { tryAgain } from './syncing.ts';

export const needsHuman: PhaseHandler<'needs-human'> = (migration, state, event, now) => {
  switch (event.kind) {
    case 'answered': {
      const refused =
        staleDecision(migration, event) ??
        mayDo(answerDeed(state, event.answer), event.by, { ...migration, dropsKeys: 0 });
      if (refused !== null) return refused;
      return answer(migration, state, event.answer, event.by.user, now);
    }
    case 'cleared': {
      // A hold must not outlast the trouble that made it (I3): Ferry goes on as the recovery table says.
      const { from } = state;
      const interrupted = from.phase === 'cutting-over' || (from.phase === 'reverting' && from.back === null);
      if (!interrupted) return notNow(migration, event.kind);
      const label = 'both servers answer as expected again';
      return {
        state: from,
        newRound: true,
        digest: '',
        say: [closeQuestion(migration, state), said({ kind: 'answered', by: 'ferry', label })],
      };
    }
    case 'abort-requested': {
      const refused = mayDo('abort', event.by, { ...migration, dropsKeys: 0 });
      return refused ?? answer(migration, state, 'abort', event.by.user, now);
    }
    case 'hook-ran': {
      // It was called before the question came up.
      const { from } = state;
      if (from.phase !== 'watching' && from.phase !== 'reverting') return notNow(migration, event.kind);
      return {
        state: { ...state, from: { ...from, switchHook: event.outcome } },
        say: [said({ kind: 'hook-ran', outcome: event.outcome })],
      };
    }
    case 'stood-down':
    case 'target-restarted': {
      const { from } = state;
      if (from.phase !== 'watching') return notNow(migration, event.kind);
      const next = event.kind === 'stood-down' ? standingDown(from, event) : underRun(from, event);
      return { state: { ...state, from: next } };
    }
    default:
      return notNow(migration, event.kind);
  }
};

/** What ends a migration after its promotion is Complete or Revert by another name, and takes an approver. */
export function answerDeed({ from }: NeedsHuman, id: AnswerId): Deed {
  if (id === 'old') return 'revert';
  if (id !== 'finish') return 'answer';
  if (from.phase === 'watching') return 'complete';
  return from.phase === 'reverting' ? 'revert' : 'answer';
}

function answer(migration: Migration, state: NeedsHuman, id: AnswerId, by: string, now: number): Answered {
  const offered = state.answers.find((each) => each.id === id);
  if (offered === undefined) {
    return refusal(
      'not-now',
      `${migration.id} does not offer that answer.`,
      'The question in the thread lists them.',
    );
  }
  const next = after(state, id, by, now);
  if (next === null) return refusal('not-now', `${migration.id} cannot do that from here.`);
  const again = askAgain(migration, next);
  return {
    state: next,
    ...again,
    say: [
      closeQuestion(migration, state),
      said({ kind: 'answered', by, label: offered.label }),
      ...again.say,
      ...endingOf(migration, next),
    ],
  };
}

/** Where an answer leads; null: nowhere from this phase. */
function after({ from, accepts }: NeedsHuman, id: AnswerId, by: string, now: number): State | null {
  switch (id) {
    case 'recheck':
      // Whatever was approved before the question no longer counts.
      if (from.phase === 'following') {
        const identities = accepts ?? from.identities;
        return { ...unasked(from), identities, since: now, verification: null };
      }
      if (from.phase === 'syncing') return { ...tryAgain(from), identities: accepts ?? from.identities };
      if (from.phase === 'cutting-over' || from.phase === 'reverting')
        return { ...from, identities: accepts ?? from.identities };
      if (from.phase !== 'watching') return from;
      // To close it now would make a replica of what may be the only primary: that is asked for anew.
      return { ...from, revertBy: null, closing: from.stoodDown.length === 0 ? from.closing : null };
    case 'abort':
      if (from.phase === 'surveying') return { phase: 'aborted', by, from: from.phase, targetKeys: null };
      if (from.phase !== 'planned' && from.phase !== 'syncing' && from.phase !== 'following') return null;
      return {
        phase: 'aborting',
        by,
        from: from.phase,
        plan: from.plan,
        identities: from.phase === 'planned' ? [] : from.identities,
      };
    case 'finish':
      return finished(from, accepts, by, now);
    case 'old':
      return takenBy(from, by, now);
  }
}

/** Ends without what could not be put back, which the report lists; before *Complete* it is that click. */
function finished(
  from: NeedsHuman['from'],
  accepts: NeedsHuman['accepts'],
  by: string,
  now: number,
): State | null {
  if (from.phase === 'aborting') return { phase: 'aborted', by: from.by, from: from.from, targetKeys: null };
  if (from.phase === 'reverting' && from.back !== null) {
    return { phase: 'reverted', ...cutOverOf(from), by: from.by, back: from.back, leftToDo: LEFT };
  }
  if (from.phase !== 'watching') return null;
  if (from.closing !== null) {
    const { by } = from.closing;
    return { phase: 'completed', ...cutOverOf(from), by, byHand: false, leftToDo: LEFT };
  }
  // Whoever says so wants the source set aside, whatever made a primary of it.
  const identities = accepts ?? from.identities;
  return { ...from, identities, closing: { by, at: now }, revertBy: null, stoodDown: [] };
}

const LEFT: readonly string[] = [
  'It was ended as it was, because a server did not do what it was asked: look at the roles and the config files of both.',
];

function endingOf(migration: Migration, next: State): readonly Saying[] {
  switch (next.phase) {
    case 'aborted': {
      const { by, from, targetKeys } = next;
      return [said({ kind: 'aborted', by, from, targetKeys })];
    }
    case 'completed':
    case 'reverted':
      return [said({ kind: 'settings-restored', entries: migration.ledger }), said({ kind: 'report' })];
    default:
      return [];
  }
}

function closeQuestion(migration: Migration, state: NeedsHuman) {
  const { question, facts, answers } = state;
  const { round, digest } = migration;
  return decision(`question:${round}`, {
    kind: 'needs-human',
    question,
    facts,
    answers,
    round,
    digest,
    open: false,
  });
}

/** The answers that fit a phase: looking again always, Abort while it is reversible. */
export function usualAnswers(from: State): readonly Answer[] {
  const recheck: Answer = {
    id: 'recheck',
    label: 'Look again',
    effect: 'Ferry reads both servers again and goes on, or asks again if nothing changed.',
  };
  if (
    from.phase === 'aborting' ||
    from.phase === 'reverting' ||
    (from.phase === 'watching' && from.closing !== null)
  ) {
    return [
      recheck,
      {
        id: 'finish',
        label: 'Leave it as it is',
        effect: 'Ends the migration; what was not put back is listed.',
      },
    ];
  }
  const abortable: readonly Phase[] = ['surveying', 'planned', 'syncing', 'following'];
  if (!abortable.includes(from.phase)) return [recheck];
  return [
    recheck,
    {
      id: 'abort',
      label: 'Abort',
      effect: 'The source keeps its writes; settings are put back; the target is left alone.',
    },
  ];
}
