// Verification of real pairs: equal data is equal, and each kind of planted difference is found by name.

import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { FerryError } from '../../src/migration/errors.ts';
import { verdictOf } from '../../src/migration/verification.ts';
import type { Command } from '../../src/redis/wire/command.ts';
import type { WireConnection } from '../../src/redis/wire/connection.ts';
import { textOf } from '../../src/redis/wire/reply.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { fill, fillBigKeys, run, wireTo } from '../support/data.ts';
import { follow, PASSWORD, settled, startPair, verify } from './reader-pair.ts';

const KEYS = 3_000;
const DATABASES = [0, 1, 9];
const LEVELS = ['sample', 'full'] as const;

async function wire(server: RunningServer): Promise<WireConnection> {
  const connection = await wireTo(server.port, PASSWORD);
  onTestFinished(() => connection.close());
  return connection;
}

const HOUR_MS = 3_600_000;
const BINARY = Buffer.from([...Buffer.from('gone'), 0, 0xff]);

describe.each([
  ['redis-7.0', 'redis-8.0'],
  ['redis-7.0', 'valkey-8.1'],
] as const)('%s followed by %s', (sourceId, targetId) => {
  let source: RunningServer;
  let target: RunningServer;

  beforeAll(async () => {
    ({ source, target } = await startPair(sourceId, targetId));
    await fill(source.port, { keys: KEYS, databases: DATABASES, password: PASSWORD });
    const connection = await wireTo(source.port, PASSWORD);
    await fillBigKeys(connection);
    connection.close();
    await follow(source, target);
  });

  it.each(LEVELS)('finds equal data equal, all of it compared: %s', async (level) => {
    const result = await verify(source, target, { level });
    expect(result).toMatchObject({
      level,
      basis: 'both',
      differences: [],
      differenceCount: 0,
      unsettledCount: 0,
      comparedKeys: KEYS + 6,
      sourceKeys: KEYS + 6,
      targetKeys: KEYS + 6,
    });
    expect(result.comparedBytes).toBeGreaterThan(3 * 1024 * 1024);
    expect(verdictOf(result)).toBe('equal');
  });

  it('draws a sample of a larger data set over all databases', async () => {
    const result = await verify(source, target, { sampleKeys: 600 });
    expect(result).toMatchObject({ differenceCount: 0, unsettledCount: 0 });
    expect(result.comparedKeys).toBeGreaterThanOrEqual(600);
    expect(result.comparedKeys).toBeLessThan(1_000);
  });

  it('counts', async () => {
    const result = await verify(source, target, { level: 'counts' });
    expect(result).toMatchObject({ level: 'counts', comparedKeys: 0, sourceKeys: KEYS + 6 });
    expect(verdictOf(result)).toBe('equal');
  });

  it('tells progress at most once a second', async () => {
    const told: [number, number][] = [];
    const began = performance.now();
    await verify(source, target, {
      keysPerSecond: 8_000,
      onProgress: (comparedKeys, totalKeys) => told.push([comparedKeys, totalKeys]),
    });
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(1 + (performance.now() - began) / 1_000);
    for (const [, totalKeys] of told) expect(totalKeys).toBe(KEYS + 6);
  });

  it('I11 keeps to its budget on the source', async () => {
    const began = performance.now();
    await verify(source, target, { sampleKeys: 600, keysPerSecond: 2_000 });
    expect(performance.now() - began).toBeGreaterThan(300);
  });

  it('compares every key gently, too', async () => {
    const result = await verify(source, target, { level: 'full', pace: 'gentle' });
    expect(result).toMatchObject({ comparedKeys: KEYS + 6, differenceCount: 0, unsettledCount: 0 });
  });

  it('I11 keeps the source busy for a fifth of the time at most, gently', async () => {
    const here = await wire(source);
    await run(here, [['CONFIG', 'RESETSTAT']]);
    const beganMs = performance.now();
    await verify(source, target, { level: 'full', pace: 'gentle' });
    const tookMicros = (performance.now() - beganMs) * 1_000;
    const stats = textOf(await here.ask(['INFO', 'commandstats']));
    const spent = [...stats.matchAll(/usec=(\d+)/g)].reduce((sum, [, micros]) => sum + Number(micros), 0);
    expect(spent).toBeGreaterThan(0);
    expect(spent / tookMicros).toBeLessThan(0.2);
  });

  it('ends early when it is called off', async () => {
    const controller = new AbortController();
    const began = performance.now();
    const running = verify(source, target, {
      keysPerSecond: 500,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
    expect(performance.now() - began).toBeLessThan(5_000);
    await expect(verify(source, target, { signal: controller.signal })).rejects.toBeInstanceOf(FerryError);
  });

  it('does not call a target equal that does not follow', async () => {
    const connection = await wire(target);
    await run(connection, [['REPLICAOF', 'NO', 'ONE']]);
    try {
      for (const level of ['counts', ...LEVELS] as const) {
        await expect(verify(source, target, { level })).rejects.toMatchObject({ code: 'not-following' });
      }
    } finally {
      await follow(source, target);
    }
  });

  describe('with differences planted on the target', () => {
    let here: WireConnection;
    let there: WireConnection;
    beforeEach(async () => {
      here = await wire(source);
      there = await wire(target);
      await run(here, [['SELECT', 1], ['FLUSHDB']]);
    });

    const at = Date.now() + HOUR_MS;
    /** By key: what must be said, what the source gets, and what is then done on the target. */
    const planted: Readonly<Record<string, readonly [string, readonly Command[], readonly Command[]]>> = {
      gone: ['missing', [['SET', 'gone', 'customer data']], [['DEL', 'gone']]],
      'gone\\x00\\xff': ['missing', [['SET', BINARY, 'x']], [['DEL', BINARY]]],
      foreign: ['extra', [], [['SET', 'foreign', 'customer data']]],
      type: [
        'type',
        [['RPUSH', 'type', 'x']],
        [
          ['DEL', 'type'],
          ['SET', 'type', 'x'],
        ],
      ],
      string: ['value', [['SET', 'string', 'customer data']], [['SET', 'string', 'Customer data']]],
      list: ['value', [['RPUSH', 'list', 'a', 'b', 'c']], [['LSET', 'list', 1, 'x']]],
      longer: ['value', [['RPUSH', 'longer', 'a', 'b']], [['RPUSH', 'longer', 'c']]],
      order: ['value', [['RPUSH', 'order', 'a', 'b']], [['LMOVE', 'order', 'order', 'LEFT', 'RIGHT']]],
      set: [
        'value',
        [['SADD', 'set', 'a', 'b']],
        [
          ['SREM', 'set', 'a'],
          ['SADD', 'set', 'd'],
        ],
      ],
      hash: ['value', [['HSET', 'hash', 'a', '1', 'b', '2']], [['HSET', 'hash', 'a', '2', 'b', '1']]],
      zset: ['value', [['ZADD', 'zset', 0.1, 'a', 2, 'b']], [['ZADD', 'zset', 0.2, 'a']]],
      stream: ['value', [['XADD', 'stream', '1-1', 'a', '1']], [['XADD', 'stream', '1-2', 'a', '1']]],
      group: [
        'value',
        [
          ['XADD', 'group', '1-1', 'a', '1'],
          ['XGROUP', 'CREATE', 'group', 'readers', '0'],
        ],
        [['XGROUP', 'SETID', 'group', 'readers', '1-1']],
      ],
      'big:string': ['value', [], [['SETRANGE', 'big:string', 2_500_000, 'b']]],
      'big:list': ['value', [], [['LSET', 'big:list', 1_234, 'x']]],
      'big:set': [
        'value',
        [],
        [
          ['SREM', 'big:set', 'member 7'],
          ['SADD', 'big:set', 'x'],
        ],
      ],
      'big:hash': ['value', [], [['HSET', 'big:hash', 'field 1999', 'x']]],
      'big:zset': ['value', [], [['ZADD', 'big:zset', 5_000, 'member 1999']]],
      'big:stream': ['value', [], [['XTRIM', 'big:stream', 'MAXLEN', 1_999]]],
      never: ['expiry', [['SET', 'never', 'x']], [['PEXPIREAT', 'never', at]]],
      later: ['expiry', [['SET', 'later', 'x', 'PXAT', at]], [['PEXPIREAT', 'later', at + 1]]],
      kept: ['expiry', [['SET', 'kept', 'x', 'PXAT', at]], [['PERSIST', 'kept']]],
    };

    it.each(LEVELS)('finds each of them, and nothing else: %s', async (level) => {
      await run(
        here,
        Object.values(planted).flatMap(([, make]) => make),
      );
      await fillBigKeys(here);
      await settled(here, there);
      await run(there, [['SELECT', 1], ...Object.values(planted).flatMap(([, , plant]) => plant)]);
      const result = await verify(source, target, { level });
      const found = Object.fromEntries(result.differences.map(({ db, key, what }) => [`${db} ${key}`, what]));
      expect(found).toEqual(
        Object.fromEntries(Object.entries(planted).map(([key, [what]]) => [`1 ${key}`, what])),
      );
      expect(result).toMatchObject({
        differenceCount: Object.keys(planted).length,
        unsettledCount: 0,
      });
      expect(verdictOf(result)).toBe('different');
      // Lengths, types and times are facts about a value; its content is the customer's.
      expect(JSON.stringify(result)).not.toMatch(/customer data/i);
      expect(result.differences.find(({ key }) => key === 'longer')?.detail).toBe(
        'list: 2 elements on the source, 3 elements on the target',
      );
    });

    it.each(LEVELS)('finds many at once, and names a hundred: %s', async (level) => {
      await run(
        here,
        Array.from({ length: 700 }, (_, i): Command => ['SET', `many:${i}`, i]),
      );
      await settled(here, there);
      await run(there, [['SELECT', 1], ['FLUSHDB']]);
      const result = await verify(source, target, { level });
      expect(result).toMatchObject({ differenceCount: 700, unsettledCount: 0 });
      expect(result.differences).toHaveLength(100);
      const counts = await verify(source, target, { level: 'counts' });
      expect(verdictOf(counts)).toBe('different');
      expect(counts.differences).toMatchObject([{ db: 1, what: 'missing' }]);
    });
  });
});

it('counts none of its own keys: an empty source is equal to an empty target', async () => {
  const { source, target } = await startPair('redis-7.0', 'redis-8.0');
  await follow(source, target);
  const there = await wireTo(source.port, PASSWORD);
  await run(there, [
    ['SET', 'ferry:guard', 'u1:1'],
    ['SET', 'ferry:lock', 'u1'],
    ['SETEX', 'ferry:canary:u1', 60, 'x'],
  ]);
  there.close();
  for (const level of ['sample', 'counts', 'full'] as const) {
    const result = await verify(source, target, { level });
    expect(result).toMatchObject({ sourceKeys: 0, targetKeys: 0 });
    expect(verdictOf(result)).toBe('equal');
  }
});
