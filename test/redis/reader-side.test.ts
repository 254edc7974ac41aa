// What a reader of one side does where servers know less, or more: times left, types of modules, permissions.

import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { READS } from '../../src/redis/reader/bursts.ts';
import { BY_TIME_LEFT, compare, EXACT_EXPIRY, type Fingerprint } from '../../src/redis/reader/fingerprint.ts';
import { createSideReader, type SideOptions } from '../../src/redis/reader/side.ts';
import { DEFAULT_SCAN_LIMITS } from '../../src/redis/reader/value-scan.ts';
import type { WireConnection } from '../../src/redis/wire/connection.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { run, wireTo } from '../support/data.ts';
import { sharedServer } from '../support/servers.ts';
import { clock } from './reader-pair.ts';

const EXACT = { command: 'PEXPIRETIME', tellsClock: true } as const;
const LEFT = { command: 'PTTL', tellsClock: true } as const;

let redis: RunningServer;
let connection: WireConnection;

beforeAll(async () => {
  redis = await sharedServer('redis-8.0');
  connection = await wireTo(redis.port);
  return () => connection.close();
});

async function read(
  keys: readonly string[],
  changes: Partial<SideOptions> = {},
): Promise<readonly Fingerprint[]> {
  const reader = createSideReader({
    connection,
    limits: { ...DEFAULT_SCAN_LIMITS, salt: Buffer.from('salt') },
    expiry: EXACT,
    clock,
    sameVersion: true,
    burst: READS.fast.burst,
    pace: { spend: async () => undefined },
    ...changes,
  });
  return reader.read(keys.map((key) => Buffer.from(key)));
}

async function readOne(key: string, changes: Partial<SideOptions> = {}): Promise<Fingerprint> {
  const [found] = await read([key], changes);
  if (found === undefined) throw new Error('one key, one fingerprint');
  return found;
}

describe('expiries', () => {
  it('are the same instant by time left as by time of expiry', async () => {
    const at = Date.now() + 60_000;
    await run(connection, [['SET', 'ends', 'x', 'PXAT', at]]);
    const exact = await readOne('ends');
    expect(exact.expiresAt).toEqual({ from: at, to: at });
    const left = await readOne('ends', { expiry: LEFT });
    expect(compare(exact, left, BY_TIME_LEFT)).toEqual({ kind: 'equal' });
    expect(left.expiresAt?.from).toBeGreaterThan(at - 50);
    expect(left.expiresAt?.to).toBeLessThan(at + 50);
    await run(connection, [['PEXPIREAT', 'ends', at + 5_000]]);
    expect(compare(left, await readOne('ends', { expiry: LEFT }), BY_TIME_LEFT)).toMatchObject({
      what: 'expiry',
    });
  });
});

describe('a type that Ferry has no reader for', () => {
  it('is compared by its payload between equal versions only', async () => {
    await run(connection, [
      ['VADD', 'v:one', 'VALUES', 2, 0.5, 1, 'a'],
      ['VADD', 'v:two', 'VALUES', 2, 1, 0.5, 'b'],
    ]);
    const [one, two] = await read(['v:one', 'v:two']);
    if (one === undefined || two === undefined) throw new Error('two keys, two fingerprints');
    expect(one).toMatchObject({ type: 'vectorset', extent: 'whole' });
    expect(compare(one, await readOne('v:one'), EXACT_EXPIRY)).toEqual({ kind: 'equal' });
    expect(compare(one, two, EXACT_EXPIRY)).toMatchObject({ what: 'value' });
    const other = await readOne('v:one', { sameVersion: false });
    expect(compare(other, one, EXACT_EXPIRY)).toEqual({
      kind: 'unprovable',
      why: 'values of type vectorset cannot be compared between different versions',
    });
  });
});

describe('what cannot be read', () => {
  it('I10 is said of the key, when a user may not read it', async () => {
    await run(connection, [
      ['ACL', 'SETUSER', 'narrow', 'on', '>pw', '~*', '+@all', '-get'],
      ['SET', 'secret', 'x'],
      ['RPUSH', 'open', 'x'],
    ]);
    const narrow = await wireTo(redis.port, 'pw', 'narrow');
    onTestFinished(() => narrow.close());
    const [secret, open] = await read(['secret', 'open'], { connection: narrow });
    expect(secret).toMatchObject({ extent: 'unreadable', why: "Ferry's user may not run GET on it" });
    expect(open).toMatchObject({ extent: 'whole' });
  });

  it('ends the reading, when not even types may be read', async () => {
    await run(connection, [['ACL', 'SETUSER', 'blind', 'on', '>pw', '~*', '+@all', '-type']]);
    const blind = await wireTo(redis.port, 'pw', 'blind');
    onTestFinished(() => blind.close());
    await expect(read(['any'], { connection: blind })).rejects.toMatchObject({ code: 'no-permission' });
  });
});
