// Percentiles to the width of a bucket, sums without loss, and a text form that comes back as it went.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bucketOf,
  countOf,
  decodeHistogram,
  encodeHistogram,
  histogramOf,
  lowestOf,
  merge,
  middleOf,
  percentileUs,
} from '../../../src/migration/latency/histogram.ts';

const duration = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.integer({ min: 0, max: 100_000 }),
  fc.integer({ min: 0, max: 3_600_000_000 }),
);

describe('buckets', () => {
  it('hold what belongs to them, and are no wider than a thirty-second of it', () => {
    fc.assert(
      fc.property(duration, (us) => {
        const bucket = bucketOf(us);
        expect(lowestOf(bucket)).toBeLessThanOrEqual(us);
        expect(lowestOf(bucket + 1)).toBeGreaterThan(us);
        expect(lowestOf(bucket + 1) - lowestOf(bucket)).toBeLessThanOrEqual(Math.max(1, us / 32));
        expect(bucketOf(middleOf(bucket))).toBe(bucket);
      }),
    );
  });

  it('follow each other without a gap', () => {
    for (let bucket = 0; bucket < 1_000; bucket += 1) expect(bucketOf(lowestOf(bucket))).toBe(bucket);
  });

  it.each([-5, 0, 0.4])('what is shorter than a microsecond counts as none: %d', (us) => {
    expect(bucketOf(us)).toBe(0);
  });
});

describe('percentiles', () => {
  it('are those of the sorted durations, to 3 percent', () => {
    fc.assert(
      fc.property(
        fc.array(duration, { minLength: 1, maxLength: 500 }),
        fc.constantFrom(0.01, 0.5, 0.9, 0.99, 0.999, 1),
        (durations, fraction) => {
          const sorted = durations.toSorted((a, b) => a - b);
          const exact = sorted[Math.max(1, Math.ceil(sorted.length * fraction)) - 1] ?? 0;
          const found = percentileUs(histogramOf(durations), fraction) ?? Number.NaN;
          expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact / 32);
        },
      ),
    );
  });

  it('of nothing are not known', () => {
    expect(percentileUs([], 0.99)).toBeNull();
  });
});

it('sums are the same in any order and lose nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.array(duration)), (parts) => {
      const whole = histogramOf(parts.flat());
      expect(merge(parts.map(histogramOf))).toEqual(whole);
      expect(merge(parts.toReversed().map(histogramOf))).toEqual(whole);
      expect(countOf(whole)).toBe(parts.flat().length);
    }),
  );
});

describe('as text', () => {
  it('comes back as it went', () => {
    fc.assert(
      fc.property(fc.array(duration), (durations) => {
        const histogram = histogramOf(durations);
        expect(decodeHistogram(encodeHistogram(histogram))).toEqual(histogram);
      }),
    );
  });

  it.each(['x', '1', '1:', '1:0', '1:-2', '1:2 1:3', '1:2,3:4'])('%j is none', (text) => {
    expect(decodeHistogram(text)).toBeNull();
  });
});
