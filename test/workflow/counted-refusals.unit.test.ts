// I2 I10: who followed behind a password without one of its own may have counted refusals as data. After an attempt
// that was undone it takes a new snapshot, at once or as soon as it answers; where it could not read one, it is parked.

import { expect, it } from 'vitest';
import type { Event } from '../../src/migration/events.ts';
import type { Migration, State } from '../../src/migration/migration.ts';
import { Notes } from '../../src/workflow/notes.ts';
import { recoverCutover, UNKNOWN_FAILURE } from '../../src/workflow/recovery.ts';
import { syncing } from '../../src/workflow/steps/syncing.ts';
import { dangerToSource } from '../../src/workflow/steps/watching.ts';
import { look } from '../migration/looks.ts';
import { movedBetween, scriptedSession } from '../support/scripted-session.ts';
import * as walks from '../support/walk.ts';

const PRIMARY = { role: { kind: 'primary' } } as const;
const FOLLOWS = { role: { kind: 'replica', of: 'peer', linkUp: true } } as const;
const ASIDE = { role: { kind: 'replica', of: 'nobody', linkUp: false } } as const;

const behindPassword: Event = {
  ...walks.begun,
  holds: [{ kind: 'password', was: { text: '' }, now: { ref: 'hold:u-1:1' } }],
};

function syncStarted(source: string, target: string): Event {
  return { kind: 'sync-started', identities: [movedBetween(source, target)] };
}

function forward(source: string, target: string): Migration {
  const [surveyed, started, , ...rest] = walks.toApproved;
  return walks.walk(walks.fresh(), surveyed, started, syncStarted(source, target), ...rest, behindPassword);
}

function back(source: string, target: string): Migration {
  const asked = (m: Migration): Event => ({ kind: 'revert-requested', by: walks.BEN, ...walks.carried(m) });
  const { demoting, promoting, promoted } = walks;
  return walks.walk(forward(source, target), demoting, promoting, promoted, asked, behindPassword);
}

function stateOf<P extends State['phase']>({ state }: Migration, phase: P): Extract<State, { phase: P }> {
  if (state.phase !== phase) throw new Error(`It is ${state.phase}.`);
  return state as Extract<State, { phase: P }>;
}

it('I2 a target that answers takes its new snapshot at once', async () => {
  const { session, deeds } = scriptedSession(forward('5.0.14', '8.0.2'), {
    source: PRIMARY,
    target: FOLLOWS,
  });
  await recoverCutover(session, UNKNOWN_FAILURE);
  expect(deeds).toContain('follow-anew:target');
  expect(session.migration.state.phase).toBe('following');
});

it('I2 I10 one that does not answer takes it as soon as it does, and has not caught up before', async () => {
  const { session, deeds, script } = scriptedSession(forward('5.0.14', '8.0.2'), {
    source: PRIMARY,
    target: null,
  });
  await recoverCutover(session, UNKNOWN_FAILURE);
  expect(deeds).toEqual(expect.arrayContaining(['lift:source', 'canary:source']));
  const notes = new Notes();
  await syncing(session, stateOf(session.migration, 'syncing'), notes);
  expect(stateOf(session.migration, 'syncing').progress).toMatchObject([{ pointed: 'anew' }]);
  script.seen = { source: PRIMARY, target: FOLLOWS };
  const { event } = await syncing(session, stateOf(session.migration, 'syncing'), notes);
  expect(deeds).toContain('follow-anew:target');
  expect(deeds).not.toContain('follow:target');
  expect(event).toEqual({ kind: 'stage-changed', pair: 0, stage: 'connecting' });
});

it('I5 one that was promoted meanwhile is not emptied', async () => {
  const { session, deeds, script } = scriptedSession(forward('5.0.14', '8.0.2'), {
    source: PRIMARY,
    target: null,
  });
  await recoverCutover(session, UNKNOWN_FAILURE);
  script.seen = { source: PRIMARY, target: PRIMARY };
  const { event } = await syncing(session, stateOf(session.migration, 'syncing'), new Notes());
  expect(deeds).not.toContain('follow-anew:target');
  expect(event).toMatchObject({ kind: 'stuck' });
});

it.each([
  ['does not answer', null, '5.0.14', '5.0.14'],
  ['could not read the snapshot of a newer target', FOLLOWS, '4.0.14', '5.0.14'],
] as const)(
  'I2 I5 after a revert that was undone, a source that %s is parked',
  async (_, source, old, fresh) => {
    const { session, deeds } = scriptedSession(back(old, fresh), { source, target: PRIMARY });
    await recoverCutover(session, UNKNOWN_FAILURE);
    expect(deeds).not.toContain('follow-anew:source');
    const state = stateOf(session.migration, 'watching');
    expect(state).toMatchObject({ miscounted: [0], wayBack: { state: 'closed' } });
    const seen = look(0, 'online', { source: FOLLOWS, target: PRIMARY });
    expect(dangerToSource(session, state, seen, 0)).toMatch(/carts-old may have taken refusals for data/);
    const parked = look(0, 'online', { source: ASIDE, target: PRIMARY });
    expect(dangerToSource(session, state, parked, 0)).toBeNull();
  },
);

it('I2 after a pause nobody has counted anything', async () => {
  const paused = walks.walk(walks.fresh(), ...walks.toApproved, walks.begun);
  const { session, deeds } = scriptedSession(paused, { source: PRIMARY, target: null });
  await recoverCutover(session, UNKNOWN_FAILURE);
  expect(deeds).toContain('lift:source');
  expect(session.migration.state.phase).toBe('following');
});
