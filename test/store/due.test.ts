// When somebody must look again: by the clock of Ferry's Redis, for what is not over.

import { expect, test } from 'vitest';
import { keys } from '../../src/store/keys.ts';
import { ferryRedis, make, makeIn } from './ferry-redis.ts';
import { states } from './sample-records.ts';

const ferry = ferryRedis();

test('due is judged by the clock of Redis, and forgets what does not exist', async () => {
  const { records, redis } = ferry;
  const { uid } = await make(records);
  await redis.zadd(keys.due, 1, 'nothing');
  expect(await records.due(10)).toEqual([uid]);
  expect(await redis.zscore(keys.due, 'nothing')).toBeNull();
  await records.setDue(uid, 60_000);
  expect(await records.due(10)).toEqual([]);
  await records.setDue(uid, 0);
  expect(await records.due(10)).toEqual([uid]);
  await records.setDue('nothing', 0);
  expect(await redis.zscore(keys.due, 'nothing')).toBeNull();
});

test('what is over is never due again, whatever a late tick asks for', async () => {
  const { records, redis } = ferry;
  const { migration, owner, revision } = await makeIn(records, 'watching');
  const { uid } = migration;
  const over = { ...migration, state: states.completed };
  expect(await records.save(owner, revision, over, [], [], 0, null)).toBe('saved');
  await records.setDue(uid, 0);
  expect(await records.due(10)).toEqual([]);
  expect(await redis.zscore(keys.due, uid)).toBeNull();
});
