// I4 A rehearsal ends by itself with what it found out, and is refused whatever would lead it on, also by the record.

import { describe, expect, test } from 'vitest';
import { advance } from '../../src/migration/lifecycle.ts';
import type { Migration } from '../../src/migration/migration.ts';
import { isHarmless, NOT_YET_REHEARSED, phaseWord } from '../../src/migration/rehearsal.ts';
import { whyWaiting } from '../../src/migration/why.ts';
import { decode, encode } from '../../src/store/codec.ts';
import * as walks from '../support/walk.ts';

const told = (migration: Migration, event: Parameters<typeof advance>[1]) => {
  const advanced = advance(migration, event, walks.T0 + 90_000);
  if (advanced.kind === 'refused') throw new Error(advanced.refusal.message);
  return advanced;
};

test('once the data was compared nobody is asked; it ends by Ferry, with what it found out', () => {
  const following = walks.rehearsalIn('following');
  expect(following.state).toMatchObject({
    askedAt: null,
    approvals: [],
    verification: { comparedKeys: 100 },
  });
  const { migration, say } = told(following, walks.rehearsed);
  expect(migration.state).toMatchObject({ phase: 'aborting', by: 'ferry', from: 'following' });
  expect(migration.rehearsal?.outcome).toMatchObject({
    plan: { digest: 'plan-1' },
    verification: walks.equal,
    lag: { bytes: 10, ms: 2 },
    predictedFenceMs: 20,
  });
  expect(say.map(({ body }) => body.kind)).toEqual(['rehearsed']);
  const over = told(migration, { kind: 'aborted', targetKeys: 0 });
  expect(over.say.map(({ body }) => body.kind)).toEqual(['aborted', 'report']);
  expect(over.migration.rehearsal?.outcome).toEqual(migration.rehearsal?.outcome);
});

test('a real migration is never ended as rehearsed', () => {
  const advanced = advance(walks.inPhase('following'), walks.rehearsed, walks.T0 + 90_000);
  expect(advanced.kind).toBe('refused');
});

test('a rehearsal that a person aborts has no report, and is called aborted', () => {
  const { migration, say } = told(walks.rehearsalIn('syncing'), { kind: 'abort-requested', by: walks.ANA });
  const over = told(migration, { kind: 'aborted', targetKeys: 0 });
  expect([...say, ...over.say].map(({ body }) => body.kind)).toEqual(['aborting', 'aborted']);
  expect(phaseWord(over.migration)).toBe('aborted');
  expect(phaseWord(walks.rehearsalIn('aborted'))).toBe('rehearsed');
  expect(phaseWord(walks.inPhase('aborted'))).toBe('aborted');
});

describe('I4 whatever a phase would make of it', () => {
  test.each([
    walks.begun,
    walks.demoting,
    walks.promoting,
    walks.promoted,
    { kind: 'approved', by: walks.BEN, round: 1, digest: 'stands-1' },
  ] as const)('$kind is refused with a sentence', (event) => {
    const advanced = advance(walks.rehearsalIn('following'), event, walks.T0 + 90_000);
    expect(advanced).toEqual({
      kind: 'refused',
      refusal: {
        code: 'rehearsal',
        message: 'm42 is a rehearsal: it never changes who takes the writes.',
        hint: 'It ends by itself once the data was compared.',
      },
    });
  });

  test.each(['cutting-over', 'watching', 'reverting', 'reverted', 'completed'] as const)(
    'a record that says rehearsal and %s is neither written nor believed',
    (phase) => {
      const impossible = { ...walks.inPhase(phase), rehearsal: NOT_YET_REHEARSED };
      expect(isHarmless(impossible.state)).toBe(false);
      expect(() => encode(impossible)).toThrow(`m42 is a rehearsal: it is never ${phase}.`);
      const text = encode(walks.inPhase(phase)).replace(
        '"rehearsal":null',
        `"rehearsal":${JSON.stringify(NOT_YET_REHEARSED)}`,
      );
      expect(() => decode(text)).toThrow('a rehearsal is never promoted');
    },
  );

  test.each(walks.REHEARSED_PHASES)('one that is %s comes back as it went', (phase) => {
    const migration = walks.rehearsalIn(phase);
    expect(decode(encode(migration))).toEqual(migration);
  });
});

test('I13 while it waits it says that nobody needs to approve', () => {
  const waiting = walks.walk(walks.rehearsalIn('syncing'), walks.caughtUp);
  expect(whyWaiting(waiting, null, walks.T0 + 90_000)).toContain('nobody is asked to approve');
  expect(whyWaiting(walks.rehearsalIn('following'), null, walks.T0 + 90_000)).toContain(
    'waits for the rehearsal to end',
  );
  expect(whyWaiting(walks.rehearsalIn('aborting'), null, walks.T0 + 90_000)).toContain(
    'The rehearsal is done',
  );
});
