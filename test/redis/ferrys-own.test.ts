// Ferry's own Redis is refused when it could lose a record, before anything is recorded in it.

import { expect, it, onTestFinished } from 'vitest';
import { connectFerrysRedis } from '../../src/redis/ferrys-own.ts';
import { freePort } from '../../src/sandbox/servers/start.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { run, wireTo } from '../support/data.ts';
import { server } from '../support/servers.ts';

const logger = createLogger({ level: 'silent' });

it('a good one is connected to, and its run id is told', async () => {
  const { port, url } = await server('redis-7.0');
  const own = await connectFerrysRedis(url, logger);
  onTestFinished(() => own.close());
  const info = await (await wireTo(port)).ask(['INFO', 'server']);
  expect(String(info)).toContain(`run_id:${own.runId}`);
});

it('one that evicts is refused', async () => {
  const { url } = await server('redis-7.0', { settings: { 'maxmemory-policy': 'allkeys-lru' } });
  await expect(connectFerrysRedis(url, logger)).rejects.toMatchObject({ code: 'own-redis-evicts' });
});

it('a replica is refused', async () => {
  const { port, url } = await server('redis-7.0');
  await run(await wireTo(port), [['REPLICAOF', '127.0.0.1', '1']]);
  await expect(connectFerrysRedis(url, logger)).rejects.toMatchObject({ code: 'own-redis-replica' });
});

it.each([
  [{ appendonly: true, settings: { appendfsync: 'always' } }, null],
  [{ appendonly: true, settings: { appendfsync: 'everysec' } }, /appendfsync everysec a crash may lose/],
  [{ appendonly: false }, /appendonly no a crash loses/],
] as const)('I3 one that may lose a record says so: %j', async (options, expected) => {
  const { url } = await server('redis-7.0', options);
  const own = await connectFerrysRedis(url, logger);
  onTestFinished(() => own.close());
  if (expected === null) expect(own.mayLose).toBeNull();
  else expect(own.mayLose).toMatch(expected);
});

it('I9 one that does not answer is named without its URL', async () => {
  const url = `redis://ferry:hush-hush@127.0.0.1:${await freePort()}`;
  const failure = await connectFerrysRedis(url, logger).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'own-redis-unreachable' });
  expect(String(failure)).not.toContain('hush-hush');
});
