// A fill reaches what was asked for, goes on where another one stopped and stops before maxmemory; a clear removes
// exactly what fills wrote. On the oldest servers as on the newest.

import { readFile } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Instance } from '../../src/migration/instance.ts';
import type { FillOutcome } from '../../src/migration/task.ts';
import { createFiller } from '../../src/redis/fill/scratch.ts';
import { parseInfo } from '../../src/redis/info.ts';
import type { Command } from '../../src/redis/wire/command.ts';
import type { WireConnection } from '../../src/redis/wire/connection.ts';
import { listOf, numberOf, type Reply, textOf } from '../../src/redis/wire/reply.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { run, wireTo } from '../support/data.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { idOfRelease, server, versions } from '../support/servers.ts';
import { clock } from './reader-pair.ts';

const MB = 1024 ** 2;
const filler = createFiller({ secrets: { resolve: async () => 'PASSWORD' }, clock });
const unwatched = { goOn: () => undefined, onProgress: () => undefined };

/** The oldest there are, one for each way of removing keys, and what every run has; all of them in a full run. */
const SAMPLE = ['2.4', '2.6', '2.8'].flatMap((release) => idOfRelease(release) ?? []);
const SERVERS = FULL_RUN ? versions() : [...SAMPLE, 'redis-7.0', 'valkey-8.1'];

/** What a customer has there already; some of it looks like Ferry's. */
const OWN: readonly Command[] = [
  ['SET', 'ferry:filler:1', 'a name that begins alike'],
  ['SET', 'xferry:fill:1', 'a name that ends alike'],
  ['SET', 'ferry:fill', 'the prefix without its end'],
  ['SET', 'FERRY:FILL:1', 'the prefix in capitals'],
  ['RPUSH', 'list', 'a', 'b', 'c'],
  ['SADD', 'set', 'a', 'b', 'c'],
  ['ZADD', 'zset', 1, 'a', 2.5, 'b'],
  ['HMSET', 'hash', 'a', 1, 'b', 2],
  ['SET', 'expiring', 'soon'],
  ['EXPIREAT', 'expiring', 4_102_444_800],
];
const OWN_NAMES = [...new Set(OWN.map((command) => String(command[1])))];

describe.each(SERVERS)('%s', (id) => {
  test('is filled, filled further and cleared; every other key stays as it was', async () => {
    const { redis, at } = await prepared(id);
    await run(redis, OWN);
    const before = await digest(redis);
    const start = await used(redis);
    const first = await fill(at, start + 12 * MB);
    expect(first.usedBytes).toBeGreaterThanOrEqual(start + 12 * MB);
    const counted = numberOf(await redis.ask(['GET', 'ferry:fill:next']));
    const second = await fill(at, start + 24 * MB);
    expect(second.usedBytes).toBeGreaterThanOrEqual(start + 24 * MB);
    // Little more than what was asked for: the largest key, and a hash table that grew.
    expect(second.usedBytes).toBeLessThan(start + 30 * MB);
    expect(numberOf(await redis.ask(['GET', 'ferry:fill:next']))).toBe(first.keys + second.keys);
    expect(counted).toBe(first.keys);
    expect(await numberOfKeys(redis)).toBe(OWN_NAMES.length + first.keys + second.keys + 1);
    expect(await digest(redis)).toEqual(before);

    const cleared = await clear(at);
    expect(cleared.removed).toBe(first.keys + second.keys);
    expect(await numberOfKeys(redis)).toBe(OWN_NAMES.length);
    expect(await digest(redis)).toEqual(before);
    expect((await clear(at)).removed).toBe(0);
  });
});

test('a worker that is lost in the middle loses nothing: the next one goes on, and all of it is cleared', async () => {
  const { redis, at } = await prepared('redis-7.0');
  const goal = (await used(redis)) + 40 * MB;
  const scratch = await filler.open(at);
  onTestFinished(() => scratch.close());
  let steps = 0;
  const dying = {
    onProgress: () => undefined,
    goOn: () => {
      steps += 1;
      if (steps === 20) throw new Error('killed');
    },
  };
  await expect(scratch.fill(goal, dying)).rejects.toThrow('killed');
  const left = await numberOfKeys(redis);
  expect(left).toBeGreaterThan(1);
  expect(await used(redis)).toBeLessThan(goal);
  const rest = await fill(at, goal);
  expect(rest.usedBytes).toBeGreaterThanOrEqual(goal);
  // The counter, and the lock that the lost one left; it ends by itself.
  const written = numberOf(await redis.ask(['GET', 'ferry:fill:next']));
  expect(rest.keys).toBeLessThan(written);
  await clear(at);
  expect(await numberOfKeys(redis)).toBe(0);
});

test('without its counter a fill finds where the numbers end, and so does a clear on a server without SCAN', async () => {
  const { redis, at } = await prepared(SAMPLE[0] ?? 'redis-7.0');
  const start = await used(redis);
  const first = await fill(at, start + 8 * MB);
  await redis.ask(['DEL', 'ferry:fill:next']);
  const second = await fill(at, start + 16 * MB);
  expect(await numberOfKeys(redis)).toBe(first.keys + second.keys + 1);
  await redis.ask(['DEL', 'ferry:fill:next']);
  await clear(at);
  expect(await numberOfKeys(redis)).toBe(0);
});

