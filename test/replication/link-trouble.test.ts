// Why a link does not come up, found out by doing what the follower does.

import { expect, it } from 'vitest';
import type { Pair } from '../../src/migration/migration.ts';
import { freePort } from '../../src/sandbox/servers/start.ts';
import { client, instanceAt } from '../redis/control-pair.ts';
import { server } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { replicationOf } from './rig.ts';

/** The source asks for the password `right`, which Ferry knows. */
async function pairWith(change: (pair: Pair) => Pair = (same) => same) {
  const [source, target] = await Promise.all([
    server('redis-7.0', { password: 'right', settings: { 'repl-diskless-sync-delay': '0' } }),
    server('redis-8.0'),
  ]);
  const pair = change({
    source: instanceAt('carts-old', source.port, 'env:OLD'),
    target: instanceAt('carts-new', target.port),
  });
  const { replication } = replicationOf(pair, { password: 'right' });
  const { host, port } = pair.source.replicationAddress;
  const follow = async (): Promise<void> => {
    await client(target).replicaof(host, port);
  };
  const told = (pattern: RegExp): Promise<string> =>
    until(
      async () => {
        const { linkTrouble } = await replication.observe(pair, 'forward', null);
        return linkTrouble !== null && pattern.test(linkTrouble) ? linkTrouble : null;
      },
      { what: 'the trouble is told', deadlineMs: 25_000, everyMs: 200 },
    );
  return { source, target, pair, replication, follow, told };
}

it('the follower has no password', async () => {
  const { follow, told } = await pairWith();
  await follow();
  expect(await told(/./)).toBe(
    'carts-new cannot log in to carts-old, which wants a password: its masterauth is empty.',
  );
});

it('I9 the follower has a wrong password, which is not repeated', async () => {
  const { target, follow, told } = await pairWith();
  await client(target).config('SET', 'masterauth', 'secret-but-wrong');
  await follow();
  expect(await told(/./)).toBe(
    'carts-new cannot log in to carts-old: the password in its masterauth is not accepted.',
  );
});

it('the follower has a password for a server that has none', async () => {
  const { source, target, follow, told } = await pairWith();
  const operator = client(source);
  await operator.config('SET', 'requirepass', '');
  await client(target).config('SET', 'masterauth', 'right');
  await follow();
  expect(await told(/./)).toMatch(
    /^carts-new cannot log in to carts-old: it has a masterauth, and carts-old has no/,
  );
});

it('nothing answers where the follower looks', async () => {
  const nowhere = { host: '127.0.0.1', port: await freePort() };
  const { follow, told } = await pairWith((pair) => ({
    ...pair,
    source: { ...pair.source, replicationAddress: nowhere },
  }));
  await follow();
  expect(await told(/./)).toContain(
    `Nothing answers at 127.0.0.1:${nowhere.port}, where carts-new looks for carts-old: `,
  );
});

it('says nothing once the link is up', async () => {
  const { target, follow, told, replication, pair } = await pairWith();
  await follow();
  await told(/masterauth is empty/);
  await client(target).config('SET', 'masterauth', 'right');
  const seen = await until(
    async () => {
      const look = await replication.observe(pair, 'forward', null);
      return look.lagMs === null ? null : look;
    },
    { what: 'the target follows' },
  );
  expect(seen.linkTrouble).toBeNull();
});
