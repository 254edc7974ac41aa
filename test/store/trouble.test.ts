// When Ferry's Redis refuses or does not answer, the store says so with what to do, and no value leaks.

import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { createRecords } from '../../src/store/records.ts';
import { server } from '../support/servers.ts';
import { ferryRedis } from './ferry-redis.ts';
import { draftOf } from './sample-records.ts';

const ferry = ferryRedis();

test('a Redis that takes no writes is named as the reason', async () => {
  const { records, redis } = ferry;
  await redis.config('SET', 'min-replicas-to-write', '1');
  onTestFinished(async () => {
    await redis.config('SET', 'min-replicas-to-write', '0');
  });
  const refused = await records.create(draftOf()).catch((error: unknown) => error);
  expect(refused).toMatchObject({ name: 'FerryError', code: 'store-refused' });
  expect(String(refused)).not.toContain('carts');
  expect(await redis.dbsize()).toBe(0);
});

test('a Redis that is gone is named as the reason', async () => {
  const gone = await server('redis-7.0');
  const redis = new Redis({ port: gone.port, maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on('error', () => {});
  const records = createRecords(redis);
  expect(await records.active()).toEqual([]);
  await gone.kill();
  await expect(records.active()).rejects.toMatchObject({ name: 'FerryError', code: 'store-unreachable' });
});
