// A pair of real servers kept in step by REPLICAOF, looked at as the workflow does.

import { expect, it } from 'vitest';
import type { Address } from '../../src/migration/instance.ts';
import type { Pair } from '../../src/migration/migration.ts';
import { routeBetween } from '../../src/migration/route.ts';
import { client, instanceAt, pairOf } from '../redis/control-pair.ts';
import { server } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { replicationOf } from './rig.ts';
import { multiBulk, scriptedPrimary, snapshotOf } from './scripted-primary.ts';

const RELAYED = routeBetween(
  { product: 'redis', version: '2.6.16' },
  { product: 'redis', version: '7.0.15' },
);

it('sees a target catch up, how far it is behind, and the proof', async () => {
  const [source, target] = await Promise.all([
    server('redis-7.0', { settings: { 'repl-diskless-sync-delay': '0' } }),
    server('redis-8.0'),
  ]);
  const pair = pairOf(source.port, target.port);
  const { replication } = replicationOf(pair);
  expect(await replication.observe(pair, 'forward', null)).toMatchObject({
    stage: 'connecting',
    lagBytes: null,
  });
  await client(source).set('k', 'v');
  const { host, port } = replication.addressToFollow(pair, 'forward');
  await client(target).replicaof(host, port);
  const seen = await until(
    async () => {
      const look = await replication.observe(pair, 'forward', null);
      return look.stage === 'online' && look.lagMs !== null ? look : null;
    },
    { what: 'the target follows' },
  );
  expect(seen.source?.keysByDb).toEqual({ '0': 1 });
  expect(seen.target?.role).toEqual({ kind: 'replica', of: 'peer', linkUp: true });
  expect(seen.provenOffset).toBe(seen.source?.offset);
});

it('I10 gives no lag and no proof while the target does not apply', async () => {
  const [source, target] = await Promise.all([
    server('redis-7.0', { settings: { 'repl-diskless-sync-delay': '0' } }),
    server('redis-8.0'),
  ]);
  const pair = pairOf(source.port, target.port);
  const { replication } = replicationOf(pair);
  await client(target).replicaof('127.0.0.1', source.port);
  await until(async () => (await replication.observe(pair, 'forward', null)).lagMs !== null, {
    what: 'the target follows',
  });
  await source.kill();
  const seen = await replication.observe(pair, 'forward', null);
  expect(seen).toMatchObject({ source: null, lagBytes: null, lagMs: null, provenOffset: null });
  expect(seen.linkTrouble).toContain('carts-old');
  await source.restart();
  // The reading connection comes anew by itself.
  await until(async () => (await replication.observe(pair, 'forward', null)).source !== null, {
    what: 'the source is read again',
  });
});

it('gives the follower the login of the server that it follows, as a reference', () => {
  const pair: Pair = {
    source: { ...instanceAt('carts-old', 1, 'env:OLD'), username: 'repl' },
    target: instanceAt('carts-new', 2, 'env:NEW'),
  };
  const { replication } = replicationOf(pair);
  expect(replication.settingsFor(pair, 'forward')).toMatchObject([
    { side: 'target', name: 'masteruser', to: { text: 'repl' } },
    { side: 'target', name: 'masterauth', to: { ref: 'env:OLD' } },
  ]);
  expect(replication.settingsFor(pair, 'back')).toMatchObject([
    { side: 'source', name: 'masterauth', to: { ref: 'env:NEW' } },
  ]);
});

it('gives the relay as the address to follow, where there is one', () => {
  const pair = pairOf(1, 2);
  const { replication } = replicationOf(pair);
  const via: Address = { host: '10.0.0.9', port: 17_000 };
  expect(replication.addressToFollow(pair, 'forward')).toEqual(pair.source.replicationAddress);
  expect(replication.addressToFollow({ ...pair, via }, 'forward')).toEqual(via);
  expect(replication.addressToFollow({ ...pair, via }, 'back')).toEqual(pair.target.replicationAddress);
});

it('goes on reading after a fence that closed its connections and changed the password', async () => {
  const source = await server('redis-7.0');
  const pair = pairOf(source.port, (await server('redis-8.0')).port);
  const { replication } = replicationOf(pair, { password: 'hold' });
  expect((await replication.observe(pair, 'forward', null)).source).toMatchObject({ held: false });
  const operator = client(source);
  await operator.config('SET', 'requirepass', 'hold');
  await operator.call('CLIENT', 'KILL', 'TYPE', 'normal');
  const held: Pair = { ...pair, source: { ...pair.source, holdRef: 'hold:u1:1' } };
  expect((await replication.observe(held, 'forward', null)).source).toMatchObject({ held: true });
  await operator.config('SET', 'requirepass', '');
  expect((await replication.observe(held, 'forward', null)).source).toMatchObject({ held: false });
});

it('I10 has no lag and no proof where the source does not answer, though the link through the relay is up', async () => {
  const real = await server('redis-6.0');
  const primary = await scriptedPrimary(await snapshotOf(real));
  const target = await server('redis-7.0');
  // It speaks replication only: Ferry's own questions stay without an answer.
  const pair = pairOf(primary.port, target.port);
  const { replication } = replicationOf(pair);
  const via = (await replication.open(pair, RELAYED, null)) ?? undefined;
  if (via === undefined) throw new Error('no relay');
  await client(target).replicaof(via.host, via.port);
  await until(() => primary.syncs > 0, { what: 'the link' });
  primary.send(`select 0\r\n${multiBulk('SET', 'k', 'v')}`);
  await until(async () => (await client(target).get('k')) === 'v', { what: 'the stream flows' });
  const seen = await replication.observe({ ...pair, via }, 'forward', null);
  expect(seen.target?.role).toEqual({ kind: 'replica', of: 'peer', linkUp: true });
  expect(seen).toMatchObject({ lagMs: null, lagBytes: null, provenOffset: null });
});

it('opens a relay once, and a new one at the same address when its thread died', async () => {
  const pair = pairOf(1, (await server('redis-7.0')).port);
  const { replication, complaints, threads } = replicationOf(pair);
  const first = await replication.open(pair, RELAYED, null);
  expect(first).toMatchObject({ host: '127.0.0.1' });
  expect(await Promise.all([1, 2].map(() => replication.open(pair, RELAYED, first)))).toEqual([first, first]);
  expect(threads).toHaveLength(1);
  await threads[0]?.close();
  const again = await until(
    async () => {
      const address = await replication.open(pair, RELAYED, first);
      return threads.length === 2 ? address : null;
    },
    { what: 'a new relay' },
  );
  expect(again).toEqual(first);
  expect(complaints).toEqual(['the relay is gone; a new one is opened']);
  replication.forget(pair);
  expect(await replication.open(pair, RELAYED, first)).toEqual(first);
});

it('needs no relay where the versions go together, and refuses one that its target could not reach', async () => {
  const pair = pairOf(1, 2);
  const { replication } = replicationOf(pair, { place: { host: '127.0.0.1', ports: null } });
  expect(await replication.open(pair, { ...RELAYED, through: 'direct' }, null)).toBeNull();
  const elsewhere = { host: '192.0.2.7', port: 6379 };
  const far: Pair = {
    ...pair,
    target: { ...pair.target, address: elsewhere, replicationAddress: elsewhere },
  };
  await expect(replication.open(far, RELAYED, null)).rejects.toMatchObject({ code: 'relay-unreachable' });
  const secure: Pair = { ...pair, source: { ...pair.source, tls: { caRef: null, servername: null } } };
  await expect(replication.open(secure, RELAYED, null)).rejects.toMatchObject({ code: 'relay-not-started' });
});
