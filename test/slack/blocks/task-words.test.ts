// What the channel and the command line say about a fill and a clear.

import { expect, test } from 'vitest';
import { toPlain } from '../../../src/slack/blocks/render-words.ts';
import { outcomeWords, progressWords } from '../../../src/slack/blocks/task-words.ts';

const GB = 1024 ** 3;
const filled = {
  task: 'fill',
  usedBytes: 2 * GB,
  targetBytes: 2 * GB,
  keys: 1_204_311,
  tookMs: 14_200,
  bytesPerSecond: 143 * 1024 ** 2,
  maxMemoryBytes: null,
} as const;

test('a fill under way says how much, how fast and how long still', () => {
  const progress = {
    task: 'fill',
    usedBytes: GB,
    goalBytes: 4 * GB,
    keys: 612_000,
    bytesPerSecond: 150e6,
  } as const;
  expect(toPlain(progressWords(progress))).toBe(
    '1.00 GB of 4.00 GB (25%), 143 MB/s, about 20 s left, 612,000 keys',
  );
  expect(toPlain(progressWords({ ...progress, bytesPerSecond: null, keys: 1 }))).toBe(
    '1.00 GB of 4.00 GB (25%), 1 key',
  );
});

test('a clear under way does not promise a number that expired', () => {
  expect(toPlain(progressWords({ task: 'clear', removed: 20_000, numbered: 1_204_311 }))).toBe(
    '20,000 of up to 1,204,311 keys removed',
  );
});

test('a fill that is over says what it wrote', () => {
  expect(toPlain(outcomeWords('staging-a', filled))).toBe(
    'staging-a is filled to 2.00 GB: 1,204,311 keys under ferry:fill: written in 14 s, 143 MB/s.',
  );
});

test('a fill that stopped before maxmemory says so, why, and what to do', () => {
  const short = { ...filled, targetBytes: 4 * GB, maxMemoryBytes: 2.1 * GB };
  expect(toPlain(outcomeWords('staging-a', short))).toBe(
    'staging-a is filled to 2.00 GB, not to 4.00 GB: its maxmemory is 2.10 GB, and past that it would evict keys or refuse writes. 1,204,311 keys under ferry:fill: written in 14 s, 143 MB/s. For more, raise maxmemory and fill again.',
  );
});

test('nothing to do is said as such', () => {
  const nothing = { ...filled, keys: 0, bytesPerSecond: null, tookMs: 3 };
  expect(toPlain(outcomeWords('staging-a', nothing))).toBe(
    'staging-a has 2.00 GB of used_memory already; nothing was written.',
  );
  expect(toPlain(outcomeWords('staging-a', { task: 'clear', removed: 0, tookMs: 3, usedBytes: 1e6 }))).toBe(
    'There is nothing on staging-a that Ferry wrote to fill it.',
  );
});

test('a clear that is over says what is left alone', () => {
  const cleared = { task: 'clear', removed: 1_204_311, tookMs: 31_000, usedBytes: 1.5 * 1024 ** 2 } as const;
  expect(toPlain(outcomeWords('staging-a', cleared))).toBe(
    'staging-a is cleared: 1,204,311 keys under ferry:fill: removed in 31 s; used_memory is 1.50 MB. Every other key is as it was.',
  );
});
