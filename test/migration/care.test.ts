// I4: who asks for a migration may be more careful than the environment demands, never less.

import { expect, test } from 'vitest';
import { type VerificationLevel, withCare } from '../../src/migration/policy.ts';
import { policy } from '../support/walk.ts';

test.each<[demanded: VerificationLevel, chosen: VerificationLevel | null, becomes: VerificationLevel]>([
  ['counts', null, 'counts'],
  ['counts', 'sample', 'sample'],
  ['sample', 'full', 'full'],
  ['sample', 'sample', 'sample'],
  ['full', 'sample', 'full'],
  ['full', null, 'full'],
])('I4 demanded %s, chosen %s: compared is %s', (verification, chosen, becomes) => {
  expect(withCare({ ...policy, verification }, { verification: chosen, start: null }).verification).toBe(
    becomes,
  );
});

test('I4 the start may wait for a button, and is never hurried', () => {
  const started = (start: 'button' | 'auto', chosen: 'button' | null) =>
    withCare({ ...policy, start }, { verification: null, start: chosen }).start;
  expect(started('auto', 'button')).toBe('button');
  expect(started('auto', null)).toBe('auto');
  expect(started('button', null)).toBe('button');
});

test('nothing else of the policy changes', () => {
  const careful = withCare(policy, { verification: 'full', start: 'button' });
  expect(careful).toEqual({ ...policy, verification: 'full', start: 'button' });
});
