import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { FerryError } from '../../src/migration/errors.ts';
import type { Instance } from '../../src/migration/instance.ts';
import { type VerificationResult, verdictOf } from '../../src/migration/verification.ts';
import { createVerifier, type VerifierOptions } from '../../src/redis/reader/verifier.ts';
import type { Command } from '../../src/redis/wire/command.ts';
import type { WireConnection } from '../../src/redis/wire/connection.ts';
import { textOf } from '../../src/redis/wire/reply.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import type { Logger } from '../../src/workflow/ports.ts';
import { fill, fillBigKeys, keyOf, run, seeded, wireTo } from '../support/data.ts';
import { sharedServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

const PASSWORD = 'open-sesame-4711';
const KEYS = 3_000;
const DATABASES = [0, 1, 9];

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

const clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms: number, signal?: AbortSignal): Promise<void> =>
    delay(ms, undefined, signal === undefined ? {} : { signal }),
};

function instance(name: string, server: RunningServer): Instance {
  const address = { host: '127.0.0.1', port: server.port };
  return {
    name,
    address,
    replicationAddress: address,
    username: null,
    passwordRef: 'env:PASSWORD',
    tls: null,
    environment: 'default',
  };
}

interface VerifyChanges extends Partial<VerifierOptions> {
  readonly level?: VerificationResult['level'];
  readonly signal?: AbortSignal;
  readonly onProgress?: (comparedKeys: number, totalKeys: number) => void;
}

function verify(source: RunningServer, target: RunningServer, changes: VerifyChanges = {}) {
  const { level = 'sample', signal = new AbortController().signal, onProgress, ...options } = changes;
  const verifier = createVerifier({
    secrets: { resolve: async () => PASSWORD },
    logger: silent,
    clock,
    random: seeded(7),
    keysPerSecond: 1_000_000,
    ...options,
  });
  const pair = { source: instance('carts-old', source), target: instance('carts-new', target) };
  return verifier.verify(pair, level, { signal, onProgress: onProgress ?? (() => undefined) });
}

async function wire(server: RunningServer): Promise<WireConnection> {
  const connection = await wireTo(server.port, PASSWORD);
  onTestFinished(() => connection.close());
  return connection;
}

async function follow(source: RunningServer, target: RunningServer): Promise<void> {
  const connection = await wireTo(target.port, PASSWORD);
  try {
    await run(connection, [
      ['CONFIG', 'SET', 'masterauth', PASSWORD],
      ['REPLICAOF', '127.0.0.1', source.port],
    ]);
    await until(
      async () => textOf(await connection.ask(['INFO', 'replication'])).includes('master_link_status:up'),
      { what: 'the target to follow' },
    );
  } finally {
    connection.close();
  }
}

/** The offset moves with a write: seen there, so is everything before it. */
async function settled(source: WireConnection, target: WireConnection): Promise<void> {
  await run(source, [
    ['SELECT', 0],
    ['SET', 'ferry:settled', String(performance.now())],
  ]);
  const written = textOf(await source.ask(['GET', 'ferry:settled']));
  await run(target, [['SELECT', 0]]);
  await until(async () => textOf(await target.ask(['GET', 'ferry:settled'])) === written, {
    what: 'the target to have what was written',
  });
}

const HOUR_MS = 3_600_000;

