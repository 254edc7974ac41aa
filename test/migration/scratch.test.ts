// Servers are for rehearsals only where their environment says so, and a task keeps others away by its name.

import { expect, test } from 'vitest';
import { sentence } from '../../src/migration/errors.ts';
import { mayRehearseOn } from '../../src/migration/scratch.ts';
import { takenAs } from '../../src/migration/task.ts';
import { instance, policy } from '../slack/sample.ts';

test('a server of any other environment is refused, with what to do', () => {
  const refused = mayRehearseOn(instance('carts-old', 6379), policy, 'fill');
  expect(refused && sentence(refused)).toBe(
    '`carts-old` is in the environment production, whose servers are never filled with junk. Put the instance into an environment of its own that says `rehearsal: true` in ferry.yaml, and never a production one.',
  );
  expect(mayRehearseOn(instance('carts-old', 6379), policy, 'clear')?.message).toContain('never cleared');
});

test('a server of a rehearsal environment is allowed', () => {
  expect(mayRehearseOn(instance('carts-old', 6379), { ...policy, rehearsal: true }, 'fill')).toBeNull();
});

test('who has a server is said in words', () => {
  expect(takenAs({ id: 'm41', task: null })).toBe('part of m41');
  expect(takenAs({ id: 'fill', task: 'fill' })).toBe('being filled');
  expect(takenAs({ id: 'clear', task: 'clear' })).toBe('being cleared');
});
