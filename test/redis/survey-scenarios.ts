// What a survey must find: each scenario spoils one thing on real servers and puts it back.

import { connect as openSocket } from 'node:net';
import type { Severity } from '../../src/migration/finding.ts';
import type { Pair } from '../../src/migration/migration.ts';
import type { Command } from '../../src/redis/connect.ts';
import { freePort, type RunningServer } from '../../src/sandbox/servers/start.ts';
import { until } from '../support/until.ts';
import { instanceOf, open, pairOf, run } from './survey-pairs.ts';

export type Undo = () => unknown;

export interface Servers {
  readonly source: RunningServer;
  readonly target: RunningServer;
  readonly valkey: RunningServer;
  readonly cluster: RunningServer;
  /** 6.0: writes are held by taking them from its users. */
  readonly older: RunningServer;
}

/** What a scenario changes, and how it is put back. */
export interface Scenario {
  readonly check: string;
  readonly severity: Severity;
  readonly says: RegExp;
  readonly hint?: RegExp;
  readonly arrange?: (servers: Servers) => Promise<Undo>;
  readonly pair?: (servers: Servers) => Pair | Promise<Pair>;
  readonly ferryRunId?: (servers: Servers) => Promise<string>;
}

export function set(on: keyof Servers, name: string, value: string, back: string) {
  return async (servers: Servers): Promise<Undo> => {
    await run(servers[on], ['CONFIG', 'SET', name, value]);
    return () => run(servers[on], ['CONFIG', 'SET', name, back]);
  };
}

export function did(on: keyof Servers, commands: readonly Command[], undo: readonly Command[]) {
  return async (servers: Servers): Promise<Undo> => {
    await run(servers[on], ...commands);
    return () => run(servers[on], ...undo);
  };
}

const LIBRARY = "#!lua name=till\nredis.register_function('f', function() return 1 end)";

const NOBODY = { host: '127.0.0.1', port: 1 };

