// I6 A fill or a clear keeps migrations away from its server, and they keep it away, by name, address and run id.

import { expect, test } from 'vitest';
import { createTaskLocks } from '../../src/store/task-locks.ts';
import type { TaskLock } from '../../src/workflow/ports.ts';
import { until } from '../support/until.ts';
import { ferryRedis, make } from './ferry-redis.ts';
import { draftOf, pairOf } from './sample-records.ts';

const ferry = ferryRedis();
const pair = pairOf('carts-old', 'carts-new', [6379, 6380]);
const lock: TaskLock = { task: 'fill', token: 't-1', instance: pair.source, runId: 'r-1' };

test('I6 a migration of a server that is being filled is refused, under any of its names', async () => {
  const locks = createTaskLocks(ferry.redis);
  expect(await locks.take(lock, 60_000)).toBeNull();
  const twin = pairOf('twin', 'other', [6379, 2]);
  for (const draft of [draftOf(pair), draftOf(twin)]) {
    expect(await ferry.records.create(draft)).toMatchObject({ kind: 'locked', by: { task: 'fill' } });
  }
  const { uid } = await make(ferry.records, draftOf(pairOf('x', 'y', [3, 4])));
  expect(await ferry.records.lockRunIds(uid, ['r-1'])).toMatchObject({ what: 'run id r-1', task: 'fill' });
  await locks.free(lock);
  expect((await ferry.records.create(draftOf(pair))).kind).toBe('created');
  expect(await ferry.records.lockRunIds(uid, ['r-1'])).toBeNull();
});

test('I6 a server of a migration is not filled, and the holder is named', async () => {
  const locks = createTaskLocks(ferry.redis);
  const { uid, id } = await make(ferry.records, draftOf(pair));
  expect(await locks.take(lock, 60_000)).toEqual({ uid, id, what: 'carts-old', task: null });
  const target = { ...lock, task: 'clear', instance: pair.target } as const;
  expect(await locks.take(target, 60_000)).toMatchObject({ id, what: 'carts-new' });
  const twin = pairOf('twin', 'z', [7, 8]).source;
  await ferry.records.lockRunIds(uid, ['r-9']);
  expect(await locks.take({ ...lock, instance: twin, runId: 'r-9' }, 60_000)).toMatchObject({
    id,
    task: null,
  });
});

test('two tasks do not take one server; the same one renews', async () => {
  const locks = createTaskLocks(ferry.redis);
  expect(await locks.take(lock, 60_000)).toBeNull();
  expect(await locks.take(lock, 60_000)).toBeNull();
  const other = { ...lock, token: 't-2', task: 'clear' } as const;
  expect(await locks.take(other, 60_000)).toMatchObject({ task: 'fill', what: 'carts-old' });
  await locks.free(other);
  expect(await locks.take(other, 60_000)).not.toBeNull();
});

test('a lock that nobody renews ends by itself', async () => {
  const locks = createTaskLocks(ferry.redis);
  await locks.take(lock, 50);
  await until(async () => (await ferry.records.create(draftOf(pair))).kind === 'created', {
    what: 'the lock to end',
  });
});
