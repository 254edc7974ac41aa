// Sources of 2.4 and 2.6 with targets of 6.0 and newer, through the relay, where a run has such servers: nothing
// lost over five databases, the canary seen, and the link comes again after a restart and the relay's death.

import { expect, it } from 'vitest';
import type { Address } from '../../src/migration/instance.ts';
import type { Pair } from '../../src/migration/migration.ts';
import { routeBetween } from '../../src/migration/route.ts';
import type { Replication } from '../../src/workflow/ports.ts';
import { client, pairOf } from '../redis/control-pair.ts';
import { binaryOf, server, versions } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { clock, replicationOf } from './rig.ts';

const DATABASES = 5;
const WRITES = 1_000;
/** 2.4 sends a PING every 10 s. */
const PAST_A_PING_MS = 12_000;
const FOLLOWS = { deadlineMs: 30_000, everyMs: 100 };

function runningOf(id: string) {
  const { flavour, version } = binaryOf(id);
  return { product: flavour, version };
}

const OLD = versions()
  .filter((id) => /^redis-2\.[46]/.test(id))
  .toSorted();

/** Every target that needs a relay, the old sources in turn. */
const PAIRS = versions()
  .filter((target) =>
    OLD.some((source) => routeBetween(runningOf(source), runningOf(target)).through === 'relay'),
  )
  .flatMap((target, index) => {
    const source = OLD[index % OLD.length];
    return source === undefined ? [] : [{ source, target }];
  });

async function canaryOn(source: ReturnType<typeof client>, n: number) {
  const canary = { key: 'ferry:canary:u1', value: `canary-${n}`, sentMs: clock.monotonicMs() };
  await source.call('SETEX', canary.key, 60, canary.value);
  return canary;
}

/** Looks, a new canary each time, until one arrives in time. */
async function untilFollowing(pair: Pair, replication: Replication, source: ReturnType<typeof client>) {
  let n = Date.now();
  return until(
    async () => {
      n += 1;
      const seen = await replication.observe(pair, 'forward', await canaryOn(source, n));
      return seen.lagMs === null ? null : seen;
    },
    { what: 'the canary arrives', ...FOLLOWS },
  );
}

it('has a pair for each old server of this run, and none without', () => {
  expect(new Set(PAIRS.map(({ source }) => source))).toEqual(new Set(OLD));
});

it.each(PAIRS)('I2 $source to $target', { timeout: 120_000 }, async ({ source: from, target: to }) => {
  const [sourceServer, targetServer] = await Promise.all([server(from), server(to)]);
  const pair = pairOf(sourceServer.port, targetServer.port);
  const { replication, threads } = replicationOf(pair);
  const route = routeBetween(runningOf(from), runningOf(to));
  const source = client(sourceServer);
  const target = client(targetServer);
  const first = await replication.open(pair, route, null);
  if (first === null) throw new Error('no relay');
  const via: Address = first;
  const relayed: Pair = { ...pair, via };
  const { host, port } = replication.addressToFollow(relayed, 'forward');
  await target.replicaof(host, port);
  await untilFollowing(relayed, replication, source);

  const startedMs = clock.monotonicMs();
  for (let n = 0; n < WRITES; n += 1) {
    if (n % 5 === 0) await source.select((n / 5) % DATABASES);
    await source.set(`n:${n}`, String(n));
  }
  await source.select(0);
  await clock.sleep(Math.max(0, PAST_A_PING_MS - (clock.monotonicMs() - startedMs)));
  const seen = await untilFollowing(relayed, replication, source);
  expect(seen).toMatchObject({ stage: 'online', lagBytes: null, provenOffset: null, linkTrouble: null });
  expect(seen.target?.role).toEqual({ kind: 'replica', of: 'peer', linkUp: true });
  expect(await missing(target)).toEqual([]);
  expect(seen.target?.syncFullCount).toBe(0);

  await threads.at(-1)?.close();
  const again = await until(
    async () => {
      const address = await replication.open(pair, route, via);
      return threads.length === 2 ? address : null;
    },
    { what: 'a new relay' },
  );
  expect(again).toEqual(via);
  await untilFollowing(relayed, replication, source);

  await source.call('SAVE');
  await sourceServer.restart();
  const back = client(sourceServer);
  await untilFollowing(relayed, replication, back);
  await back.set('after', 'restart');
  await until(async () => (await target.get('after')) === 'restart', { what: 'a write after the restart' });
  expect(await missing(target)).toEqual([]);
});

async function missing(target: ReturnType<typeof client>): Promise<number[]> {
  const gone: number[] = [];
  for (let n = 0; n < WRITES; n += 1) {
    if (n % 5 === 0) await target.select((n / 5) % DATABASES);
    if ((await target.get(`n:${n}`)) !== String(n)) gone.push(n);
  }
  await target.select(0);
  return gone;
}