export const SCENARIOS: readonly Scenario[] = [
  {
    check: 'reachable',
    severity: 'blocker',
    says: /carts-new could not be read: .*ECONNREFUSED/,
    hint: /Check that it runs/,
    pair: async ({ source, target }) => ({
      ...pairOf(source, target),
      target: instanceOf('carts-new', { port: await freePort() }),
    }),
  },
  {
    check: 'reachable',
    severity: 'blocker',
    says: /does not accept Ferry's credentials/,
    hint: /`username` and `password`/,
    pair: ({ source, target }) =>
      pairOf(source, target, { source: { username: 'nobody', passwordRef: 'env:wrong' } }),
  },
  {
    check: 'identities',
    severity: 'blocker',
    says: /are the same server \(run id/,
    pair: ({ source }) => pairOf(source, source),
  },
  {
    check: 'replication-address',
    severity: 'blocker',
    says: /the replication address of carts-old, is another server/,
    pair: ({ source, target, valkey }) =>
      pairOf(source, target, { source: { replicationAddress: instanceOf('v', valkey).address } }),
  },
  {
    check: 'replication-address',
    severity: 'warning',
    says: /Ferry cannot reach 127.0.0.1:1,/,
    pair: ({ source, target }) => pairOf(source, target, { target: { replicationAddress: NOBODY } }),
  },
  {
    check: 'ferrys-own',
    severity: 'blocker',
    says: /carts-new is the Redis that Ferry keeps its records/,
    ferryRunId: async ({ target }) =>
      /run_id:(\w+)/.exec(String(await run(target, ['INFO', 'server'])))?.[1] ?? '',
  },
  {
    check: 'lock',
    severity: 'blocker',
    says: /says m7, for 60 s more/,
    arrange: did('source', [['SET', 'ferry:lock', 'm7', 'PX', 60_000]], [['DEL', 'ferry:lock']]),
  },
  {
    check: 'lock',
    severity: 'blocker',
    says: /carts-new is held by another migration \(`ferry:guard` says uid-7:3,/,
    hint: /`DEL ferry:guard` on carts-new/,
    arrange: did('target', [['SET', 'ferry:guard', 'uid-7:3', 'PX', 60_000]], [['DEL', 'ferry:guard']]),
  },
  {
    check: 'roles',
    severity: 'blocker',
    says: /carts-old is a replica of 127.0.0.1:1,/,
    arrange: did('source', [['REPLICAOF', '127.0.0.1', 1]], [['REPLICAOF', 'NO', 'ONE']]),
  },
  {
    check: 'roles',
    severity: 'blocker',
    says: /carts-new was set aside by an earlier migration/,
    arrange: did('target', [['REPLICAOF', '127.0.0.1', 1]], [['REPLICAOF', 'NO', 'ONE']]),
  },
  {
    check: 'roles',
    severity: 'blocker',
    says: /carts-new is a replica of 127.0.0.1:2;/,
    arrange: did('target', [['REPLICAOF', '127.0.0.1', 2]], [['REPLICAOF', 'NO', 'ONE']]),
  },
  {
    check: 'roles',
    severity: 'blocker',
    says: /carts-new already follows carts-old/,
    arrange: async ({ source, target }) => {
      await run(target, ['REPLICAOF', '127.0.0.1', source.port]);
      return () => run(target, ['REPLICAOF', 'NO', 'ONE']);
    },
  },
  {
    check: 'mode',
    severity: 'blocker',
    says: /carts-new is a node of a Redis Cluster/,
    pair: ({ source, cluster }) => pairOf(source, cluster),
  },
  {
    check: 'sentinels',
    severity: 'blocker',
    says: /1 Sentinel watches carts-old/,
    arrange: async ({ source }) => {
      const socket = openSocket(source.port, '127.0.0.1');
      socket.write('SUBSCRIBE __sentinel__:hello\r\n');
      await new Promise((resolve) => socket.once('data', resolve));
      return () => socket.destroy();
    },
  },
  {
    check: 'version-path',
    severity: 'blocker',
    says: /carts-new runs Valkey 8\.1\.\d+, which cannot read snapshots of Redis 8\.0 \(format 12\)\./,
    hint: /^Choose Redis 8\.0 or newer[.;]/,
    pair: ({ target, valkey }) => pairOf(target, valkey),
  },
  {
    check: 'way-back',
    severity: 'warning',
    says: /can follow Redis 8\.0\.\d by partial resync .* it cannot read snapshots of Redis 8\.0/,
  },
  {
    check: 'target-keys',
    severity: 'confirm',
    says: /carts-new holds 3 keys\. Syncing deletes them/,
    arrange: did(
      'target',
      [
        // An earlier trial of the reach may have left a key that has expired but still counts.
        ['FLUSHALL'],
        ['MSET', 'a', 1, 'b', 2],
        ['SELECT', 5],
        ['SET', 'c', 3],
      ],
      [['FLUSHALL']],
    ),
  },
  {
    check: 'target-replicas',
    severity: 'confirm',
    says: /carts-new has 1 replica \(127\.0\.0\.1:\d+\)/,
    pair: ({ source, target }) => pairOf(target, source),
    arrange: async ({ source, valkey }) => {
      await run(valkey, ['REPLICAOF', '127.0.0.1', source.port]);
      await until(async () => /slave0:/.test(String(await run(source, ['INFO', 'replication']))), {
        what: 'the replica is listed',
      });
      return () => run(valkey, ['REPLICAOF', 'NO', 'ONE']);
    },
  },
  {
    check: 'target-clients',
    severity: 'confirm',
    says: /connected to carts-new \(.*billing-worker 127\.0\.0\.1/,
    arrange: async ({ target }) => {
      const client = await open(target, 'billing-worker');
      return () => client.close();
    },
  },
  {
    check: 'target-reach',
    severity: 'blocker',
    says: /carts-new does not reach carts-old at 127\.0\.0\.1:1: it could not connect \(tried for at most 1 s\)/,
    pair: ({ source, target }) => pairOf(source, target, { source: { replicationAddress: NOBODY } }),
  },
  {
    check: 'target-reach',
    severity: 'blocker',
    says: /another server than carts-old answers carts-new/,
    pair: ({ source, target, valkey }) =>
      pairOf(source, target, { source: { replicationAddress: instanceOf('v', valkey).address } }),
  },
  {
    check: 'target-reach',
    severity: 'confirm',
    says: /whether it is carts-old could not be seen: it keeps no ACL LOG/,
    arrange: set('source', 'acllog-max-len', '0', '128'),
  },
  {
    check: 'target-reach',
    severity: 'confirm',
    says: /was not measured: carts-new is a replica/,
    arrange: did('target', [['REPLICAOF', '127.0.0.1', 1]], [['REPLICAOF', 'NO', 'ONE']]),
  },
  { check: 'source-reach', severity: 'warning', says: /as the way back needs, was not measured/ },
  {
    check: 'replication-auth',
    severity: 'blocker',
    says: /carts-new has `masterauth` set to something that the inventory does not know/,
    arrange: set('target', 'masterauth', 'of-somebody-else', ''),
  },
  {
    check: 'replication-auth',
    severity: 'warning',
    says: /carts-old has `masterauth` set .* the way back stays closed/,
    arrange: set('source', 'masterauth', 'of-somebody-else', ''),
  },
  {
    check: 'memory',
    severity: 'blocker',
    says: /a limit \(maxmemory\) of 512 KB\. The data does not fit/,
    arrange: set('target', 'maxmemory', '512kb', '0'),
  },
  {
    check: 'eviction',
    severity: 'confirm',
    says: /carts-new drops keys \(allkeys-lru\) where carts-old does otherwise \(noeviction\)/,
    arrange: async ({ target }) => {
      await run(
        target,
        ['CONFIG', 'SET', 'maxmemory', '1gb'],
        ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'],
      );
      return () =>
        run(target, ['CONFIG', 'SET', 'maxmemory', 0], ['CONFIG', 'SET', 'maxmemory-policy', 'noeviction']);
    },
  },
  {
    check: 'databases',
    severity: 'blocker',
    says: /carts-old uses database 12; carts-new has 8, numbered 0 to 7/,
    hint: /databases 16/,
    pair: ({ source, valkey }) => pairOf(source, valkey),
    arrange: did(
      'source',
      [
        ['SELECT', 12],
        ['SET', 'a', 1],
      ],
      [['FLUSHALL']],
    ),
  },
  {
    check: 'databases',
    severity: 'warning',
    says: /offers 16 databases and uses none above 0; carts-new has 8/,
    pair: ({ source, valkey }) => pairOf(source, valkey),
  },
  {
    check: 'read-only',
    severity: 'blocker',
    says: /carts-old accepts writes while it follows/,
    arrange: set('source', 'replica-read-only', 'no', 'yes'),
  },
  {
    check: 'stale-data',
    severity: 'blocker',
    says: /carts-new refuses reads while its link is down/,
    arrange: set('target', 'replica-serve-stale-data', 'no', 'yes'),
  },
  {
    check: 'min-replicas',
    severity: 'blocker',
    says: /takes writes only with 1 replica connected/,
    arrange: set('target', 'min-replicas-to-write', '1', '0'),
  },
  {
    check: 'modules',
    severity: 'confirm',
    says: /carts-old has modules that carts-new lacks: vectorset\. No command of theirs was run in the .* since carts-old started/,
    pair: ({ target, valkey }) => pairOf(target, valkey),
  },
  {
    check: 'modules',
    severity: 'blocker',
    says: /carts-old has modules that carts-new lacks: vectorset\. Their data cannot be loaded there/,
    pair: ({ target, valkey }) => pairOf(target, valkey),
    arrange: did(
      'target',
      [['VADD', 'v', 'VALUES', 2, 1, 0, 'e']],
      [
        ['DEL', 'v'],
        ['CONFIG', 'RESETSTAT'],
      ],
    ),
  },
  {
    check: 'functions',
    severity: 'blocker',
    says: /carts-old has function libraries, till, which carts-new cannot take: Redis 6\.0\.\d+ has no functions/,
    pair: ({ source, older }) => pairOf(source, older),
    arrange: did('source', [['FUNCTION', 'LOAD', LIBRARY]], [['FUNCTION', 'DELETE', 'till']]),
  },
  {
    check: 'functions',
    severity: 'confirm',
    says: /carts-new has function libraries that carts-old lacks: till/,
    arrange: did('target', [['FUNCTION', 'LOAD', LIBRARY]], [['FUNCTION', 'DELETE', 'till']]),
  },
  {
    check: 'output-buffer',
    severity: 'warning',
    says: /is 1 KB; at up to .* Ferry will set 1 MB for the transfer and put 1 KB back/,
    arrange: set('source', 'client-output-buffer-limit', 'replica 1024 1024 60', 'replica 256mb 64mb 60'),
  },
  {
    check: 'backlog',
    severity: 'warning',
    says: /The backlog of carts-new is 1 MB.* Ferry will set 32 MB.* and put 1 MB back/,
    arrange: set('target', 'repl-backlog-size', '1mb', '64mb'),
  },
  {
    check: 'repl-timeout',
    severity: 'warning',
    says: /carts-new waits 5 s for a quiet link, and the sync takes up to 10 s\. Ferry will set 60 s and put 5 s back/,
    arrange: set('target', 'repl-timeout', '5', '60'),
  },
  {
    check: 'diskless-delay',
    severity: 'warning',
    says: /Ferry will set `repl-diskless-sync-delay 5` on carts-new and put it back/,
    arrange: set('target', 'repl-diskless-sync-delay', '0', '5'),
  },
  {
    check: 'fence',
    severity: 'warning',
    says: /^At the cutover carts-old is held by/,
    pair: ({ older, target }) => pairOf(older, target),
  },
  {
    check: 'config-file',
    severity: 'warning',
    says: /carts-new runs without a config file/,
    pair: ({ source, cluster }) => pairOf(source, cluster),
  },
  {
    check: 'source-persistence',
    severity: 'warning',
    says: /carts-old writes nothing to disk\. If it restarts before the cutover/,
    arrange: set('source', 'save', '', '3600 1'),
  },
  {
    check: 'target-persistence',
    severity: 'warning',
    says: /carts-new writes nothing to disk\. After the cutover/,
    arrange: set('target', 'save', '', '3600 1'),
  },
  {
    check: 'environments',
    severity: 'confirm',
    says: /carts-old is production, carts-new is staging/,
    pair: ({ source, target }) => pairOf(source, target, { target: { environment: 'staging' } }),
  },
  // Last: its load shows in the rates for a while.
  {
    check: 'eviction',
    severity: 'warning',
    says: /carts-old is full and dropped [\d,]+ keys? during this survey/,
    arrange: evictForever,
  },
];

/** A full source under writes, so that it drops keys all the time. */
async function evictForever({ source }: Servers): Promise<Undo> {
  const used = Number(/used_memory:(\d+)/.exec(String(await run(source, ['INFO', 'memory'])))?.[1]);
  await run(
    source,
    ['CONFIG', 'SET', 'maxmemory', used + 16 * 1024 ** 2],
    ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random'],
  );
  const writer = await open(source);
  let going = true;
  const filler = 'x'.repeat(10_000);
  const writing = (async () => {
    for (let i = 0; going; i += 20) {
      await writer.pipeline(
        Array.from({ length: 20 }, (_, j): Command => ['SET', `filler:${i + j}`, filler]),
      );
    }
  })();
  await until(async () => /evicted_keys:[1-9]/.test(String(await run(source, ['INFO', 'stats']))), {
    what: 'the source drops keys',
  });
  return async () => {
    going = false;
    await writing;
    writer.close();
    await run(
      source,
      ['CONFIG', 'SET', 'maxmemory', 0],
      ['CONFIG', 'SET', 'maxmemory-policy', 'noeviction'],
      ['FLUSHALL'],
    );
  };
}
