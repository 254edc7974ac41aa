// Rehearsals: a migration onto a scratch server that ends by itself once the data was compared. No event leads one
// on to a promotion, and no state of one could (I4). Only servers whose environment says so are ever overwritten.

import { type Refusal, refusal } from './errors.ts';
import type { EventKind } from './events.ts';
import type { Lag, Migration, Phase, State } from './migration.ts';
import type { Plan } from './plan.ts';
import type { VerificationResult } from './verification.ts';

/** What a record has of a rehearsal. */
export interface Rehearsal {
  /** What it found out; null: not yet, or never, because it was aborted. */
  readonly outcome: RehearsalOutcome | null;
}

/** What the real migration will be like. */
export interface RehearsalOutcome {
  readonly at: number;
  readonly plan: Plan;
  readonly verification: VerificationResult;
  readonly lag: Lag | null;
  readonly predictedFenceMs: number;
}

export const NOT_YET_REHEARSED: Rehearsal = { outcome: null };

/** Everything that is on the way to a promotion, or comes after one. */
const LEADING_ON: ReadonlySet<EventKind> = new Set<EventKind>([
  'approved',
  'cutover-begun',
  'demoting',
  'promoting',
  'promoted',
  'revert-requested',
  'complete-requested',
]);

/** The refusal of an event that would lead a rehearsal on; null: it is no rehearsal, or the event does not. */
export function leadsOn({ id, rehearsal }: Migration, kind: EventKind): Refusal | null {
  return rehearsal === null || !LEADING_ON.has(kind) ? null : neverPromoted(id);
}

export function neverPromoted(id: string): Refusal {
  return refusal(
    'rehearsal',
    `${id} is a rehearsal: it never changes who takes the writes.`,
    'It ends by itself once the data was compared.',
  );
}

/** May a rehearsal be in this state? Nobody is asked to approve, and nothing was promoted or is about to be. */
export function isHarmless(state: State): boolean {
  switch (state.phase) {
    case 'surveying':
    case 'refused':
    case 'planned':
    case 'syncing':
    case 'aborting':
    case 'aborted':
      return true;
    case 'following':
      return state.askedAt === null && state.approvals.length === 0 && state.cutoverAt === null;
    case 'needs-human':
      return isHarmless(state.from);
    case 'cutting-over':
    case 'watching':
    case 'reverting':
    case 'reverted':
    case 'completed':
      return false;
  }
}

/** The phase in a sentence. A rehearsal that is done ends as an abort does, and is called what it is. */
export function phaseWord({ state, rehearsal }: Pick<Migration, 'state' | 'rehearsal'>): string {
  if (rehearsal === null || rehearsal.outcome === null) return state.phase;
  if (state.phase === 'aborting') return 'rehearsed, being put back';
  return state.phase === 'aborted' ? 'rehearsed' : state.phase;
}

/** A phase that was entered, as a timeline names it. */
export function timelineWord({ rehearsal }: Pick<Migration, 'rehearsal'>, phase: Phase): string {
  if (rehearsal === null || rehearsal.outcome === null) return phase;
  if (phase === 'aborting') return 'putting back';
  return phase === 'aborted' ? 'put back' : phase;
}
