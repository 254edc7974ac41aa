// Drive jobs: one waits at most, one that runs swallows none, and nobody is left behind by a stop.

import { expect, test } from 'vitest';
import { draftOf } from '../store/sample-records.ts';
import { until } from '../support/until.ts';
import { aborted, queueRedis } from './queue-redis.ts';

const ferry = queueRedis();

test('enqueued ten times before anybody looks, a migration is driven once, and no job is kept', async () => {
  const drives = ferry.drives();
  await Promise.all(Array.from({ length: 10 }, () => drives.enqueue('u1')));
  await drives.enqueue('u2');
  expect(await ferry.unfinished()).toBe(2);
  const driven: string[] = [];
  await ferry.worker(async (uid) => {
    driven.push(uid);
    return 'over';
  });
  await until(async () => (await ferry.unfinished()) === 0, { what: 'all jobs to be done' });
  expect(driven.sort()).toEqual(['u1', 'u2']);
});

test('what is enqueued while a drive runs is driven too', async () => {
  const drives = ferry.drives();
  let running = 0;
  const ends: (() => void)[] = [];
  await ferry.worker(async () => {
    running += 1;
    await new Promise<void>((resolve) => ends.push(resolve));
    return 'over';
  });
  await drives.enqueue('u1');
  await until(() => running === 1, { what: 'the first drive' });
  await drives.enqueue('u1');
  await until(() => running === 2, { what: 'the second drive, though the first still runs' });
  for (const end of ends) end();
  await drives.enqueue('u1');
  await until(() => running === 3, { what: 'the third drive' });
  ends.at(-1)?.();
});

test('again is driven again, over and busy are not', async () => {
  const drives = ferry.drives();
  const outcomes = ['again', 'again', 'over', 'busy'] as const;
  let driven = 0;
  await ferry.worker(async () => outcomes[driven++] ?? 'over');
  await drives.enqueue('u1');
  await until(async () => driven === 3 && (await ferry.unfinished()) === 0, { what: 'over' });
  await drives.enqueue('u1');
  await until(async () => driven === 4 && (await ferry.unfinished()) === 0, { what: 'busy' });
});

test('a drive that fails leaves no job, and the worker goes on', async () => {
  const drives = ferry.drives();
  let driven = 0;
  await ferry.worker(async () => {
    driven += 1;
    if (driven === 1) throw new Error('broken');
    return 'over';
  });
  await drives.enqueue('u1');
  await until(async () => driven === 1 && (await ferry.unfinished()) === 0, { what: 'the failure' });
  await drives.enqueue('u1');
  await until(() => driven === 2, { what: 'the next drive' });
});

test('I8 a job given twice has one owner: the second finds it busy', async () => {
  const records = ferry.records();
  const drives = ferry.drives();
  const made = await records.create(draftOf());
  if (made.kind === 'locked') throw new Error('locked');
  const { uid } = made.migration;
  const outcomes: string[] = [];
  const drive = async (id: string, signal: AbortSignal) => {
    const owner = await records.claim(id, 30_000);
    outcomes.push(owner === null ? 'busy' : `epoch ${owner.epoch}`);
    if (owner === null) return 'busy';
    await aborted(signal);
    return 'over';
  };
  await ferry.worker(drive);
  await ferry.worker(drive);
  await drives.enqueue(uid);
  await until(() => outcomes.length === 1, { what: 'an owner' });
  await drives.enqueue(uid);
  await until(() => outcomes.length === 2, { what: 'the second job' });
  expect(outcomes).toEqual(['epoch 1', 'busy']);
});

test('a stopping worker aborts its drives, waits for them, and another one goes on', async () => {
  const drives = ferry.drives();
  const reasons: string[] = [];
  let saved = false;
  const first = await ferry.worker(async (_uid, signal) => {
    reasons.push('began');
    reasons.push(await aborted(signal));
    await new Promise((resolve) => setTimeout(resolve, 50));
    saved = true;
    return 'again';
  });
  await drives.enqueue('u1');
  await until(() => reasons.length === 1, { what: 'the drive' });
  await first.stop();
  expect(reasons).toEqual(['began', 'shutdown']);
  expect(saved).toBe(true);

  let wentOn = false;
  await ferry.worker(async () => {
    wentOn = true;
    return 'over';
  });
  await until(() => wentOn, { what: 'the other worker to go on', deadlineMs: 5_000 });
});

test('a stop ends in time though a drive does not listen', async () => {
  const drives = ferry.drives();
  let began = false;
  const worker = await ferry.worker(() => {
    began = true;
    return new Promise(() => {});
  });
  await drives.enqueue('u1');
  await until(() => began, { what: 'the drive' });
  const before = performance.now();
  await worker.stop(300);
  expect(performance.now() - before).toBeLessThan(3_000);
});

test("I8 a drive is aborted before its lock ends when Ferry's Redis is away", async () => {
  const drives = ferry.drives();
  let signal: AbortSignal | undefined;
  await ferry.worker(async (_uid, given) => {
    signal = given;
    await aborted(given);
    return 'over';
  }, 2_000);
  await drives.enqueue('u1');
  await until(() => signal, { what: 'the drive' });
  ferry.server.pause();
  const pausedAt = performance.now();
  try {
    await until(() => signal?.aborted, { what: 'the abort', deadlineMs: 5_000 });
  } finally {
    ferry.server.resume();
  }
  expect(signal?.reason).toBe('lock-lost');
  expect(performance.now() - pausedAt).toBeLessThan(2_000);
});

test('a lock that is renewed is not called lost', async () => {
  const drives = ferry.drives();
  let signal: AbortSignal | undefined;
  const began = performance.now();
  await ferry.worker(async (_uid, given) => {
    signal = given;
    await until(() => performance.now() - began > 5_000, { what: 'two locks to pass' });
    return 'over';
  }, 2_000);
  await drives.enqueue('u1');
  await until(async () => signal !== undefined && (await ferry.unfinished()) === 0, { what: 'the end' });
  expect(signal?.aborted).toBe(false);
});
