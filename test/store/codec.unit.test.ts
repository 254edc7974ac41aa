// A record comes back as it went, or not at all.

import { expect, test } from 'vitest';
import { FerryError } from '../../src/migration/errors.ts';
import { PHASES, type Phase, type StateOf } from '../../src/migration/migration.ts';
import { decode, encode, RECORD_VERSION } from '../../src/store/codec.ts';
import { recordIn, states } from './sample-records.ts';

test.each(PHASES)('a record that is %s comes back as it went', (phase) => {
  const record = recordIn(phase);
  expect(decode(encode(record))).toEqual(record);
});

test.each(PHASES.filter((phase) => phase !== 'needs-human'))('so does a question asked while %s', (phase) => {
  const { state } = recordIn(phase);
  if (state.phase === 'needs-human') throw new Error('a question does not ask about itself');
  const asking = recordIn('needs-human');
  const record = {
    ...asking,
    state: { ...asking.state, phase: 'needs-human', from: state },
  } as typeof asking;
  expect(decode(encode(record))).toEqual(record);
});

test('a record without what people did by hand comes back as one where they did nothing', () => {
  const { stoodDown: _, byHand: __, ...watching } = stateIn('watching');
  expect(decode(withState(watching)).state).toMatchObject({ stoodDown: [], byHand: null });
  const { byHand: ___, leftToDo: ____, ...completed } = stateIn('completed');
  expect(decode(withState(completed)).state).toMatchObject({ byHand: false, leftToDo: [] });
});

test('I10 a record from before refusals were counted says that they are not known', () => {
  const before = JSON.parse(encode(recordIn('watching')), (name, value) =>
    name === 'unapplied' || name === 'refusedBefore' ? undefined : value,
  );
  const { state } = decode(JSON.stringify(before));
  expect(state).toMatchObject({
    plan: { pairs: [{ refusedBefore: null }] },
    unapplied: { times: 0, counted: false, since: null },
  });
});

test('a record of a newer version is refused by that name', () => {
  const newer = JSON.stringify({ v: RECORD_VERSION + 1, anything: 'else' });
  expect(codeOf(() => decode(newer))).toBe('record-too-new');
});

test.each([
  ['no JSON', 'm42'],
  ['no version', JSON.stringify({ migration: recordIn('planned') })],
  ['a phase that does not exist', withState({ phase: 'paused' })],
  ['a state without what its phase needs', withState({ phase: 'planned', startedBy: null })],
  ['a field that this version does not know', withState({ phase: 'surveying', because: null, mood: 'good' })],
])('a record with %s is refused as unreadable', (_, text) => {
  expect(codeOf(() => decode(text))).toBe('record-unreadable');
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('a record with %d is not written at all', (requestedAt) => {
  expect(codeOf(() => encode({ ...recordIn('planned'), requestedAt }))).toBe('record-unwritable');
});

function stateIn<P extends Phase>(phase: P): StateOf<P> {
  return states[phase];
}

function withState(state: object): string {
  return JSON.stringify({ v: RECORD_VERSION, migration: { ...recordIn('planned'), state } });
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof FerryError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}
