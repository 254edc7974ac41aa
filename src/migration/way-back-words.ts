// What a revert keeps and what it loses, in the words of every text that offers it (I2).

import type { Plan } from './plan.ts';
import { wayBack } from './version-paths.ts';

/** `SETEX and XREADGROUP`, which the old server cannot apply as the new one passes them on; empty: a revert keeps all. */
export function lostByRevert(plan: Plan): string {
  const lost = [...new Set(plan.pairs.flatMap(({ source, target }) => wayBack(source, target).loses))];
  return lost.length < 2 ? lost.join('') : `${lost.slice(0, -1).join(', ')} and ${lost.at(-1)}`;
}

/** Completes "the way back is open and …". */
export function keptByRevert(plan: Plan): string {
  const lost = lostByRevert(plan);
  return lost === '' ? 'would keep every write' : `would keep every write but those by ${lost}`;
}
