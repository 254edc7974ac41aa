// I6 one at a time: a server takes part in one migration, whatever it is called; locks come all or not at all.

import { expect, test } from 'vitest';
import { keys, lockKeys } from '../../src/store/keys.ts';
import { claimed, ferryRedis, make, makeIn } from './ferry-redis.ts';
import { draftOf, pairOf, recordIn } from './sample-records.ts';

const ferry = ferryRedis();
const first = pairOf('carts-old', 'carts-new', [6379, 6380]);

test('a migration begins surveying, due now, listed, with the next short id', async () => {
  const { records } = ferry;
  const one = await make(records);
  const two = await make(records, draftOf(pairOf('a', 'b', [1, 2])));
  expect(one).toMatchObject({ id: 'm1', round: 1, digest: '', state: { phase: 'surveying', because: null } });
  expect(two.id).toBe('m2');
  expect(two.uid).not.toBe(one.uid);
  expect(await records.load(one.uid)).toEqual({ revision: 1, migration: one, wishCursor: '0' });
  expect(await records.uidOf('m2')).toBe(two.uid);
  expect(await records.uidOf('m3')).toBeNull();
  expect(await records.recent(10)).toEqual([two.uid, one.uid]);
  expect(await records.recent(1)).toEqual([two.uid]);
  expect(await records.recent(0)).toEqual([]);
  expect([...(await records.active())].sort()).toEqual([one.uid, two.uid].sort());
  expect([...(await records.due(10))].sort()).toEqual([one.uid, two.uid].sort());
});

test.each([
  ['the source by its name', pairOf('carts-old', 'x', [1, 2]), 'carts-old'],
  ['the source in the role of the target', pairOf('x', 'carts-old', [1, 2]), 'carts-old'],
  ['the target by its address under another name', pairOf('x', 'y', [1, 6380]), '10.0.0.5:6380'],
])('I6 a second migration of %s is refused, with who holds it', async (_, pair, what) => {
  const { records } = ferry;
  const { uid, id } = await make(records, draftOf(first));
  expect(await records.create(draftOf(pair))).toEqual({ kind: 'locked', by: { uid, id, what, task: null } });
});

test('I6 the address that the other server uses is locked too, in any spelling', async () => {
  const { records } = ferry;
  const { uid, id } = await make(records, draftOf(first));
  const address = { host: 'CARTS-OLD.internal', port: 6379 };
  const alias = pairOf('x', 'y', [1, 2]);
  const pair = { ...alias, source: { ...alias.source, address } };
  const by = { uid, id, what: 'carts-old.internal:6379', task: null };
  expect(await records.create(draftOf(pair))).toEqual({ kind: 'locked', by });
});

test('I6 one lock taken means nothing taken, counted or listed', async () => {
  const { records, redis } = ferry;
  await make(records, draftOf(first));
  const before = await everything();
  const refused = await records.create(draftOf(pairOf('fresh', 'carts-new', [1, 6380])));
  expect(refused.kind).toBe('locked');
  expect(await everything()).toEqual(before);
  expect((await make(records, draftOf(pairOf('fresh', 'other', [1, 2])))).id).toBe('m2');

  async function everything() {
    const names = (await redis.keys('*')).sort();
    return Promise.all(names.map(async (name) => [name, (await redis.dumpBuffer(name))?.toString('hex')]));
  }
});

test('I6 of ten who ask for the same server at once one gets it', async () => {
  const { records } = ferry;
  const asked = Array.from({ length: 10 }, (_, at) =>
    records.create(draftOf(pairOf(`other-${at}`, 'carts-new', [100 + at, 6380]))),
  );
  const made = (await Promise.all(asked)).filter((each) => each.kind === 'created');
  expect(made).toHaveLength(1);
});

test('I6 run ids are locked all or not at all', async () => {
  const { records } = ferry;
  const one = await make(records, draftOf(first));
  const two = await make(records, draftOf(pairOf('a', 'b', [1, 2])));
  expect(await records.lockRunIds(one.uid, ['run-1', 'run-2'])).toBeNull();
  expect(await records.lockRunIds(one.uid, ['run-2', 'run-1'])).toBeNull();
  const by = { uid: one.uid, id: 'm1', what: 'run id run-2', task: null };
  expect(await records.lockRunIds(two.uid, ['run-3', 'run-2'])).toEqual(by);
  expect(await records.holderOf(pairOf('x', 'y', [8, 9]).source, 'run-2')).toEqual(by);
  expect(await records.holderOf(pairOf('x', 'y', [8, 9]).source, 'run-3')).toBeNull();
  expect(await records.holderOf(first.target, null)).toEqual({ ...by, what: 'carts-new' });
});

test('releasing frees what a migration holds and nobody else is touched', async () => {
  const { records, redis } = ferry;
  const one = await make(records, draftOf(first));
  const two = await make(records, draftOf(pairOf('a', 'b', [1, 2])));
  await records.lockRunIds(one.uid, ['run-1']);
  // Even a list of locks that went wrong frees nothing of somebody else.
  await redis.sadd(keys.locks(one.uid), lockKeys.name('a'));
  await records.releaseLocks(one.uid);
  expect(await records.holderOf(first.source, 'run-1')).toBeNull();
  expect(await redis.get(lockKeys.name('a'))).toBe(`${two.uid} m2`);
});

test.each(['completed', 'reverted', 'refused', 'aborted'] as const)(
  'a migration that is %s frees its locks in the same step, and its record is kept for 400 days',
  async (phase) => {
    const { records, redis } = ferry;
    const { uid, id } = await make(records, draftOf(first));
    await records.lockRunIds(uid, ['run-1']);
    const owner = await claimed(records, uid);
    await records.enlist(owner, { runId: 'r', address: first.source.address, clientId: 1, peer: null });
    await records.save(owner, 1, recordIn(phase, { id, uid }), [], [], null, null);
    await records.release(owner);

    expect(await records.active()).toEqual([]);
    expect(await records.recent(5)).toEqual([uid]);
    expect((await redis.keys('ferry:lock*')).concat(await redis.keys('ferry:enlisted*'))).toEqual([]);
    expect(await redis.ttl(keys.migration(uid))).toBeGreaterThan(399 * 86_400);
    expect(await redis.ttl(keys.id(id))).toBeGreaterThan(399 * 86_400);
    expect((await make(records, draftOf(first))).id).toBe('m2');
  },
);

test('a late process leaves no lock behind on a migration that is over', async () => {
  const { records, redis } = ferry;
  const { migration } = await makeIn(records, 'completed');
  await expect(records.lockRunIds(migration.uid, ['run-1'])).rejects.toMatchObject({
    code: 'migration-over',
  });
  expect(await redis.keys('ferry:lock*')).toEqual([]);
});

test("what Ferry's Redis acknowledged is there after it was killed", async () => {
  const { records, redis, server } = ferry;
  const { migration, owner, revision } = await makeIn(records, 'following');
  const { uid } = migration;
  await server.kill('SIGKILL');
  await server.restart();
  expect(await records.load(uid)).toEqual({ revision, migration, wishCursor: '0' });
  expect((await records.holderOf(first.source, null))?.uid).toBe(uid);
  expect(await records.renew(owner, 30_000)).toBe(true);
  expect(await redis.zscore(keys.due, uid)).not.toBeNull();
});
