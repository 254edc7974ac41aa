// Why a migration in following waits: for a comparison, for people, for a gate, for the countdown.
// Words as in why.ts, which this is a part of.

import { expiresAt } from './approval.ts';
import { heldByLatency, latencyStanding } from './latency/words.ts';
import type { Following, Migration } from './migration.ts';
import type { LiveFigures } from './progress.ts';
import { verdictOf } from './verification.ts';
import {
  approvedBy,
  instant,
  keys,
  operators,
  stillToApprove,
  theSource,
  theTarget,
  trimmed,
} from './waiting-words.ts';
import type { Waiting } from './why.ts';

/** What it waits for, and whatever else would hold it once that is over. */
export function whyFollowing(
  migration: Migration,
  state: Following,
  live: LiveFigures | null,
  since: number,
): Waiting {
  const waiting = followingAlone(migration, state, live, since);
  // A gate names its reason, and the latency as a reason of its own is told there.
  const held = state.gate === null && !isForLatency(migration, state) ? heldByLatency(migration) : [];
  return { ...waiting, more: [...waiting.more, ...held] };
}

/** Nothing is asked for because of the latency alone. */
function isForLatency(migration: Migration, { verification, askedAt, gate }: Following): boolean {
  const compared = verification !== null && verdictOf(verification) === 'equal';
  return compared && askedAt === null && gate === null && heldByLatency(migration).length > 0;
}

function followingAlone(
  migration: Migration,
  state: Following,
  live: LiveFigures | null,
  since: number,
): Waiting {
  const { policy } = migration;
  const { verification } = state;
  if (verification === null) {
    const done = live?.verification;
    const so = done === null || done === undefined ? [] : [`${keys(done.comparedKeys)} compared so far.`];
    return {
      what: 'the data to be compared',
      since,
      more: [
        ...so,
        migration.rehearsal === null
          ? 'It ends by itself; approval is asked for once the data is equal.'
          : 'Then the rehearsal ends by itself; nobody is asked to approve.',
      ],
    };
  }
  if (migration.rehearsal !== null) {
    return {
      what: 'the rehearsal to end',
      since: verification.finishedAt,
      more: ['It ends by itself; what is not equal is compared again for a while first.'],
    };
  }
  if (verdictOf(verification) !== 'equal') return unequal(migration, verification, since);
  if (state.gate !== null) {
    return {
      what: 'the cutover to be possible',
      since: state.askedAt ?? since,
      more: [
        `Held now because ${trimmed(state.gate)}.`,
        `It is approved and goes on by itself once that is over; ${operators(migration)} can hold or abort it.`,
      ],
    };
  }
  if (state.cutoverAt !== null) {
    return {
      what: 'the countdown',
      since: state.approvals.at(-1)?.at ?? since,
      more: [
        approvedBy(state),
        `It ends at ${instant(state.cutoverAt)}; ${operators(migration)} can press Hold until then.`,
      ],
    };
  }
  if (isForLatency(migration, state)) {
    const known = migration.latency.verdict === 'unknown' ? 'known again' : 'steady again';
    return {
      what: `the latency of ${theSource(migration)} to be ${known}`,
      since: migration.latency.since,
      more: [
        ...heldByLatency(migration),
        `Then the data is compared and approval asked for; ${operators(migration)} can abort it.`,
      ],
    };
  }
  if (state.askedAt === null) {
    // Denied, held or expired: the next comparison asks anew.
    return {
      what: 'the data to be compared again',
      since: verification.finishedAt,
      more: [
        `That takes a few minutes at most; then approval is asked for anew. ${operators(migration)} can abort it.`,
      ],
    };
  }
  const missing = Math.max(1, policy.approvals - state.approvals.length);
  const oldest = state.approvals[0];
  const expiry =
    oldest === undefined
      ? []
      : [
          `The first approval expires at ${instant(expiresAt(oldest, policy))}, ` +
            'after which the sync goes on and new approvals are needed.',
        ];
  return {
    what: `${missing} ${state.approvals.length > 0 ? 'more ' : ''}${missing === 1 ? 'approval' : 'approvals'}`,
    since: state.askedAt ?? since,
    more: [
      approvedBy(state),
      `Anyone in ${stillToApprove(migration, state)} can give one.`,
      ...expiry,
      standing(migration, state),
    ].filter((sentence) => sentence !== ''),
  };
}

function unequal(
  migration: Migration,
  result: NonNullable<Following['verification']>,
  since: number,
): Waiting {
  const found =
    result.differenceCount > 0
      ? `${keys(result.differenceCount)} ${result.differenceCount === 1 ? 'differs' : 'differ'} between the two servers`
      : 'too little could be compared to call the data equal';
  return {
    what: 'the data to be equal',
    since,
    more: [
      `Right now ${found}.`,
      `Ferry compares again and again and asks for approval once it is. Look at Details for the keys by name, ` +
        `and whether anything writes to ${theTarget(migration)}; ${operators(migration)} can abort it.`,
    ],
  };
}

/** Empty where the latency holds it: that is told instead. */
function standing(migration: Migration, { lag, verification }: Following): string {
  if (heldByLatency(migration).length > 0) return '';
  const parts = [
    lag === null ? 'lag not measured' : `lag ${lag.ms.toFixed(0)} ms`,
    latencyStanding(migration),
    verification === null ? 'not verified' : `verified at ${instant(verification.finishedAt)}`,
  ];
  return `Nothing else holds it: ${parts.join(', ')}.`;
}
