// Durations and sizes as people write them.

import { describe, expect, it } from 'vitest';
import { formatDuration, formatSize, parseDurationMs, parseSizeBytes } from '../../src/migration/units.ts';

describe('durations', () => {
  it.each([
    ['250ms', 250],
    ['10s', 10_000],
    ['30m', 1_800_000],
    ['1h', 3_600_000],
    ['1.5s', 1_500],
    ['0s', 0],
    [' 10 S ', 10_000],
  ])('%s', (text, durationMs) => expect(parseDurationMs(text)).toBe(durationMs));

  it.each(['', '10', 's', '-1s', '10 seconds', '1s1', '1e3s', '1d', '99999999999999h'])('not %j', (text) =>
    expect(parseDurationMs(text)).toBeNull(),
  );
});

describe('sizes', () => {
  it.each([
    ['64kb', 65_536],
    ['1mb', 1_048_576],
    ['4gb', 4_294_967_296],
    ['1.5MB', 1_572_864],
    ['512b', 512],
    ['4096', 4_096],
    [4_096, 4_096],
  ])('%s', (value, bytes) => expect(parseSizeBytes(value)).toBe(bytes));

  it.each(['', 'mb', '1k', '-1mb', -1, 1.5, '1 megabyte', Number.NaN])('not %j', (value) =>
    expect(parseSizeBytes(value)).toBeNull(),
  );
});

it('are shown in the largest unit that is exact', () => {
  expect([0, 250, 1_500, 4_000, 60_000, 86_400_000].map(formatDuration)).toEqual([
    '0ms',
    '250ms',
    '1500ms',
    '4s',
    '1m',
    '24h',
  ]);
  expect([1, 65_536, 1_048_576, 1_048_577].map(formatSize)).toEqual(['1b', '64kb', '1mb', '1048577b']);
});
