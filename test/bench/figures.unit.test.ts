// A measurement is read by people: its table and its ratios are right, and what is unknown stays empty.

import { expect, it } from 'vitest';
import { ratioOf, table } from './figures.ts';

const SYNC = { what: 'sync', unit: 'ms', ferry: 1_500, bare: 1_000, note: 'REPLICAOF by hand' };
const CALLS = { what: 'calls', unit: 'a minute', ferry: 4.25, bare: null, note: '' };

it('a ratio is what Ferry needs for each unit of the bare way, and unknown where there is none', () => {
  expect(ratioOf(SYNC)).toBe(1.5);
  expect(ratioOf(CALLS)).toBeNull();
  expect(ratioOf({ ...SYNC, bare: 0 })).toBeNull();
});

it('the table keeps figures in columns', () => {
  expect(table([SYNC, CALLS])).toBe(
    [
      '       Ferry   bare  ratio  unit',
      'sync   1,500  1,000    1.5  ms        REPLICAOF by hand',
      'calls   4.25                a minute',
    ].join('\n'),
  );
});