describe.each([
  ['redis-7.0', 'redis-8.0'],
  ['redis-7.0', 'valkey-8.1'],
] as const)('%s followed by %s', (sourceId, targetId) => {
  let source: RunningServer;
  let target: RunningServer;

  beforeAll(async () => {
    [source, target] = await Promise.all([
      sharedServer(sourceId, { password: PASSWORD }),
      // Writable, so that the tests can plant what must be found.
      sharedServer(targetId, { password: PASSWORD, settings: { 'replica-read-only': 'no' } }),
    ]);
    await fill(source.port, { keys: KEYS, databases: DATABASES, password: PASSWORD });
    const connection = await wireTo(source.port, PASSWORD);
    await fillBigKeys(connection);
    connection.close();
    await follow(source, target);
  });

  it('finds equal data equal, all of it compared', async () => {
    const result = await verify(source, target);
    expect(result).toMatchObject({
      level: 'sample',
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

  it('runs level full as a sample, and says so', async () => {
    expect(await verify(source, target, { level: 'full', sampleKeys: 100 })).toMatchObject({
      level: 'sample',
    });
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
      keysPerSecond: 4_000,
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

  describe('with a difference planted on the target', () => {
    let here: WireConnection;
    let there: WireConnection;
    beforeEach(async () => {
      here = await wire(source);
      there = await wire(target);
      await run(here, [['SELECT', 1], ['FLUSHDB']]);
      const expiresAt = Date.now() + HOUR_MS;
      await run(here, [
        ['SELECT', 1],
        ['SET', 'p:string', 'customer data'],
        ['SET', 'p:expiring', 'x', 'PXAT', expiresAt],
        ['RPUSH', 'p:list', 'a', 'b', 'c'],
        ['SADD', 'p:set', 'a', 'b', 'c'],
        ['HSET', 'p:hash', 'a', '1', 'b', '2'],
        ['ZADD', 'p:zset', 0.1, 'a', 2, 'b'],
        ['XADD', 'p:stream', '1-1', 'a', '1'],
        ['XGROUP', 'CREATE', 'p:stream', 'readers', '0'],
        ['SET', Buffer.from([0x70, 0x3a, 0, 0xff]), 'binary'],
      ]);
      await fillBigKeys(here, 'p:big');
      await settled(here, there);
      await run(there, [['SELECT', 1]]);
    });

    const cases: readonly (readonly [what: string, key: string, plant: readonly Command[]])[] = [
      ['missing', 'p:string', [['DEL', 'p:string']]],
      ['missing', 'p:\\x00\\xff', [['DEL', Buffer.from([0x70, 0x3a, 0, 0xff])]]],
      ['extra', 'p:foreign', [['SET', 'p:foreign', 'x']]],
      [
        'type',
        'p:list',
        [
          ['DEL', 'p:list'],
          ['SET', 'p:list', 'x'],
        ],
      ],
      ['value', 'p:string', [['SET', 'p:string', 'Customer data']]],
      ['value', 'p:list', [['LSET', 'p:list', 1, 'x']]],
      ['value', 'p:list', [['RPUSH', 'p:list', 'd']]],
      [
        'value',
        'p:set',
        [
          ['SREM', 'p:set', 'a'],
          ['SADD', 'p:set', 'd'],
        ],
      ],
      ['value', 'p:hash', [['HSET', 'p:hash', 'a', '2']]],
      ['value', 'p:zset', [['ZADD', 'p:zset', 0.2, 'a']]],
      ['value', 'p:stream', [['XADD', 'p:stream', '1-2', 'a', '1']]],
      ['value', 'p:stream', [['XGROUP', 'SETID', 'p:stream', 'readers', '1-1']]],
      ['value', 'p:big:string', [['SETRANGE', 'p:big:string', 2_500_000, 'b']]],
      ['value', 'p:big:list', [['LSET', 'p:big:list', 1_234, 'x']]],
      [
        'value',
        'p:big:set',
        [
          ['SREM', 'p:big:set', 'member 7'],
          ['SADD', 'p:big:set', 'x'],
        ],
      ],
      ['value', 'p:big:hash', [['HSET', 'p:big:hash', 'field 1999', 'x']]],
      ['value', 'p:big:zset', [['ZADD', 'p:big:zset', 5_000, 'member 1999']]],
      ['expiry', 'p:string', [['PEXPIRE', 'p:string', HOUR_MS]]],
      ['expiry', 'p:expiring', [['PEXPIRE', 'p:expiring', HOUR_MS + 1_000]]],
      ['expiry', 'p:expiring', [['PERSIST', 'p:expiring']]],
    ];

    it.each(cases)('finds %s at %s', async (what, key, plant) => {
      await run(there, plant);
      const result = await verify(source, target);
      expect(result.differences).toEqual([{ db: 1, key, what, detail: expect.any(String) }]);
      expect(result).toMatchObject({ differenceCount: 1, unsettledCount: 0 });
      expect(verdictOf(result)).toBe('different');
      expect(JSON.stringify(result)).not.toMatch(/customer data/i);
    });

    it('finds many at once, and names a hundred', async () => {
      await run(there, [['FLUSHDB'], ['SELECT', 0]]);
      for (let i = 0; i < 300; i += 3) await run(there, [['DEL', keyOf(i)]]);
      const result = await verify(source, target);
      expect(result.differenceCount).toBe(15 + 100);
      expect(result.differences).toHaveLength(100);
      expect(await verify(source, target, { level: 'counts' }).then(verdictOf)).toBe('different');
    });
  });
});
