// What Slack has not seen waits, in order, until it is done; one announcer at a time.

import { expect, test } from 'vitest';
import type { Announcement, Weight } from '../../src/migration/announcement.ts';
import { keys } from '../../src/store/keys.ts';
import { until } from '../support/until.ts';
import { claimed, ferryRedis, make, makeIn } from './ferry-redis.ts';
import { draftOf, pairOf } from './sample-records.ts';

const ferry = ferryRedis();

function announcement(number: number, weight: Weight): Announcement {
  return { number, at: 7, weight, key: null, body: { kind: 'window-ended' } };
}

test('I7 announcements of a Slack that was away come in order, each until it is done', async () => {
  const { records, outbox } = ferry;
  const { migration, owner, revision } = await makeIn(records, 'following');
  const { uid } = migration;
  for (const number of [18, 19, 20]) {
    const say = [announcement(number, number === 20 ? 'decision' : 'event')];
    expect(await records.save(owner, revision + number - 18, migration, [], say, 60_000, null)).toBe('saved');
  }
  const other = await make(records, draftOf(pairOf('a', 'b', [1, 2])));
  const otherOwner = await claimed(records, other.uid);
  await records.save(otherOwner, 1, other, [], [announcement(1, 'incident')], 60_000, null);

  const posted: string[] = [];
  for (;;) {
    const [next] = await outbox.pending(1);
    if (next === undefined) break;
    posted.push(`${next.id} #${next.announcement.number}`);
    await outbox.done(next.cursor);
  }
  expect(posted).toEqual(['m1 #18', 'm1 #19', 'm1 #20', 'm2 #1']);
  expect(uid).not.toBe(other.uid);
});

test('I7 what was not done is offered again', async () => {
  const { records, outbox } = ferry;
  const { migration, owner, revision } = await makeIn(records, 'following');
  const say = [announcement(18, 'event'), announcement(19, 'event')];
  await records.save(owner, revision, migration, [], say, 60_000, null);
  const before = await outbox.pending(10);
  expect(before.map((each) => each.announcement)).toEqual(say);
  expect(await outbox.pending(10)).toEqual(before);
  expect(await outbox.pending(1)).toEqual(before.slice(0, 1));
});

test('one bot announces; another may once its lease has run out', async () => {
  const { outbox, redis } = ferry;
  const leads = await Promise.all(['a', 'b', 'c'].map((bot) => outbox.lead(bot, 30_000)));
  expect(leads).toEqual([true, false, false]);
  expect(await outbox.lead('a', 40)).toBe(true);
  await until(async () => (await redis.exists(keys.announcer)) === 0, { what: 'the lease to run out' });
  expect(await outbox.lead('b', 30_000)).toBe(true);
});

test('an announcer that stops gives the lease up, and only its own', async () => {
  const { outbox } = ferry;
  expect(await outbox.lead('a', 30_000)).toBe(true);
  await outbox.release('b');
  expect(await outbox.lead('b', 30_000)).toBe(false);
  await outbox.release('a');
  expect(await outbox.lead('b', 30_000)).toBe(true);
});

test.each(['{"number":"one"}', 'not JSON', ''])(
  'I7 an announcement that does not parse (%s) is set aside and stops nothing',
  async (text) => {
    const { records, outbox, redis } = ferry;
    const { migration, owner, revision } = await makeIn(records, 'following');
    await redis.xadd(keys.outbox, '*', 'uid', 'u0', 'id', 'm0', 'announcement', text);
    await records.save(owner, revision, migration, [], [announcement(18, 'event')], 60_000, null);
    const pending = await outbox.pending(10);
    expect(pending.map((each) => each.announcement.number)).toEqual([18]);
    expect(await outbox.pending(10)).toEqual(pending);
    expect(await redis.xlen(keys.outbox)).toBe(1);
    const aside = await redis.xrange(keys.unreadable, '-', '+');
    expect(aside.map(([, fields]) => fields)).toEqual([['uid', 'u0', 'id', 'm0', 'announcement', text]]);
  },
);

test('places remember where a migration is shown', async () => {
  const { outbox, redis } = ferry;
  expect(await outbox.places('u1')).toEqual({});
  await outbox.setPlace('u1', 'card', '1.1');
  await outbox.setPlace('u1', 'approval:3', '1.2');
  await outbox.setPlace('u1', 'card', '1.3');
  expect(await outbox.places('u1')).toEqual({ card: '1.3', 'approval:3': '1.2' });
  expect(await redis.ttl(keys.places('u1'))).toBeGreaterThan(0);
});

test('live figures are overwritten, expire, and nothing is made of what does not parse', async () => {
  const { records, redis } = ferry;
  const figures = {
    at: 5,
    pairs: [],
    verification: null,
    oldClients: null,
    oldClientCount: null,
    latency: [{ source: null, target: null }],
  };
  expect(await records.live('u1')).toBeNull();
  await records.publishLive('u1', figures);
  await records.publishLive('u1', { ...figures, oldClientCount: 3 });
  expect(await records.live('u1')).toEqual({ ...figures, oldClientCount: 3 });
  expect(await redis.pttl(keys.live('u1'))).toBeLessThanOrEqual(60_000);
  await redis.set(keys.live('u1'), '{"at":"noon"}');
  expect(await records.live('u1')).toBeNull();
});
