// I3 I4: a hold that the record knows nothing of, because Ferry's Redis lost its last second. What was approved counts
// no more, and where the follower may have counted refusals it begins anew.

import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/migration/events.ts';
import { lostPassword, mayHaveLost } from '../../src/migration/standing-hold.ts';
import { movedBetween } from '../support/scripted-session.ts';
import * as walks from '../support/walk.ts';
import { bodies, take } from './taking.ts';

const found = (miscounted: boolean): Event => ({ kind: 'hold-found', pair: 0, side: 'source', miscounted });
const approved = walks.walk(walks.fresh(), ...walks.toApproved);
const ofVersions = (source: string, target: string): Event => ({
  kind: 'sync-started',
  identities: [movedBetween(source, target)],
});
const between = (source: string, target: string) => {
  const [surveyed, started, , ...rest] = walks.toFollowing;
  return walks.walk(walks.fresh(), surveyed, started, ofVersions(source, target), ...rest);
};

describe('I4 what was approved was used up by the attempt that was lost', () => {
  it('so it is taken back, and no cutover begins', () => {
    const { migration, say } = take(approved, found(false));
    expect(migration.state).toMatchObject({ phase: 'following', approvals: [], cutoverAt: null });
    expect(migration.round).toBe(approved.round + 1);
    expect(bodies(say, 'hold-found')).toMatchObject([{ name: 'carts-old' }]);
    expect(bodies(say, 'approval-withdrawn')).toHaveLength(1);
  });

  it('while a person is asked, it goes on without it', () => {
    const { migration } = take(walks.walk(approved, walks.stuck), found(false));
    expect(migration.state).toMatchObject({
      phase: 'needs-human',
      from: { phase: 'following', approvals: [] },
    });
  });

  it('a revert that was asked for is dropped', () => {
    const asked = walks.walk(walks.inPhase('watching'), (m) => ({
      kind: 'revert-requested',
      by: walks.BEN,
      ...walks.carried(m),
    }));
    const { migration } = take(asked, { ...found(false), side: 'target' } as Event);
    expect(migration.state).toMatchObject({ phase: 'watching', revertBy: null, wayBack: { state: 'open' } });
  });
});

describe('I2 where the follower may have counted refusals', () => {
  it.each([
    ['following', approved, { phase: 'syncing', progress: [{ pointed: 'anew' }] }],
    ['syncing', walks.inPhase('syncing'), { phase: 'syncing', progress: [{ pointed: 'anew' }] }],
    [
      'watching',
      walks.inPhase('watching'),
      { phase: 'watching', miscounted: [0], wayBack: { state: 'closed' } },
    ],
  ])('%s: nothing that it says counts before it began anew', (_, migration, expected) => {
    expect(take(migration, found(true)).migration.state).toMatchObject(expected);
  });
});

describe('I3 where a hold may stand unrecorded', () => {
  it.each([
    ['following', 'forward'],
    ['syncing', 'forward'],
    ['aborting', 'forward'],
    ['needs-human', 'forward'],
    ['watching', 'back'],
    ['cutting-over', null],
    ['reverting', null],
    ['planned', null],
    ['completed', null],
  ] as const)('%s: %s', (phase, direction) => {
    expect(mayHaveLost(walks.inPhase(phase).state)).toBe(direction);
  });

  it('it is the password of the attempt that comes next', () => {
    expect(lostPassword(between('5.0.14', '8.0.2'), 0)).toEqual({
      kind: 'password',
      was: { text: '' },
      now: { ref: 'hold:u-1:1' },
    });
  });

  it.each(['6.0.16', '6.2.16'])('no password on %s', (version) => {
    expect(lostPassword(between(version, '8.0.2'), 0)).toBeNull();
  });
});
