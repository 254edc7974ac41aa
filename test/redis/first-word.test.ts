// The first bytes that a server reads after a restart hold its clients' writes, and it is set aside under that hold
// although it has no guard; a late process can do the first for a second, and the second not at all (I1, I8).

import { expect, it, onTestFinished } from 'vitest';
import { PARKING_ADDRESS } from '../../src/migration/instance.ts';
import { dial } from '../../src/redis/first-word.ts';
import { compareVersions } from '../../src/sandbox/servers/server-id.ts';
import type { DialOptions, FirstWord } from '../../src/workflow/ports.ts';
import { idOfRelease, server, versions } from '../support/servers.ts';
import { until } from '../support/until.ts';
import {
  client,
  control,
  enlisting,
  guarded,
  instanceAt,
  owner,
  PASSWORD,
  PASSWORD_REF,
  pairOf,
  SECRETS,
  TIMEOUT_MS,
} from './control-pair.ts';

const signal = new AbortController().signal;
/** The other server of the pair is never asked. */
const NOBODY = 2;

async function meet(port: number, options: Partial<DialOptions> = {}): Promise<FirstWord> {
  const how = { holds: 'at-once', assertOwner: () => undefined, signal, ...options } as const;
  const word = await dial(instanceAt('carts-old', port, PASSWORD_REF), SECRETS, owner(1), how);
  onTestFinished(() => word.end());
  return word;
}

it('holds the writes of a server that is just being started, and lets them go soon after it hung up', async () => {
  const old = await server('redis-7.0', { password: PASSWORD });
  const before = await client(old).info('server');
  await old.kill();
  const meeting = meet(old.port, { holds: 'if-away' });
  await old.restart();
  const word = await meeting;
  expect(word).toMatchObject({ isPrimary: true, held: true });
  expect(before).not.toContain(`run_id:${word.runId}`);
  const writing = client(old).set('a', '1');
  let written = false;
  void writing.then(() => {
    written = true;
  });
  expect(await client(old).get('a')).toBeNull();
  expect(written).toBe(false);
  word.end();
  expect(await writing).toBe('OK');
});

it('a server that was never away is not held where that was not asked for', async () => {
  const old = await server('redis-7.0', { password: PASSWORD });
  expect(await meet(old.port, { holds: 'if-away' })).toMatchObject({ isPrimary: true, held: false });
  expect(await client(old).set('a', '1')).toBe('OK');
});

it('waits until its data is loaded, and holds it meanwhile', { timeout: 60_000 }, async () => {
  const old = await server('redis-7.0', {
    password: PASSWORD,
    settings: { 'key-load-delay': '50', 'loading-process-events-interval-bytes': '1024' },
  });
  await client(old)
    .call('DEBUG', 'POPULATE', '20000')
    .catch(() => undefined);
  await client(old).mset(Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, 'x'])));
  await client(old).call('SAVE');
  await old.kill();
  const meeting = meet(old.port);
  const restarted = old.restart();
  const word = await meeting;
  expect(word.held).toBe(true);
  await restarted;
  expect(await client(old).get('k1')).toBe('x');
});

it('a server that lets nobody in says nothing about itself', async () => {
  const old = await server('redis-7.0', { password: 'another' });
  expect(await meet(old.port)).toMatchObject({ runId: null, held: false });
});

it('I8 a process that is not the owner any more says nothing', async () => {
  const old = await server('redis-7.0', { password: PASSWORD });
  const assertOwner = () => {
    throw new Error('not the owner');
  };
  await expect(meet(old.port, { assertOwner })).rejects.toThrow('not the owner');
  expect(await client(old).set('a', '1')).toBe('OK');
});

const readOnly = versions().filter((id) => compareVersions(id.split('-')[1] ?? '0', '2.6') >= 0);

it.for(readOnly)('I1 %s without a guard is set aside, and says what it was at that moment', async (id) => {
  const old = await server(id);
  const pair = pairOf(old.port, NOBODY);
  const opened = await control(pair, 'source', owner(1), enlisting(), false);
  await client(old).set('a', '1');
  const seen = await opened?.setAside(PARKING_ADDRESS, TIMEOUT_MS);
  expect(seen).toMatchObject({ kind: 'done', value: { role: { kind: 'primary' } } });
  expect((await opened?.observe(TIMEOUT_MS))?.role).toMatchObject({ kind: 'replica', of: 'nobody' });
  await expect(client(old).set('a', '2')).rejects.toThrow(/READONLY|read only/i);
});

it('I1 writes that were held are refused once it is set aside', async () => {
  const old = await server('redis-7.0', { password: PASSWORD });
  const word = await meet(old.port);
  const writing = client(old).set('a', '1');
  const refused = expect(writing).rejects.toThrow('READONLY');
  const pair = { ...pairOf(old.port, NOBODY), source: instanceAt('carts-old', old.port, PASSWORD_REF) };
  const opened = await control(pair, 'source', owner(1), enlisting(), false);
  expect((await opened?.setAside(PARKING_ADDRESS, TIMEOUT_MS))?.kind).toBe('done');
  word.end();
  await refused;
});

it('I8 a later owner, or another migration, keeps it from being set aside', async () => {
  const old = await server('redis-7.0');
  const pair = pairOf(old.port, NOBODY);
  const records = enlisting();
  const late = await control(pair, 'source', owner(1), records, false);
  await guarded(pair, 'source', owner(2), records);
  expect(await late?.setAside(PARKING_ADDRESS, TIMEOUT_MS)).toMatchObject({ kind: 'refused' });
  const other = await control(pair, 'source', owner(9, 'u2'), enlisting(), false);
  expect(await other?.setAside(PARKING_ADDRESS, TIMEOUT_MS)).toMatchObject({ kind: 'refused' });
  expect(await client(old).info('replication')).toContain('role:master');
});

it('I8 once a later owner has ended its connection, it cannot set aside a primary that has no guard', async () => {
  const old = await server(idOfRelease('7.0') ?? 'redis-7.0');
  const pair = pairOf(old.port, NOBODY);
  const records = enlisting();
  const late = await control(pair, 'source', owner(1), records, false);
  const next = await guarded(pair, 'source', owner(2), records);
  await next.endConnections(
    records.enlisted.filter(({ epoch }) => epoch < 2),
    TIMEOUT_MS,
  );
  await next.removeOwnKeys(TIMEOUT_MS);
  await until(() => late?.closed.then(() => true), { what: 'its connection is ended' });
  expect(await late?.setAside(PARKING_ADDRESS, TIMEOUT_MS)).toMatchObject({ kind: 'refused' });
  expect(await client(old).info('replication')).toContain('role:master');
});
