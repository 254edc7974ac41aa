// A pair of real servers kept in step by REPLICAOF, looked at as the workflow does.

import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { Pair } from '../../src/migration/migration.ts';
import { createDirectReplication } from '../../src/replication/direct.ts';
import type { Clock } from '../../src/workflow/ports.ts';
import { client, instanceAt, pairOf } from '../redis/control-pair.ts';
import { server } from '../support/servers.ts';
import { until } from '../support/until.ts';

const clock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
};

function replicationOf(pair: Pair) {
  const replication = createDirectReplication({ secrets: { resolve: async () => 'wrong' }, clock });
  onTestFinished(() => replication.forget(pair));
  return replication;
}

it('sees a target catch up, how far it is behind, and the proof', async () => {
  const [source, target] = await Promise.all([
    server('redis-7.0', { settings: { 'repl-diskless-sync-delay': '0' } }),
    server('redis-8.0'),
  ]);
  const pair = pairOf(source.port, target.port);
  const replication = replicationOf(pair);
  expect(await replication.observe(pair, 'forward')).toMatchObject({ stage: 'connecting', lagBytes: null });
  await client(source).set('k', 'v');
  const { host, port } = replication.addressToFollow(pair, 'forward');
  await client(target).replicaof(host, port);
  const seen = await until(
    async () => {
      const look = await replication.observe(pair, 'forward');
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
  const replication = replicationOf(pair);
  await client(target).replicaof('127.0.0.1', source.port);
  await until(async () => (await replication.observe(pair, 'forward')).lagMs !== null, {
    what: 'the target follows',
  });
  await source.kill();
  const seen = await replication.observe(pair, 'forward');
  expect(seen).toMatchObject({ source: null, lagBytes: null, lagMs: null, provenOffset: null });
  expect(seen.linkTrouble).toContain('carts-old');
  await source.restart();
  // The reading connection comes anew by itself.
  await until(async () => (await replication.observe(pair, 'forward')).source !== null, {
    what: 'the source is read again',
  });
});

it('gives the follower the login of the server that it follows, as a reference', () => {
  const pair: Pair = {
    source: { ...instanceAt('carts-old', 1, 'env:OLD'), username: 'repl' },
    target: instanceAt('carts-new', 2, 'env:NEW'),
  };
  const replication = replicationOf(pair);
  expect(replication.settingsFor(pair, 'forward')).toMatchObject([
    { side: 'target', name: 'masteruser', to: { text: 'repl' } },
    { side: 'target', name: 'masterauth', to: { ref: 'env:OLD' } },
  ]);
  expect(replication.settingsFor(pair, 'back')).toMatchObject([
    { side: 'source', name: 'masterauth', to: { ref: 'env:NEW' } },
  ]);
});
