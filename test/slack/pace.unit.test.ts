// How fast Slack is spoken to, by a clock that the test turns.

import { expect, test } from 'vitest';
import { createBackoff } from '../../src/slack/posting/backoff.ts';
import { createBucket, createPace } from '../../src/slack/posting/pace.ts';
import type { Clock } from '../../src/workflow/ports.ts';

function turned(): Clock & { ms: number } {
  const clock = { ms: 0, now: () => clock.ms, monotonicMs: () => clock.ms, sleep: async () => {} };
  return clock;
}

test('cards of a hundred migrations take no more than their share of the edits of a minute', () => {
  const clock = turned();
  const bucket = createBucket(clock, 40, 10);
  let taken = 0;
  for (let second = 0; second < 600; second += 1) {
    clock.ms = second * 1_000;
    for (let migration = 0; migration < 100; migration += 1) if (bucket.take()) taken += 1;
  }
  expect(taken).toBeLessThanOrEqual(10 + 400);
  expect(taken).toBeGreaterThan(390);
});

test('a bucket that Slack emptied gives nothing until Slack allows', () => {
  const clock = turned();
  const bucket = createBucket(clock, 60, 10);
  bucket.empty(30_000);
  clock.ms = 29_000;
  expect(bucket.take()).toBe(false);
  clock.ms = 31_000;
  expect(bucket.take()).toBe(true);
});

test('messages of one channel keep their distance; other channels do not wait for it', () => {
  const clock = turned();
  const pace = createPace(clock);
  pace.spoke('C1');
  expect(pace.waitMs('C1')).toBe(1_100);
  expect(pace.waitMs('C2')).toBe(0);
  clock.ms = 1_100;
  expect(pace.waitMs('C1')).toBe(0);
});

test('what fails again and again is tried later and later, up to a limit, and by its own name', () => {
  const clock = turned();
  const backoff = createBackoff(clock, 1_000, 60_000);
  const waits = Array.from({ length: 8 }, () => {
    backoff.failed('m1');
    return backoff.waitMs('m1');
  });
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  expect(backoff.waitMs('m2')).toBe(0);
  expect(backoff.worked('m1')).toBe(true);
  expect(backoff.waitMs('m1')).toBe(0);
});
