// The ETA says `measuring` until it knows, and never a misleading 0.

import { describe, expect, it } from 'vitest';
import { etaOf, smoothRate, transferRate } from '../../src/migration/eta.ts';
import { predictedFence } from '../../src/migration/plan.ts';
import type { PairObservation, SyncStage } from '../../src/migration/progress.ts';
import { plan } from '../support/walk.ts';

function seen(change: Partial<PairObservation> = {}): PairObservation {
  return {
    at: 10_000,
    source: null,
    target: null,
    stage: 'transferring',
    fraction: null,
    transferredBytes: null,
    totalBytes: null,
    lagBytes: null,
    lagMs: null,
    provenOffset: null,
    linkTrouble: null,
    ...change,
  };
}

describe('transferRate', () => {
  const before = seen({ at: 10_000, transferredBytes: 1_000 });

  it('is bytes a second between two looks', () => {
    expect(transferRate(before, seen({ at: 12_000, transferredBytes: 5_000 }))).toBe(2_000);
  });

  it.each([
    ['there was no look before', null, seen({ transferredBytes: 5_000 })],
    ['the stage changed', before, seen({ at: 12_000, stage: 'loading', transferredBytes: 5_000 })],
    ['nothing was measured', before, seen({ at: 12_000 })],
    ['nothing was measured before', seen(), seen({ at: 12_000, transferredBytes: 5_000 })],
    ['nothing moved', before, seen({ at: 12_000, transferredBytes: 1_000 })],
    ['it began anew', before, seen({ at: 12_000, transferredBytes: 10 })],
    ['no time passed', before, seen({ at: 10_000, transferredBytes: 5_000 })],
    ['the clock stepped back', before, seen({ at: 9_000, transferredBytes: 5_000 })],
  ])('I10 is not known when %s', (_, first, second) => {
    expect(transferRate(first, second)).toBeNull();
  });
});

describe('smoothRate', () => {
  it('begins with the first rate, follows slowly and keeps the last one while nothing is measured', () => {
    expect(smoothRate(null, null)).toBeNull();
    expect(smoothRate(null, 100)).toBe(100);
    expect(smoothRate(100, 200)).toBeCloseTo(130);
    expect(smoothRate(100, null)).toBe(100);
  });
});

describe('etaOf', () => {
  const stages: readonly SyncStage[] = ['connecting', 'waiting', 'transferring', 'loading'];

  it('is ready only when online', () => {
    expect(etaOf(seen({ stage: 'online', fraction: null }), 0)).toBe('ready');
  });

  it.each(stages)('I10 measures in %s while the fraction is not known', (stage) => {
    expect(etaOf(seen({ stage }), 0)).toBe('measuring');
  });

  it.each(stages)('never says ready in %s, not even at the whole', (stage) => {
    expect(etaOf(seen({ stage, fraction: 1 }), 0)).toEqual({ leftMs: 0 });
  });

  it('measures until 2 percent and two seconds are behind it', () => {
    expect(etaOf(seen({ fraction: 0.019 }), 0)).toBe('measuring');
    expect(etaOf(seen({ fraction: 0.5 }), 8_001)).toBe('measuring');
    expect(etaOf(seen({ fraction: 0.5 }), 8_000)).toEqual({ leftMs: 2_000 });
  });

  it('is what is left at the pace so far', () => {
    expect(etaOf(seen({ at: 30_000, fraction: 0.25 }), 10_000)).toEqual({ leftMs: 60_000 });
    expect(etaOf(seen({ at: 30_000, fraction: 1 / 3 }), 10_000)).toEqual({ leftMs: 40_000 });
  });
});

describe('the predicted fence', () => {
  it.each([
    [null, 20],
    [{ ms: 2.4 }, 20],
    [{ ms: 31 }, 90],
  ])('with a lag of %j is %d ms', (lag, expected) => {
    expect(predictedFence(plan, lag)).toBe(expected);
  });
});
