// What a revert keeps and loses, for the messages that offer it and for the report.

import type { Migration, State } from '../../migration/migration.ts';
import type { Plan } from '../../migration/plan.ts';
import { type Unapplied, unappliedAtFirst } from '../../migration/unapplied.ts';
import { keptByRevert, lossInDialog, timesOrMore } from '../../migration/way-back-words.ts';
import { sourceName } from './names.ts';
import { planOf } from './steps.ts';
import { prose, say, type Words } from './words.ts';

/** ` and would keep every write`; empty before the promotion. */
export function keptWords(migration: Migration): Words {
  const { state } = migration;
  const plan = planOf(state);
  if (plan === null) return [];
  return say` and ${prose(keptByRevert(plan, unappliedOf(state, plan), sourceName(migration)))}`;
}

/** A sentence for the dialog of *Revert*; empty before there is a plan. */
export function lossOf(migration: Migration): string {
  const { state } = migration;
  const plan = planOf(state);
  return plan === null ? '' : lossInDialog(plan, unappliedOf(state, plan), sourceName(migration));
}

/** Did the old server refuse commands, so that a revert surely loses something? */
export function losesByRevert({ state }: Migration): boolean {
  const plan = planOf(state);
  return plan !== null && unappliedOf(state, plan).since !== null;
}

/** Before the promotion nothing was. */
function unappliedOf(state: State, plan: Plan): Unapplied {
  const inner = state.phase === 'needs-human' ? state.from : state;
  return 'unapplied' in inner ? inner.unapplied : unappliedAtFirst(plan);
}

/** A line of the report; empty: the old server refused nothing that Ferry saw. */
export function refusedLine(migration: Migration): readonly Words[] {
  const { state } = migration;
  if ((state.phase !== 'reverted' && state.phase !== 'completed') || state.unapplied.since === null)
    return [];
  const source = sourceName(migration);
  const so =
    state.phase === 'reverted' ? 'the revert lost what they wrote' : `${source} lacks what they wrote`;
  return [say`${source} refused commands of the stream ${timesOrMore(state.unapplied)}: ${so}.`];
}
