// What a comparison of the data is worth. Whatever was not proven is not equal (I10).

import { describe, expect, it } from 'vitest';
import { type VerificationResult, verdictOf } from '../../src/migration/verification.ts';
import { equal } from '../support/walk.ts';

function result(change: Partial<VerificationResult>): VerificationResult {
  return { ...equal, comparedKeys: 10_000, sourceKeys: 10_000, targetKeys: 10_000, ...change };
}

describe.each(['sample', 'full'] as const)('%s', (level) => {
  it('is equal when keys were compared and none differs', () => {
    expect(verdictOf(result({ level }))).toBe('equal');
  });

  it('is different from one difference on, whatever else was compared', () => {
    expect(verdictOf(result({ level, differenceCount: 1 }))).toBe('different');
    expect(verdictOf(result({ level, differenceCount: 1, unsettledCount: 10_000 }))).toBe('different');
    expect(verdictOf(result({ level, differenceCount: 1, comparedKeys: 0 }))).toBe('different');
  });

  it.each([
    ['either side', 10_000, 10_000],
    ['the source', 10_000, 0],
    ['the target', 0, 10_000],
  ])('I10 is unproven when nothing was compared though %s has keys', (_, sourceKeys, targetKeys) => {
    expect(verdictOf(result({ level, comparedKeys: 0, sourceKeys, targetKeys }))).toBe('unproven');
  });

  it('is equal when both sides are empty', () => {
    expect(verdictOf(result({ level, comparedKeys: 0, sourceKeys: 0, targetKeys: 0 }))).toBe('equal');
  });

  it('I10 is unproven when more than one key in a hundred never settled', () => {
    expect(verdictOf(result({ level, unsettledCount: 100 }))).toBe('equal');
    expect(verdictOf(result({ level, unsettledCount: 101 }))).toBe('unproven');
  });

  it('tolerates 20 unsettled keys where few were compared, and not one more', () => {
    expect(verdictOf(result({ level, comparedKeys: 50, unsettledCount: 20 }))).toBe('equal');
    expect(verdictOf(result({ level, comparedKeys: 50, unsettledCount: 21 }))).toBe('unproven');
  });

  it('does not take counts for data: keys that expired differ in number and not in content', () => {
    expect(verdictOf(result({ level, sourceKeys: 10_000, targetKeys: 9_990 }))).toBe('equal');
  });
});

describe('counts', () => {
  it('is equal when both sides count the same', () => {
    expect(verdictOf(result({ level: 'counts', comparedKeys: 0 }))).toBe('equal');
  });

  it('I10 is unproven when the numbers differ: counts cannot tell which key', () => {
    expect(verdictOf(result({ level: 'counts', targetKeys: 9_999 }))).toBe('unproven');
  });
});
