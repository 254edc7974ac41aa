// I3: from the moment it is recorded until it is known to be off, Ferry's hold is found again by whoever comes next.

import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/migration/events.ts';
import { SIDES } from '../../src/migration/instance.ts';
import type { State } from '../../src/migration/migration.ts';
import type { Hold } from '../../src/migration/route.ts';
import { standingHold, standingPassword } from '../../src/migration/standing-hold.ts';
import * as walks from '../support/walk.ts';
import { fresh, inPhase, walk } from '../support/walk.ts';

const HOLD: Hold = { kind: 'password', was: { text: '' }, now: { ref: 'hold:u-1:1' } };
const fencing = walk(fresh(), ...walks.toApproved, walks.begunPromoteFirst);

function promotedWith(holds: readonly (Hold | null)[]): Event {
  if (walks.promoted.kind !== 'promoted') throw new Error('unreachable');
  return { ...walks.promoted, outcome: { ...walks.promoted.outcome, holds } };
}

function standing(state: State) {
  return SIDES.map((side) => standingHold(state, 0, side));
}

describe('I3 a hold may stand', () => {
  it.each([
    ['from its record on', fencing],
    ['while a person is asked', walk(fencing, walks.stuck)],
    ['past the point of no return', walk(fencing, walks.promotingByMarker)],
    ['while it is taken off', walk(fencing, walks.undoing)],
  ])('on the source %s', (_, { state }) => {
    expect(standing(state)).toEqual([HOLD, null]);
    expect(standingPassword(state, 0, 'source')).toBe('hold:u-1:1');
  });

  it('after the promotion where the outcome says that it stays, and to the end', () => {
    const watching = walk(fencing, walks.promotingByMarker, promotedWith([HOLD]));
    expect(standing(watching.state)).toEqual([HOLD, null]);
    expect(standing(walk(watching, walks.stuck).state)).toEqual([HOLD, null]);
    const { state } = walk(
      watching,
      (m) => ({ kind: 'complete-requested', by: walks.BEN, ...walks.carried(m) }),
      { kind: 'closed' },
    );
    expect(state.phase).toBe('completed');
    expect(standing(state)).toEqual([HOLD, null]);
  });

  it('on the target while a revert gives its writes back', () => {
    expect(standing(inPhase('reverting').state)).toEqual([null, { kind: 'pause' }]);
  });
});

it('nowhere once it was lifted or undone, and nowhere else', () => {
  const lifted = walk(fencing, walks.promotingByMarker, promotedWith([null]));
  const undone = walk(fencing, walks.undoing, walks.undone);
  const others = (['syncing', 'following', 'watching', 'reverted', 'completed', 'aborted'] as const).map(
    inPhase,
  );
  for (const { state } of [lifted, undone, ...others]) expect(standing(state)).toEqual([null, null]);
});

it('a pause is no password', () => {
  const { state } = inPhase('cutting-over');
  expect(standingHold(state, 0, 'source')).toEqual({ kind: 'pause' });
  expect(standingPassword(state, 0, 'source')).toBeNull();
});
