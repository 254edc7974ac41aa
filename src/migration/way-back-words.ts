// What a revert keeps and what it loses, in the words of every text that offers it (I2).
// Never says that all is kept where commands may have been refused unseen.

import type { Plan } from './plan.ts';
import type { Unapplied } from './unapplied.ts';
import { missingOnWayBack, wayBack } from './version-paths.ts';
import { instant } from './waiting-words.ts';

/** As many as a dialog has room for; the rest is counted. */
const NAMED = 3;

/** `SETEX and XREADGROUP`, which the old server cannot apply as the new one passes them on; empty: there are none. */
export function lostByRevert(plan: Plan): string {
  return listed(plan.pairs.flatMap(({ source, target }) => wayBack(source, target).loses));
}

/** Beside those, what only the new server knows, where nothing counts whether clients used it; empty: none, or counted. */
export function unseenByRevert(plan: Plan, { counted }: Unapplied): string {
  if (counted) return '';
  const unknown = plan.pairs.flatMap(({ source, target }) => missingOnWayBack(source, target));
  return listed(unknown, NAMED);
}

/** Completes "the way back is open and …". `source`: the name of the old server. */
export function keptByRevert(plan: Plan, unapplied: Unapplied, source: string): string {
  if (unapplied.since !== null) {
    return `would lose what clients wrote by commands that ${source} refused: ${timesOrMore(unapplied)} since ${instant(unapplied.since)}`;
  }
  const lost = lostByRevert(plan);
  const unseen = unseenByRevert(plan, unapplied);
  if (lost === '' && unseen === '') return 'would keep every write';
  if (lost === '') return `would keep every write that ${source} understands (not ${unseen})`;
  const rest = unseen === '' ? '' : `, and of the rest what ${source} understands (not ${unseen})`;
  return `would keep every write but those by ${lost}${rest}`;
}

/** A sentence for the dialog of *Revert*: what goes is named before the click. Plain text, no instants. */
export function lossInDialog(plan: Plan, unapplied: Unapplied, source: string): string {
  if (unapplied.since !== null) {
    return `Lost: what clients wrote by commands that ${source} refused, ${timesOrMore(unapplied)}.`;
  }
  const lost = lostByRevert(plan);
  const unseen = unseenByRevert(plan, unapplied);
  if (lost === '' && unseen === '') return 'Nothing is lost while the way back is open.';
  if (lost === '')
    return `Kept is every write that ${source} understands; lost what clients wrote by ${unseen}.`;
  const also = unseen === '' ? '' : ` Also lost: what they wrote by ${unseen}.`;
  return `Lost: what clients wrote there by ${lost}.${also}`;
}

/** `at least 3 times`. */
export function timesOrMore({ times }: Pick<Unapplied, 'times'>): string {
  return times === 1 ? 'at least once' : `at least ${times.toLocaleString('en-US')} times`;
}

/** Each once; past `limit` the rest is counted. */
function listed(names: readonly string[], limit = names.length): string {
  const all = [...new Set(names)];
  const rest = all.length - limit;
  const shown = rest > 0 ? [...all.slice(0, limit), `${rest} more`] : all;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
