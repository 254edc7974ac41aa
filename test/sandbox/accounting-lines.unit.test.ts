// The demo fails for everything that it must fail for, and says which; a good run is no failure.

import { expect, test } from 'vitest';
import { accountingLines, failuresOf } from '../../src/sandbox/accounting-lines.ts';
import type { Account } from '../../src/sandbox/load/load.ts';

const GOOD: Account = {
  acknowledged: 57_502,
  holder: 'new',
  byOld: 34_942,
  byNew: 22_560,
  refused: 1_600,
  uncertain: 3,
  wrongSide: 0,
  wrongSideExamples: [],
  twoWriters: 0,
  longestGapMs: 32.04,
  switchGapMs: 8.26,
  stayingOn: null,
  refusedWhileStaying: 1_580,
  lost: 0,
  lostExamples: [],
};
const failures = (change: Partial<Account>): string[] =>
  failuresOf({ account: { ...GOOD, ...change }, fenceTime: '6.7 ms' });

test('a good run has no failure; an uncertain write is none', () => {
  expect(failures({})).toEqual([]);
});

test.each<[Partial<Account>, string]>([
  [
    { lost: 2, lostExamples: [{ writer: 'lua-3', number: 17 }] },
    '2 acknowledged writes are gone, such as lua-3 17.',
  ],
  [{ wrongSide: 1 }, '1 writes were accepted on the wrong side'],
  [{ twoWriters: 4 }, 'Both servers accepted writes at once'],
  [{ twoWriters: null }, 'Nobody watched'],
  [{ byNew: 0 }, 'The new server acknowledged nothing'],
  [{ refusedWhileStaying: 0 }, 'Nobody tried to write to the old server'],
])('%j is a failure', (change, sentence) => {
  expect(failures(change).join('\n')).toContain(sentence);
});

test('the lines say what was counted', () => {
  const lines = accountingLines({ account: GOOD, fenceTime: '36 ms' }, 30).join('\n');
  expect(lines).toMatch(/^acknowledged +57,502 \(34,942 old, 22,560 new\)$/m);
  expect(lines).toMatch(/^lost +0$/m);
  expect(lines).toMatch(/^fence time +36 ms; the servers are 30 ms apart$/m);
  expect(lines).toMatch(/^switch +8\.3 ms /m);
});
