// One owner at a time, and a late one cannot act: leases, epochs and the compare-and-set of the record.

import { expect, test } from 'vitest';
import type { Announcement } from '../../src/migration/announcement.ts';
import { RECORD_VERSION } from '../../src/store/codec.ts';
import { keys } from '../../src/store/keys.ts';
import { createRecords } from '../../src/store/records.ts';
import { until } from '../support/until.ts';
import { earlierRecords } from './earlier-records.ts';
import { claimed, ferryRedis, make, makeIn } from './ferry-redis.ts';
import { recordIn } from './sample-records.ts';

const ferry = ferryRedis();

const say: Announcement = {
  number: 1,
  at: 5,
  weight: 'event',
  key: null,
  body: { kind: 'started', by: 'U0ANA', dropsKeys: 3 },
};

test('of twenty who claim at once one becomes the owner', async () => {
  const { records } = ferry;
  const { uid } = await make(records);
  const claims = await Promise.all(Array.from({ length: 20 }, () => records.claim(uid, 30_000)));
  expect(claims.filter((owner) => owner !== null)).toEqual([{ uid, epoch: 1, lapsed: false }]);
});

test('an epoch is given out once: each owner has a higher one', async () => {
  const { records } = ferry;
  const { uid } = await make(records);
  for (const epoch of [1, 2, 3]) {
    const owner = await claimed(records, uid);
    expect(owner.epoch).toBe(epoch);
    await records.release(owner);
  }
});

test('I13 an owner is told whether the one before handed over', async () => {
  const { records, redis } = ferry;
  const { uid } = await make(records);
  const first = await records.claim(uid, 30_000);
  if (first === null) throw new Error('it has no owner yet');
  await records.release(first);
  expect(await records.claim(uid, 40)).toMatchObject({ epoch: 2, lapsed: false });
  await until(async () => (await redis.exists(keys.lease(uid))) === 0, { what: 'the lease to run out' });
  expect(await records.claim(uid, 30_000)).toMatchObject({ epoch: 3, lapsed: true });
});

test('nobody owns what does not exist', async () => {
  expect(await ferry.records.claim('nothing', 30_000)).toBeNull();
});

test('I8 a lease that ran out is not renewed, even if nobody took over', async () => {
  const { records, redis } = ferry;
  const { uid } = await make(records);
  const owner = await claimed(records, uid, 40);
  await until(async () => (await redis.exists(keys.lease(uid))) === 0, { what: 'the lease to run out' });
  expect(await records.renew(owner, 30_000)).toBe(false);
  expect(await redis.exists(keys.lease(uid))).toBe(0);
});

test('renewing keeps a lease beyond its first end', async () => {
  const { records, redis } = ferry;
  const { uid } = await make(records);
  const owner = await claimed(records, uid, 5_000);
  expect(await records.renew(owner, 60_000)).toBe(true);
  expect(await redis.pttl(keys.lease(uid))).toBeGreaterThan(5_000);
  expect(await records.claim(uid, 30_000)).toBeNull();
});

test('I8 an earlier owner can neither renew, save, enlist nor release', async () => {
  const { records } = ferry;
  const { uid, id } = await make(records);
  const late = await claimed(records, uid);
  await records.release(late);
  const owner = await claimed(records, uid);
  const connection = { runId: 'r', address: { host: 'h', port: 1 }, clientId: 7, peer: null };

  expect(await records.renew(late, 30_000)).toBe(false);
  expect(await records.save(late, 1, recordIn('syncing', { id, uid }), [], [say], 0, '5-0')).toBe('lost');
  expect(await records.enlist(late, connection)).toBe(false);
  await records.release(late);
  expect(await records.renew(owner, 30_000)).toBe(true);
  expect((await records.load(uid))?.revision).toBe(1);
});

test('I8 a save after the lease ran out is refused, and leaves nothing of itself', async () => {
  const { records, redis, outbox } = ferry;
  const { uid, id } = await make(records);
  const owner = await claimed(records, uid, 40);
  await until(async () => (await redis.exists(keys.lease(uid))) === 0, { what: 'the lease to run out' });
  const next = recordIn('planned', { id, uid });
  const audit = { at: 1, from: 'surveying', to: 'planned', event: { kind: 'window-ended' } } as const;
  const before = await redis.zscore(keys.due, uid);

  expect(await records.save(owner, 1, next, [audit], [say], 60_000, '5-0')).toBe('lost');
  expect(await records.load(uid)).toMatchObject({ revision: 1, wishCursor: '0' });
  expect(await records.audit(uid)).toEqual([]);
  expect(await outbox.pending(10)).toEqual([]);
  expect(await redis.zscore(keys.due, uid)).toBe(before);
});

test('I8 of two saves on the same revision one stands', async () => {
  const { records } = ferry;
  const { migration, owner, revision } = await makeIn(records, 'following');
  const saves = ['a', 'b', 'c'].map((digest) =>
    records.save(owner, revision, { ...migration, digest }, [], [], 1_000, null),
  );
  expect((await Promise.all(saves)).toSorted()).toEqual(['lost', 'lost', 'saved']);
  expect((await records.load(migration.uid))?.revision).toBe(revision + 1);
});

