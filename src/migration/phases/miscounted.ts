// A side that followed behind a password and may have counted refusals as data, but did not answer when it was to
// begin anew. Until it has, nothing counts that it says; a source on the way back is parked, never synced anew.

import type { Migration, PairSync, Started, Syncing, WayBack } from '../migration.ts';
import { begin } from '../transfer.ts';
import { startedOf } from './syncing.ts';

/** Back to syncing: the pairs named are to take a new snapshot, the others are looked at again (I10). */
export function anewAfter(
  migration: Migration,
  state: Started,
  miscounted: readonly number[],
  now: number,
): Syncing {
  const progress = migration.pairs.map(
    (_, pair): PairSync => ({
      pointed: miscounted.includes(pair) ? 'anew' : 'yes',
      stage: 'connecting',
      restarts: 0,
      begun: begin(now, null),
    }),
  );
  return { phase: 'syncing', ...startedOf(state), progress, lostLinkAt: now };
}

/** Half a sentence, for the thread. */
export function beginsAnew(migration: Migration, pair: number): string {
  const name = migration.pairs[pair]?.target.name ?? 'the target';
  return `${name} did not answer when the attempt ended and may have taken refusals for data, so it takes the whole snapshot anew as soon as it answers`;
}

/** After a revert that was undone: open, or closed because a source may be ahead of what it has. */
export function wayBackWithout(migration: Migration, miscounted: readonly number[]): WayBack {
  const [pair] = miscounted;
  return pair === undefined
    ? { state: 'open', lagBytes: null }
    : { state: 'closed', why: mayBeAhead(migration, pair) };
}

/** Half a sentence: why a source must not go on following. */
export function mayBeAhead(migration: Migration, pair: number): string {
  const name = migration.pairs[pair]?.source.name ?? 'the source';
  return `${name} may have taken refusals for data when the revert was undone, so it is taken off with what it holds`;
}
