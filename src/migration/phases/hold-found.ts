// A hold of Ferry's that the record knows nothing of: Ferry's Redis lost its last second, and the attempt with it. What
// people approved may have been used up by that attempt, so it counts no more (I4); the hold is taken off next (I3).

import { type Answered, type Change, isRefusal, notNow, event as said } from '../change.ts';
import type { Event } from '../events.ts';
import type { Migration, NeedsHuman, State } from '../migration.ts';
import { mayHaveLost } from '../standing-hold.ts';
import { unasked, withdraw } from './approval-round.ts';
import { anewAfter, mayBeAhead } from './miscounted.ts';
import { reopened, watchMessage } from './watching.ts';

type Found = Extract<Event, { kind: 'hold-found' }>;

export function holdFound(migration: Migration, event: Found, now: number): Answered {
  const { pair, side, kind } = event;
  const { state } = migration;
  const name = migration.pairs[pair]?.[side].name;
  if (mayHaveLost(state) === null || name === undefined) return notNow(migration, kind);
  const told = said({ kind, name, at: now });
  const change = goingOn(migration, state, event, now);
  return isRefusal(change) ? change : { ...change, say: [told, ...(change.say ?? [])] };
}

function goingOn(migration: Migration, state: State, event: Found, now: number): Change {
  const { pair, miscounted } = event;
  switch (state.phase) {
    case 'following': {
      const next: State = miscounted
        ? anewAfter(migration, state, [pair], now)
        : { ...unasked(state), since: now, verification: null };
      return withdraw(migration, state, next, "Ferry's Redis lost the record of an attempt", null);
    }
    case 'syncing': {
      // One that was never seen to follow has nothing to forget.
      const progress = state.progress.map((each, index) =>
        miscounted && index === pair && (each.pointed === 'yes' || each.pointed === 'moved')
          ? ({ ...each, pointed: 'anew', stage: 'connecting' } as const)
          : each,
      );
      return { state: { ...state, progress } };
    }
    case 'watching': {
      const next: State = {
        ...state,
        revertBy: null,
        ...(miscounted && {
          miscounted: [...new Set([...state.miscounted, pair])],
          wayBack: { state: 'closed', why: mayBeAhead(migration, pair) },
        }),
      };
      if (state.closing !== null) return { state: next };
      const again = reopened(migration, next);
      const before = state.revertBy === null ? [watchMessage(migration, state, false)] : [];
      return { state: next, ...again, say: [...before, ...again.say] };
    }
    case 'needs-human': {
      const { state: from } = goingOn(migration, state.from, event, now);
      // The question stays as it was asked, with its round.
      return { state: { ...state, from: from as NeedsHuman['from'] } };
    }
    default:
      return { state };
  }
}
