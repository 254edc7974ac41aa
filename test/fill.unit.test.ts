// The arguments of `npm run fill` and `npm run clear`: what they mean, and what is said about wrong ones.

import { expect, test } from 'vitest';
import { parseTask } from '../src/fill.ts';

test('an instance and a size, or an instance alone', () => {
  const by = 'the command line';
  expect(parseTask('fill', ['staging-a', '2gb'])).toEqual({
    kind: 'fill',
    instance: 'staging-a',
    bytes: 2 * 1024 ** 3,
    by,
  });
  expect(parseTask('clear', ['staging-a'])).toEqual({ kind: 'clear', instance: 'staging-a', bytes: 0, by });
});

test.each([
  ['fill', [], 'Use it like this: npm run fill -- staging-a 2gb'],
  ['fill', ['staging-a'], 'Use it like this: npm run fill -- staging-a 2gb'],
  ['fill', ['staging-a', '2gb', 'now'], 'Use it like this: npm run fill -- staging-a 2gb'],
  [
    'fill',
    ['staging-a', 'lots'],
    'lots is no size. Sizes look like 512mb or 2gb: npm run fill -- staging-a 2gb',
  ],
  ['fill', ['staging-a', '0'], '0 is no size. Sizes look like 512mb or 2gb: npm run fill -- staging-a 2gb'],
  ['clear', [], 'Use it like this: npm run clear -- staging-a'],
  ['clear', ['staging-a', '2gb'], 'Use it like this: npm run clear -- staging-a'],
] as const)('%s %j is refused', (task, args, problem) => {
  expect(parseTask(task, args)).toEqual({ problem });
});
