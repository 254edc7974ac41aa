// What the old server refused of the new one's stream since the promotion: a revert loses what those commands wrote.
// Judges the server's own counter; a counter that may have missed some proves nothing (I10).

import { capabilitiesOf } from './capabilities.ts';
import { sameRun } from './instance.ts';
import type { PairIdentity } from './migration.ts';
import type { Plan } from './plan.ts';
import type { ServerObservation } from './progress.ts';

export interface Unapplied {
  /** So many times, or more. Each is a command, or a transaction that it was part of. */
  readonly times: number;
  /** false: some may have gone unseen, so 0 is no proof. */
  readonly counted: boolean;
  /** When the first one was seen, epoch ms; null: none was. */
  readonly since: number | null;
}

/** As read; when it was first seen is the record's to know. */
export type UnappliedSeen = Omit<Unapplied, 'since'>;

export const NOT_COUNTED: Unapplied = { times: 0, counted: false, since: null };

/** At the promotion: none yet. A primary has no stream to refuse, so the count of the survey still stands. */
export function unappliedAtFirst(plan: Plan): Unapplied {
  const counted = plan.pairs.every(
    ({ source, refusedBefore }) => refusedBefore !== null && capabilitiesOf(source).can('error-counts'),
  );
  return { times: 0, counted, since: null };
}

/**
 * What the old servers' counters say now, all pairs together; null: one was not read, so nothing new is known.
 * A restart and CONFIG RESETSTAT set them to 0: what was refused before that is not known any more.
 */
export function unappliedNow(
  plan: Plan,
  identities: readonly PairIdentity[],
  sources: readonly (ServerObservation | null)[],
): UnappliedSeen | null {
  let times = 0;
  let counted = true;
  for (const [index, pair] of plan.pairs.entries()) {
    const seen = sources[index] ?? null;
    if (seen === null) return null;
    const started = identities[index]?.source.runId ?? '';
    const base = sameRun(pair.source.runId, started) ? pair.refusedBefore : 0;
    const count = seen.refusedOfStream;
    const isReset = !sameRun(seen.runId, started) || (count !== null && base !== null && count < base);
    if (isReset || count === null || base === null || !capabilitiesOf(pair.source).can('error-counts'))
      counted = false;
    if (count !== null) times += Math.max(0, isReset ? count : count - (base ?? 0));
  }
  return { times, counted };
}

/** What is known with what was seen last: what was refused once stays so, and what went unseen once. */
export function unappliedSoFar(before: Unapplied, seen: UnappliedSeen, now: number): Unapplied {
  const times = Math.max(before.times, seen.times);
  const since = times === 0 ? null : (before.since ?? now);
  return { times, counted: before.counted && seen.counted, since };
}

/** Worth recording: the first one, twice as many, or that the counter cannot be relied on any more. */
export function isNewlyUnapplied(before: Unapplied, seen: UnappliedSeen): boolean {
  if (before.counted && !seen.counted) return true;
  return before.times === 0 ? seen.times > 0 : seen.times >= 2 * before.times;
}
