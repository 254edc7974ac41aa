// Full verification across versions, by what both servers can: every planted difference among many keys is found
// by name where they can be walked, and what cannot be walked is compared as far as it goes, and says so.

import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { verdictOf } from '../../src/migration/verification.ts';
import type { Command } from '../../src/redis/wire/command.ts';
import type { WireConnection } from '../../src/redis/wire/connection.ts';
import { textOf } from '../../src/redis/wire/reply.ts';
import { fill } from '../../src/sandbox/load/fill.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { run, wireTo } from '../support/data.ts';
import { sharedServer, versions } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { verify } from './reader-pair.ts';

const KEYS = 50_000;
const HOUR_SECONDS = 3_600;
/** Each look there waits for seconds. */
const WITHOUT_OFFSETS_MS = 240_000;

/** The id of a version in this run, required or given; null: it has none. */
function idOf(wanted: string): string | null {
  return versions().find((id) => `${id}.`.startsWith(`${wanted}.`)) ?? null;
}

function present(pairs: readonly (readonly [string, string])[]): [string, string][] {
  return pairs.flatMap(([source, target]): [string, string][] => {
    const [one, other] = [idOf(source), idOf(target)];
    return one === null || other === null ? [] : [[one, other]];
  });
}

/** A pair in step. The target takes writes, so that differences can be planted; old versions share one name for it. */
async function startCopy(sourceId: string, targetId: string, keys = KEYS) {
  const source = await sharedServer(sourceId);
  const writable = targetId.startsWith('redis-2.4') ? {} : { 'slave-read-only': 'no' };
  const target = await sharedServer(targetId, { settings: writable });
  await fill({ host: source.host, port: source.port }, keys);
  const [here, there] = [await wireTo(source.port), await wireTo(target.port)];
  await run(here, [...KNOWN, ['SELECT', 0]]);
  await run(there, [['SLAVEOF', source.host, source.port]]);
  await until(
    async () => {
      const info = textOf(await there.ask(['INFO']));
      return info.includes('master_link_status:up') && /^loading:0/m.test(info);
    },
    { what: 'the target to follow', deadlineMs: 60_000 },
  );
  here.close();
  there.close();
  return { source, target };
}

/** What the differences are planted on: every type that all versions have. */
const KNOWN: readonly Command[] = [
  ['SET', 'p:gone', 'x'],
  ['SET', 'p:string', 'customer data'],
  ['SET', 'p:empty', ''],
  ['SET', 'p:long', 'x'.repeat(20_000)],
  ['RPUSH', 'p:type', 'x'],
  ['RPUSH', 'p:list', 'a'],
  ['SADD', 'p:set', 'a'],
  ['SADD', 'p:set', 'b'],
  ['HSET', 'p:hash', 'a', '1'],
  ['ZADD', 'p:zset', 0.1, 'a'],
  ['SETEX', 'p:sooner', HOUR_SECONDS, 'x'],
  ['SETEX', 'p:kept', HOUR_SECONDS, 'x'],
  ['SET', 'p:never', 'x'],
];

/** By key: what must be said, and what is done on the target. */
const PLANTED: Readonly<Record<string, readonly [string, readonly Command[]]>> = {
  'p:gone': ['missing', [['DEL', 'p:gone']]],
  'p:foreign': ['extra', [['SET', 'p:foreign', 'x']]],
  'p:string': ['value', [['SET', 'p:string', 'Customer data']]],
  'p:empty': ['missing', [['DEL', 'p:empty']]],
  'p:long': ['value', [['SETRANGE', 'p:long', 19_999, 'y']]],
  'p:type': [
    'type',
    [
      ['DEL', 'p:type'],
      ['SET', 'p:type', 'x'],
    ],
  ],
  'p:list': ['value', [['LSET', 'p:list', 0, 'b']]],
  'p:set': [
    'value',
    [
      ['SREM', 'p:set', 'a'],
      ['SADD', 'p:set', 'c'],
    ],
  ],
  'p:hash': ['value', [['HSET', 'p:hash', 'a', '2']]],
  'p:zset': ['value', [['ZADD', 'p:zset', 0.2, 'a']]],
  'p:sooner': ['expiry', [['EXPIRE', 'p:sooner', HOUR_SECONDS - 60]]],
  'p:kept': ['expiry', [['PERSIST', 'p:kept']]],
  'p:never': ['expiry', [['EXPIRE', 'p:never', HOUR_SECONDS]]],
};

async function plant(server: RunningServer, commands: readonly Command[]): Promise<void> {
  const connection: WireConnection = await wireTo(server.port);
  onTestFinished(() => connection.close());
  await run(connection, commands);
}

const all = Object.values(PLANTED).flatMap(([, commands]) => commands);
const expected = Object.fromEntries(Object.entries(PLANTED).map(([key, [what]]) => [key, what]));