test.each(['noeviction', 'allkeys-lru'])(
  'it stops before maxmemory, and nothing is evicted (%s)',
  async (policy) => {
    const settings = { maxmemory: '64mb', 'maxmemory-policy': policy };
    const { redis, at } = await prepared('redis-7.0', settings);
    const outcome = await fill(at, 200 * MB);
    expect(outcome).toMatchObject({ targetBytes: 200 * MB, maxMemoryBytes: 64 * MB });
    expect(outcome.usedBytes).toBeGreaterThan(48 * MB);
    expect(outcome.usedBytes).toBeLessThan(64 * MB);
    await run(redis, [['SET', 'mine', 'still possible']]);
    expect(parseInfo(textOf(await redis.ask(['INFO', 'stats']))).get('evicted_keys')).toBe('0');
    // Buffers of the first one are gone by then; what they took is little.
    expect((await fill(at, 200 * MB)).keys).toBeLessThan(outcome.keys / 10);
  },
);

test('what the machine cannot hold is refused before a key is written', async () => {
  const { redis, at } = await prepared('redis-7.0');
  await expect(fill(at, 1_000_000 * MB * MB)).rejects.toMatchObject({
    code: 'machine-too-small',
    message: expect.stringMatching(/^The machine of carts-old has [\d.]+ GB of memory, which cannot hold /),
  });
  expect(await numberOfKeys(redis)).toBe(0);
});

test('a replica is refused, and so is a server that another Ferry holds', async () => {
  const { redis, at } = await prepared('redis-7.0');
  await run(redis, [['SET', 'ferry:lock', 'u-of-another-ferry']]);
  await expect(fill(at, 100 * MB)).rejects.toMatchObject({ code: 'held' });
  expect(textOf(await redis.ask(['GET', 'ferry:lock']))).toBe('u-of-another-ferry');
  await run(redis, [['REPLICAOF', '127.0.0.1', 1]]);
  await expect(filler.open(at)).rejects.toMatchObject({
    code: 'replica',
    hint: expect.stringContaining('REPLICAOF NO ONE on carts-old'),
  });
});

test('I6 while it fills, a second Ferry sees its lock, and one that takes it ends the fill', async () => {
  const { redis, at } = await prepared('redis-7.0');
  const seen: string[] = [];
  const scratch = await filler.open(at);
  onTestFinished(() => scratch.close());
  await scratch.lock();
  seen.push(textOf(await redis.ask(['GET', 'ferry:lock'])));
  expect(numberOf(await redis.ask(['TTL', 'ferry:lock']))).toBeGreaterThan(0);
  expect(seen[0]).toMatch(/^fill-/);
  await run(redis, [['SET', 'ferry:lock', 'u-of-another-ferry']]);
  await expect(scratch.fill(200 * MB, unwatched)).rejects.toMatchObject({ code: 'held' });
});

test('the rules that the README adds for fill and clear are enough, and none is one too many', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const line = /^ACL SETUSER ferry (.+)$/m.exec(readme)?.[1]?.split(' ') ?? [];
  const added = /`fill` and `clear` need these as well: `([^`]+)`/.exec(readme)?.[1]?.split(' ') ?? [];
  expect(added.length).toBeGreaterThan(3);
  const { redis, at } = await prepared('redis-7.0');
  const user = { ...at, username: 'ferry', passwordRef: 'env:PASSWORD' };
  const goal = (await used(redis)) + 3 * MB;
  const works = async (rules: readonly string[]): Promise<void> => {
    await run(redis, [['ACL', 'SETUSER', 'ferry', 'reset', ...line, ...rules]]);
    await fill(user, goal);
    await clear(user);
  };
  for (const rule of added) {
    const others = added.filter((each) => each !== rule);
    await expect(works(others), rule).rejects.toMatchObject({ code: 'no-permission' });
    await clear(at);
  }
  await works(added);
  expect(await numberOfKeys(redis)).toBe(0);
});

async function prepared(id: string, settings: Readonly<Record<string, string>> = {}) {
  const running = await server(id, { settings });
  const redis = await wireTo(running.port);
  onTestFinished(() => redis.close());
  return { running, redis, at: instanceAt(running) };
}

function instanceAt({ port }: RunningServer): Instance {
  const address = { host: '127.0.0.1', port };
  const open = { username: null, passwordRef: null, tls: null, environment: 'staging' };
  return { name: 'carts-old', address, replicationAddress: address, ...open };
}

async function fill(at: Instance, targetBytes: number): Promise<FillOutcome> {
  const scratch = await filler.open(at);
  try {
    await scratch.lock();
    return await scratch.fill(targetBytes, unwatched);
  } finally {
    await scratch.close();
  }
}

async function clear(at: Instance) {
  const scratch = await filler.open(at);
  try {
    await scratch.lock();
    return await scratch.clear(unwatched);
  } finally {
    await scratch.close();
  }
}

async function used(redis: WireConnection): Promise<number> {
  return Number(parseInfo(textOf(await redis.ask(['INFO']))).get('used_memory'));
}

async function numberOfKeys(redis: WireConnection): Promise<number> {
  return numberOf(await redis.ask(['DBSIZE']));
}

const READS: Readonly<Record<string, (name: string) => Command>> = {
  string: (name) => ['GET', name],
  list: (name) => ['LRANGE', name, 0, -1],
  set: (name) => ['SORT', name, 'ALPHA'],
  zset: (name) => ['ZRANGE', name, 0, -1, 'WITHSCORES'],
  hash: (name) => ['HGETALL', name],
};

/** Type, value and expiry of everything that was there before, as every version tells them. */
async function digest(redis: WireConnection): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const name of OWN_NAMES) {
    const type = textOf(await redis.ask(['TYPE', name]));
    const value = await redis.ask(READS[type]?.(name) ?? ['EXISTS', name]);
    const expires = numberOf(await redis.ask(['TTL', name])) > 0;
    lines.push(`${name} ${type} ${expires} ${flat(value)}`);
  }
  return lines;
}

function flat(reply: Reply): string {
  return Array.isArray(reply) ? listOf(reply).map(flat).join(',') : textOf(reply);
}
