// How a rehearsal ends: what it found out is kept, and everything is put back as after an abort.

import { type Answered, notNow, event as said } from '../change.ts';
import type { Event } from '../events.ts';
import type { Following, Migration } from '../migration.ts';
import { predictedFence } from '../plan.ts';
import type { RehearsalOutcome } from '../rehearsal.ts';

export function rehearsed(
  migration: Migration,
  state: Following,
  event: Extract<Event, { kind: 'rehearsed' }>,
  now: number,
): Answered {
  const { rehearsal } = migration;
  const { plan, identities, verification, lag } = state;
  if (rehearsal === null || verification === null) return notNow(migration, event.kind);
  const outcome: RehearsalOutcome = {
    at: now,
    plan,
    verification,
    lag,
    predictedFenceMs: predictedFence(plan, lag),
  };
  return {
    state: { phase: 'aborting', by: 'ferry', from: 'following', plan, identities },
    newRound: true,
    digest: '',
    rehearsal: { ...rehearsal, outcome },
    say: [said({ kind: 'rehearsed', outcome })],
  };
}