test('a save carries audit, announcements, wish cursor and due time with the record', async () => {
  const { records, redis, outbox } = ferry;
  const { uid, id } = await make(records);
  const owner = await claimed(records, uid);
  const next = recordIn('planned', { id, uid });
  const audit = { at: 1, from: 'surveying', to: 'planned', event: { kind: 'window-ended' } } as const;

  expect(await records.save(owner, 1, next, [audit], [say], 60_000, '5-0')).toBe('saved');
  expect(await records.load(uid)).toEqual({ revision: 2, migration: next, wishCursor: '5-0' });
  expect(await records.audit(uid)).toEqual([audit]);
  expect((await outbox.pending(10)).map(({ uid, id, announcement }) => ({ uid, id, announcement }))).toEqual([
    { uid, id, announcement: say },
  ]);
  expect(await records.due(10)).toEqual([]);
  const dueAt = Number(await redis.zscore(keys.due, uid));
  expect(dueAt - (await records.time())).toBeGreaterThan(50_000);

  expect(await records.save(owner, 2, next, [], [], null, null)).toBe('saved');
  expect((await records.load(uid))?.wishCursor).toBe('5-0');
  expect(await redis.zscore(keys.due, uid)).toBeNull();
});

test('I8 a save that the connection sent twice happens once and says so both times', async () => {
  const { records, redis, outbox } = ferry;
  const { uid, id } = await make(records);
  const owner = await claimed(records, uid);
  const sent: (string | number)[][] = [];
  const recording = createRecords({
    call: (command, ...args) => {
      sent.push([command, ...args]);
      return redis.call(command, ...args);
    },
  });
  expect(await recording.save(owner, 1, recordIn('planned', { id, uid }), [], [say], 0, null)).toBe('saved');
  const [command, ...args] = sent.at(-1) ?? [];
  expect(await redis.call(String(command), ...args)).toBe('saved');
  expect((await records.load(uid))?.revision).toBe(2);
  expect(await outbox.pending(10)).toHaveLength(1);
});

test('a record of version 1 is driven on, and saved as of this version', async () => {
  const { records, redis } = ferry;
  const { migration, revision, owner } = await makeIn(records, 'refused');
  const { uid } = migration;
  const [old] = earlierRecords(1).filter(({ phase }) => phase === 'watching');
  await redis.hset(keys.migration(uid), 'v', 1, 'record', old?.text ?? '');

  const loaded = await records.load(uid);
  expect(loaded?.migration.state).toMatchObject({ phase: 'watching', outcome: { holds: [null] } });
  if (loaded === null) throw new Error('the record is gone');
  expect(await records.save(owner, revision, loaded.migration, [], [], 0, null)).toBe('saved');
  expect(await redis.hget(keys.migration(uid), 'v')).toBe(String(RECORD_VERSION));
  expect((await records.load(uid))?.migration).toEqual(loaded.migration);
});

test('a record of a newer Ferry is left alone: not loaded, claimed, saved or wished upon', async () => {
  const { records, redis } = ferry;
  const { migration, owner, revision } = await makeIn(records, 'planned');
  const { uid } = migration;
  const v = RECORD_VERSION + 1;
  await redis.hset(keys.migration(uid), 'v', v, 'record', JSON.stringify({ v, shape: 'unheard of' }));
  const before = await redis.hgetall(keys.migration(uid));
  const wish = { kind: 'abort-requested', by: { user: 'U0ANA', groups: [] } } as const;

  const tooNew = expect.objectContaining({ code: 'record-too-new' });
  await expect(records.load(uid)).rejects.toEqual(tooNew);
  await expect(records.save(owner, revision, migration, [], [], 0, null)).rejects.toEqual(tooNew);
  await expect(records.wish(uid, wish, 1)).rejects.toEqual(tooNew);
  expect(await redis.hgetall(keys.migration(uid))).toEqual(before);
  await records.release(owner);
  const released = await redis.hgetall(keys.migration(uid));
  await expect(records.claim(uid, 30_000)).rejects.toEqual(tooNew);
  expect(await redis.hgetall(keys.migration(uid))).toEqual(released);
  expect(await records.tooNew()).toEqual([uid]);
});

test('I8 a successor finds the connections of earlier owners, and strikes them off', async () => {
  const { records } = ferry;
  const { uid } = await make(records);
  const first = await claimed(records, uid);
  const left = { runId: 'run-a', address: { host: '10.0.0.5', port: 6379 }, clientId: 11, peer: null };
  expect(await records.enlist(first, left)).toBe(true);
  await records.release(first);

  const second = await claimed(records, uid);
  expect(await records.enlist(second, { ...left, clientId: 12 })).toBe(true);
  expect(await records.enlistedBefore(second)).toEqual([left]);
  await records.delist(second, [left]);
  expect(await records.enlistedBefore(second)).toEqual([]);
});

test('I8 connections to a server without ids are told apart by their own address', async () => {
  const { records } = ferry;
  const { uid } = await make(records);
  const first = await claimed(records, uid);
  const address = { host: '10.0.0.5', port: 6379 };
  const one = { runId: 'process-7-1', address, clientId: null, peer: '10.0.0.9:50001' };
  const other = { ...one, peer: '10.0.0.9:50002' };
  await records.enlist(first, one);
  await records.enlist(first, other);
  await records.release(first);

  const second = await claimed(records, uid);
  await records.delist(second, [one]);
  expect(await records.enlistedBefore(second)).toEqual([other]);
});

test('I8 an entry of an earlier version, which knew no such address, is read by its id', async () => {
  const { records, redis } = ferry;
  const { uid } = await make(records);
  const owner = await claimed(records, uid);
  const left = { runId: 'run-a', address: { host: '10.0.0.5', port: 6379 }, clientId: 11 };
  await redis.hset(keys.enlisted(uid), 'run-a/11', JSON.stringify({ epoch: owner.epoch - 1, ...left }));
  const found = await records.enlistedBefore(owner);
  expect(found).toEqual([{ ...left, peer: null }]);
  await records.delist(owner, found);
  expect(await records.enlistedBefore(owner)).toEqual([]);
});