describe.each(
  present([
    ['redis-6.0', 'redis-8.0'],
    ['redis-7.0', 'valkey-8.1'],
    ['redis-2.8', 'redis-7.2'],
    ['redis-3.2', 'redis-6.2'],
    ['redis-5.0', 'redis-8.0'],
  ]),
)('%s followed by %s', (sourceId, targetId) => {
  let source: RunningServer;
  let target: RunningServer;
  beforeAll(async () => {
    ({ source, target } = await startCopy(sourceId, targetId));
  });

  it('finds equal data equal', async () => {
    const result = await verify(source, target, { level: 'full' });
    expect(result.differences).toEqual([]);
    expect(result).toMatchObject({ level: 'full', basis: 'both', unsettled: [] });
    expect(result.comparedKeys).toBeGreaterThanOrEqual(KEYS);
    expect(verdictOf(result)).toBe('equal');
  });

  it('finds each planted difference among 50,000 keys, and nothing else', async () => {
    await plant(target, [...all, ['SELECT', 5], ['SET', 'p:elsewhere', 'x']]);
    const result = await verify(source, target, { level: 'full' });
    const found = Object.fromEntries(result.differences.map(({ db, key, what }) => [`${db} ${key}`, what]));
    const here = Object.fromEntries(Object.entries(expected).map(([key, what]) => [`0 ${key}`, what]));
    expect(found).toEqual({ ...here, '5 p:elsewhere': 'extra' });
    expect(result.unsettled).toEqual([]);
  });
});

describe.each(present([['redis-2.6', 'redis-8.0']]))(
  '%s, which cannot be walked, followed by %s',
  (sourceId, targetId) => {
    it(
      'looks up every key of the target, and counts',
      async () => {
        const keys = 10_000;
        const { source, target } = await startCopy(sourceId, targetId, keys);
        const equal = await verify(source, target, { level: 'full' });
        expect(equal.differences).toEqual([]);
        expect(equal).toMatchObject({ level: 'full', basis: 'one', unsettled: [] });
        expect(equal.comparedKeys).toBeGreaterThanOrEqual(keys);
        expect(verdictOf(equal)).toBe('equal');
        await plant(target, all);
        const result = await verify(source, target, { level: 'full' });
        const found = Object.fromEntries(result.differences.map(({ key, what }) => [key, what]));
        // A key that the target does not have is in no walk over it: the counts tell that there is one.
        const { 'p:gone': gone, 'p:empty': empty, ...seen } = expected;
        expect([gone, empty]).toEqual(['missing', 'missing']);
        expect(found).toEqual({ ...seen, '(all keys)': 'missing' });
        expect(verdictOf(result)).toBe('different');
      },
      WITHOUT_OFFSETS_MS,
    );
  },
);

describe.each(present([['redis-2.4', 'redis-2.6']]))(
  '%s followed by %s, neither of which can be walked',
  (sourceId, targetId) => {
    it(
      'compares what the servers give at random, and counts',
      async () => {
        const keys = 2_000;
        const { source, target } = await startCopy(sourceId, targetId, keys);
        const equal = await verify(source, target, { level: 'full', sampleKeys: keys * 4 });
        expect(equal.differences).toEqual([]);
        expect(equal).toMatchObject({ level: 'full', basis: 'drawn', unsettled: [] });
        expect(equal.comparedKeys).toBeGreaterThan(keys / 2);
        expect(verdictOf(equal)).toBe('equal');
        const many = Array.from({ length: 200 }, (_, i): Command => ['SET', `p:many:${i}`, 'x']);
        await plant(target, [['SET', 'p:string', 'y'], ...many]);
        const result = await verify(source, target, { level: 'full', sampleKeys: keys * 4 });
        expect(result.differences[0]).toMatchObject({ key: '(all keys)', what: 'extra' });
        expect(result.differences.some(({ key }) => key.startsWith('p:many:'))).toBe(true);
        expect(verdictOf(result)).toBe('different');
      },
      WITHOUT_OFFSETS_MS,
    );
  },
);

const FIELD_EXPIRIES = [
  ['redis-7.4', 'redis-8.0'],
  ['valkey-9.1', 'valkey-9.1'],
] as const;

describe.each(present(FIELD_EXPIRIES))('%s followed by %s', (sourceId, targetId) => {
  it('compares when the fields of a hash expire', async () => {
    const { source, target } = await startCopy(sourceId, targetId, 2_000);
    await plant(source, [
      ['HSET', 'fields', 'a', '1', 'b', '2'],
      ['HPEXPIREAT', 'fields', Date.now() + HOUR_SECONDS * 1_000, 'FIELDS', 1, 'a'],
    ]);
    const equal = await verify(source, target, { level: 'full' });
    expect(equal).toMatchObject({ differences: [], unsettled: [] });
    await plant(target, [['HPERSIST', 'fields', 'FIELDS', 1, 'a']]);
    const result = await verify(source, target, { level: 'full' });
    expect(result.differences).toMatchObject([{ key: 'fields', what: 'value' }]);
  });
});

describe('a command that a server does not have under its name', () => {
  it('I10 ends the comparison, and is named', async () => {
    const [source, target] = await Promise.all([
      sharedServer('redis-7.0'),
      sharedServer('redis-8.0', { settings: { 'rename-command': 'GETRANGE ""' } }),
    ]);
    await plant(source, [['SET', 'key', 'x']]);
    await plant(target, [['REPLICAOF', source.host, source.port]]);
    await until(
      async () => {
        const connection = await wireTo(target.port);
        const info = textOf(await connection.ask(['INFO', 'replication']));
        connection.close();
        return info.includes('master_link_status:up');
      },
      { what: 'the target to follow' },
    );
    await expect(verify(source, target, { level: 'full' })).rejects.toMatchObject({
      code: 'server-refused',
      message: expect.stringContaining('GETRANGE'),
    });
  });
});
