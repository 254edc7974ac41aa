// I1 I3: a hold of which the record knows nothing is taken off by the next owner, except where the other side may be a
// primary: the promotion may be among what Ferry's Redis lost.

import { expect, it } from 'vitest';
import type { Event } from '../../src/migration/events.ts';
import type { Migration } from '../../src/migration/migration.ts';
import { freeWrites, takeOffLeftHolds } from '../../src/workflow/left-holds.ts';
import { Notes } from '../../src/workflow/notes.ts';
import { movedBetween, scriptedSession } from '../support/scripted-session.ts';
import * as walks from '../support/walk.ts';

const HELD = { role: { kind: 'primary' }, held: true } as const;
const PRIMARY = { role: { kind: 'primary' } } as const;
const FOLLOWS = { role: { kind: 'replica', of: 'peer', linkUp: true } } as const;

function following(source: string, target: string): Migration {
  const started: Event = { kind: 'sync-started', identities: [movedBetween(source, target)] };
  const [surveyed, start, , ...rest] = walks.toFollowing;
  return walks.walk(walks.fresh(), surveyed, start, started, ...rest);
}

it('I3 it is recorded, taken off and proved, and looked for once an owner', async () => {
  const { session, deeds } = scriptedSession(following('5.0.14', '8.0.2'), { source: HELD, target: FOLLOWS });
  await takeOffLeftHolds(session);
  expect(deeds).toEqual(['lift:source', 'take-guard:source', 'canary:source']);
  expect(session.migration.state).toMatchObject({ phase: 'syncing', progress: [{ pointed: 'anew' }] });
  await takeOffLeftHolds(session);
  expect(deeds).toHaveLength(3);
});

it.each([
  ['is a primary', PRIMARY],
  ['does not answer', null],
] as const)('I1 not while the target %s: then a person is asked', async (what, target) => {
  const { session, deeds } = scriptedSession(following('2.4.16', '2.6.16'), { source: HELD, target });
  await expect(takeOffLeftHolds(session)).rejects.toThrow(what);
  const notes = new Notes();
  for (let tick = 0; tick < 10; tick += 1) await freeWrites(session, notes);
  expect(deeds).toEqual([]);
  expect(session.migration.state).toMatchObject({
    phase: 'needs-human',
    facts: [expect.stringContaining('Nobody can write to carts-old')],
  });
});

it('I3 it is taken off while a person is asked, as soon as the target says that it follows', async () => {
  const asked = walks.walk(following('2.4.16', '2.6.16'), walks.stuck);
  const { session, deeds, script } = scriptedSession(asked, { source: HELD, target: null });
  const notes = new Notes();
  await freeWrites(session, notes);
  expect(deeds).toEqual([]);
  script.seen = { source: HELD, target: FOLLOWS };
  await freeWrites(session, notes);
  expect(deeds).toContain('lift:source');
  expect(session.migration.state.phase).toBe('needs-human');
});

it('I10 a source that does not answer is looked at again', async () => {
  const { session, deeds, script } = scriptedSession(following('5.0.14', '8.0.2'), {
    source: null,
    target: FOLLOWS,
  });
  const notes = new Notes();
  await freeWrites(session, notes);
  script.seen = { source: HELD, target: FOLLOWS };
  await freeWrites(session, notes);
  expect(deeds).toContain('lift:source');
});

it('nothing is asked of servers whose fence ends by itself', async () => {
  const { session, deeds } = scriptedSession(following('7.0.15', '8.0.2'), { source: null, target: null });
  await takeOffLeftHolds(session);
  expect(deeds).toEqual([]);
});
