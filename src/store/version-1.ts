// A record of version 1 as one of version 2: what came in with it gets the value that it had without a name.
// Adds and never drops: whatever is not as version 1 wrote it is left for the schema to refuse.

import type { Running } from '../migration/capabilities.ts';
import { routeBetween } from '../migration/route.ts';
import { amend, amendEach, type Json, listOf } from './amend.ts';
import { identity } from './schema/parts.ts';

/** `stored`: the record as JSON, not yet parsed. */
export function fromVersion1(stored: unknown): unknown {
  return amend(stored, (record) => ({
    relays: [],
    policy: amend(record['policy'], () => ({ verificationPace: 'gentle' })),
    state: stateFrom(record['state']),
  }));
}

/** What a phase may hold, whichever phase it is, and what became of it. */
const AMENDMENTS: Readonly<Record<string, (value: unknown) => unknown>> = {
  plan: (plan) => amend(plan, ({ pairs }) => ({ pairs: amendEach(pairs, withRoute) })),
  progress: (progress) => amendEach(progress, () => ({ restarts: 0 })),
  verification: (verification) => amend(verification, withBasis),
  cutover: (cutover) => amend(cutover, withOrder),
  outcome: (outcome) => amend(outcome, withoutHolds),
  back: (outcome) => amend(outcome, withoutHolds),
  // The state that a question interrupted; elsewhere the name of a phase, which stays as it is.
  from: (state) => stateFrom(state),
};

function stateFrom(state: unknown): unknown {
  return amend(state, (fields) => ({
    ...Object.fromEntries(
      Object.entries(AMENDMENTS).flatMap(([name, amended]) =>
        name in fields ? [[name, amended(fields[name])]] : [],
      ),
    ),
    ...(fields['phase'] === 'needs-human' ? { accepts: null } : {}),
  }));
}

function withRoute({ source, target }: Json): Json {
  const from = runningFrom(source);
  const to = runningFrom(target);
  return from === null || to === null ? {} : { route: routeBetween(from, to) };
}

function runningFrom(value: unknown): Running | null {
  return identity.safeParse(value).data ?? null;
}

/** Both sides could be walked key by key: nothing older was moved. */
function withBasis({ level }: Json): Json {
  return { basis: level === 'counts' ? 'counts' : 'both' };
}

/** There was one order and one fence, which ends by itself. */
function withOrder({ offsets }: Json): Json {
  return {
    order: 'demote-first',
    offsets: amendEach(offsets, () => ({ markerSeen: false })),
    holds: listOf(offsets).map(() => ({ kind: 'pause' })),
  };
}

function withoutHolds({ finalOffsets }: Json): Json {
  return { holds: listOf(finalOffsets).map(() => null) };
}
