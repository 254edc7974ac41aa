// Before, during and after add up second by second, whoever measured them, and nothing counts twice.

import { describe, expect, it } from 'vitest';
import { addTo, countsOf, percentilesOf, stageOf } from '../../../src/migration/latency/summary.ts';
import { second, silent, stall, T0, unmeasured } from './seconds.ts';

describe('a summary', () => {
  const first = [second(0, 1), second(1, 1), unmeasured(2)];

  it('adds up what was measured and says what was not', () => {
    const summary = addTo(null, first, [stall('a', T0, 300)]);
    expect(summary).toMatchObject({
      measuredSeconds: 2,
      unmeasuredSeconds: 1,
      maxUs: 1_000,
      stalls: 1,
      stalledMs: 300,
      untilAt: T0 + 2_000,
    });
    expect(percentilesOf(countsOf(summary), summary.maxUs)).toMatchObject({ maxUs: 1_000 });
  });

  it('in two parts is the same as in one', () => {
    const rest = [second(3, 40), silent(4, 900)];
    const inTwo = addTo(addTo(null, first, []), rest, [stall('b', T0 + 3_500, 200)]);
    expect(inTwo).toEqual(addTo(null, [...first, ...rest], [stall('b', T0 + 3_500, 200)]));
  });

  it('takes nothing twice: a successor may hand in again what is in it', () => {
    const stalls = [stall('a', T0, 300)];
    const summary = addTo(null, first, stalls);
    expect(addTo(summary, first, stalls)).toEqual(summary);
  });

  it('counts a stall when it is over', () => {
    expect(addTo(null, first, [stall('a', T0, 300, { over: false })]).stalls).toBe(0);
  });
});

it('percentiles never exceed the longest that was measured', () => {
  const summary = addTo(null, [second(0, 100.5)], []);
  const found = percentilesOf(countsOf(summary), summary.maxUs);
  expect(found?.p999Us).toBeLessThanOrEqual(summary.maxUs);
  expect(percentilesOf([], 0)).toBeNull();
});

describe('a second belongs to', () => {
  const marks = { syncAt: T0 + 10_000, promotedAt: T0 + 60_000 };
  it.each([
    ['source', 5_000, 'before'],
    ['source', 10_000, 'during'],
    ['source', 59_999, 'during'],
    ['source', 60_000, null],
    ['target', 59_999, null],
    ['target', 60_000, 'after'],
  ] as const)('%s at +%d ms: %s', (side, afterMs, stage) => {
    expect(stageOf(side, T0 + afterMs, marks)).toBe(stage);
  });

  it('before Start everything of the source is before', () => {
    expect(stageOf('source', T0, { syncAt: null, promotedAt: null })).toBe('before');
    expect(stageOf('target', T0, { syncAt: null, promotedAt: null })).toBeNull();
  });
});
