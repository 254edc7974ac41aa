// What people did to the servers by hand after a promotion: which primaries Ferry leaves alone, and how a migration
// ends where the old side of its last cutover takes the writes again. Proves nothing, and says so.

import { type Answered, notNow, event as said } from '../change.ts';
import { type CutoverOutcome, newSide, oldSide } from '../cutover.ts';
import { type Refusal, refusal } from '../errors.ts';
import type { Event } from '../events.ts';
import type {
  Answer,
  Completed,
  CutOver,
  CuttingOver,
  Migration,
  Reverted,
  Reverting,
  State,
  Watching,
} from '../migration.ts';
import { NOT_COUNTED } from '../unapplied.ts';
import { startedOf } from './syncing.ts';

/** What can end where a person took its old side. */
export type Takeable = CuttingOver | Watching | Reverting;

/** The answer that ends it there; offered once the promotion was decided. */
export function oldTakesWrites({ pairs, state }: Migration): Answer {
  const direction = state.phase === 'reverting' ? 'back' : 'forward';
  const old = pairs[0]?.[oldSide(direction)].name ?? oldSide(direction);
  const fresh = pairs[0]?.[newSide(direction)].name ?? newSide(direction);
  return {
    id: 'old',
    label: `${old} takes the writes: end here`,
    effect: `For when you made ${old} a primary. Ferry parks nothing, puts settings back where it can, and ends. Whether ${old} has what ${fresh} took since the cutover, it cannot prove.`,
  };
}

/** Marked as ending there; null: it is not past its promotion, so the usual ways are open. */
export function takenBy(from: State, by: string, at: number): Takeable | null {
  const byHand = { by, at };
  switch (from.phase) {
    case 'watching':
      return { ...from, revertBy: null, closing: null, byHand };
    case 'cutting-over':
    case 'reverting': {
      const isDecided = from.cutover.step === 'promoting';
      return isDecided ? { ...from, byHand } : null;
    }
    default:
      return null;
  }
}

/** A question takes the mark back: what people said did not hold. */
export function unmarked(state: Exclude<State, { phase: 'needs-human' }>): typeof state {
  return 'byHand' in state && typeof state.byHand === 'object' ? { ...state, byHand: null } : state;
}

/** Settings are back where they could be: the end, by the side that takes the writes. */
export function closedByHand(
  migration: Migration,
  state: Takeable,
  { kind, leftToDo = [] }: Extract<Event, { kind: 'closed' }>,
): Answered {
  if (state.byHand === null) return notNow(migration, kind);
  const { by } = state.byHand;
  return {
    state: endOf(state, by, leftToDo),
    newRound: true,
    digest: '',
    say: [said({ kind: 'settings-restored', entries: migration.ledger }), said({ kind: 'report' })],
  };
}

function endOf(state: Takeable, by: string, leftToDo: readonly string[]): Reverted | Completed {
  if (state.phase === 'reverting')
    return { phase: 'completed', ...cutOverOf(state), by, byHand: true, leftToDo };
  const carried = state.phase === 'watching' ? cutOverOf(state) : unfinished(state);
  return { phase: 'reverted', ...carried, by, back: null, leftToDo };
}

/** What is known of a cutover that was decided and never seen to end. */
function unfinished(state: CuttingOver): CutOver {
  const { direction, attempt, beganAt, offsets } = state.cutover;
  const outcome: CutoverOutcome = {
    direction,
    attempt,
    fencedAt: beganAt,
    fenceTimeMs: null,
    finalOffsets: offsets.map(({ final }) => final),
    holds: offsets.map(() => null),
    moments: [],
  };
  const { verification, approvals } = state;
  return {
    ...startedOf(state),
    verification,
    approvals,
    outcome,
    switchHook: null,
    oldClientsGoneAt: null,
    unapplied: NOT_COUNTED,
  };
}

export function cutOverOf(state: CutOver): CutOver {
  const {
    plan,
    identities,
    startedBy,
    startedAt,
    verification,
    approvals,
    outcome,
    switchHook,
    oldClientsGoneAt,
    unapplied,
  } = state;
  return {
    plan,
    identities,
    startedBy,
    startedAt,
    verification,
    approvals,
    outcome,
    switchHook,
    oldClientsGoneAt,
    unapplied,
  };
}

/** Which sources Ferry leaves alone from now on. */
export function standingDown(
  state: Watching,
  { pair, isDown }: Extract<Event, { kind: 'stood-down' }>,
): Watching {
  const others = state.stoodDown.filter((each) => each !== pair);
  return { ...state, stoodDown: isDown ? [...others, pair] : others };
}

/** The target's run is another one from now on. */
export function underRun(
  state: Watching,
  { pair, runId }: Extract<Event, { kind: 'target-restarted' }>,
): Watching {
  const identities = state.identities.map((each, index) =>
    index === pair ? { ...each, target: { ...each.target, runId } } : each,
  );
  return { ...state, identities };
}

export function endingByHand({ id }: Migration, by: string): Refusal {
  return refusal('decided', `@[${by}] ends ${id} with the old server as the primary.`);
}
