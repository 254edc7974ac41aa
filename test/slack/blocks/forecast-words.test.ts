// What a transfer cost, in the report: what was not measured is said or left out, and is never a 0 (I10).

import { expect, it } from 'vitest';
import type { Plan } from '../../../src/migration/plan.ts';
import type { Transfer } from '../../../src/migration/transfer.ts';
import { foreseen, transferLines } from '../../../src/slack/blocks/forecast-words.ts';
import { toPlain } from '../../../src/slack/blocks/render-words.ts';
import { forecast, transfer } from '../../support/transfer-sample.ts';
import { migrationIn, plan, states } from '../sample.ts';

const told = (change: Partial<Transfer> | null, way: 'foreseen' | 'not' = 'foreseen') => {
  const transfers = [change === null ? null : { ...transfer, ...change }];
  const migration = migrationIn(states.completed, { transfers });
  const lines = transferLines(migration, way === 'not' ? unforeseen : plan);
  return lines.map((line) => toPlain(line)).join('\n');
};

const unforeseen: Plan = { ...plan, pairs: plan.pairs.map((pair) => ({ ...pair, forecast: null })) };

it('shows each figure beside what was foreseen', () => {
  expect(told({})).toBe(
    "Transfer: fork 92 ms (foreseen 90 ms); 4.10 GB in 2 min 51 s (foreseen 45 s to 3 min): snapshot 38 s, transfer 1 min 1 s at 68.8 MB/s, load 1 min 10 s; copy-on-write 210 MB (foreseen up to 600 MB); the source's memory at most 4.47 GB.",
  );
});

it('I10 says what was not measured', () => {
  const untold = {
    forkMs: null,
    forks: null,
    transferredBytes: null,
    copyOnWriteBytes: null,
    sourcePeakBytes: null,
    stageMs: { waiting: null, transferring: null, loading: null },
  };
  expect(told(untold, 'not')).toBe(
    'Transfer: fork not measured; synced in 2 min 51 s; copy-on-write not measured.',
  );
  expect(told(null)).toBe('Transfer: not measured.');
});

it('I10 is at least what was seen where nothing tells the size', () => {
  expect(told({ isWhole: false })).toContain('; at least 4.10 GB in 2 min 51 s');
});

it('names the forks that came on top', () => {
  expect(told({ forks: 4 })).toContain('; 4 forks of the source meanwhile.');
});

it.each([
  [120_000, 180_000, '2 to 3 min'],
  [10_000, 65_000, '10 s to 1 min 5 s'],
  [65_000, 75_000, '1 min 5 s to 1 min 15 s'],
  [61_000, 62_000, '1 min'],
])('a range of %i to %i ms is one of words', (least, most, words) => {
  const pairs = plan.pairs.map((pair) => ({ ...pair, forecast: { ...forecast, syncMs: { least, most } } }));
  expect(foreseen({ ...plan, pairs })).toBe(` Foreseen: sync ${words}, fork about 90 ms.`);
});

it('is in the plan before Start, unless an earlier version made it', () => {
  expect(foreseen(plan)).toBe(' Foreseen: sync 45 s to 3 min, fork about 90 ms.');
  expect(foreseen(unforeseen)).toBe('');
});
