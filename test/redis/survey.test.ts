// Every check against real servers: content with a sound pair, and not with the one thing that was spoiled.

import { connect as openSocket } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { CHECKS } from '../../src/migration/checks/all.ts';
import type { Severity } from '../../src/migration/finding.ts';
import { type Instance, otherSide, type Side } from '../../src/migration/instance.ts';
import type { Pair } from '../../src/migration/migration.ts';
import { type Command, connectTo, type Reply, type ServerConnection } from '../../src/redis/connect.ts';
import { freePort, type RunningServer } from '../../src/sandbox/servers/start.ts';
import { sharedServer } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { findingsOf, instanceOf, secrets, severities } from './survey-pairs.ts';

let source: RunningServer;
let target: RunningServer;
let valkey: RunningServer;
let cluster: RunningServer;

const SOUND = { save: '3600 1', 'repl-backlog-size': '64mb' };

beforeAll(async () => {
  [source, target, valkey, cluster] = await Promise.all([
    sharedServer('redis-7.0', { configFile: true, settings: { ...SOUND, databases: '16' } }),
    sharedServer('redis-8.0', { configFile: true, settings: { ...SOUND, databases: '16' } }),
    sharedServer('valkey-8.1', { configFile: true, settings: { ...SOUND, databases: '8' } }),
    sharedServer('redis-8.0', { settings: { 'cluster-enabled': 'yes' } }),
  ]);
});

function pairOf(
  from: RunningServer,
  to: RunningServer,
  changes: Partial<Record<Side, Partial<Instance>>> = {},
) {
  return {
    source: instanceOf('carts-old', from, changes.source),
    target: instanceOf('carts-new', to, changes.target),
  };
}

async function open(server: RunningServer, name = 'ferry-test'): Promise<ServerConnection> {
  return connectTo(instanceOf('any', server), secrets, { name });
}

async function run(server: RunningServer, ...commands: readonly Command[]): Promise<readonly Reply[]> {
  const connection = await open(server);
  const replies = await connection.pipeline(commands);
  connection.close();
  const refused = replies.find((reply) => reply instanceof Error);
  if (refused instanceof Error) throw refused;
  return replies;
}

type Undo = () => unknown;

/** What a scenario changes, and how it is put back. */
interface Scenario {
  readonly check: string;
  readonly severity: Severity;
  readonly says: RegExp;
  readonly hint?: RegExp;
  readonly arrange?: () => Promise<Undo>;
  readonly pair?: () => Pair | Promise<Pair>;
  readonly ferryRunId?: () => Promise<string>;
}

function set(server: () => RunningServer, name: string, value: string, back: string) {
  return async (): Promise<Undo> => {
    await run(server(), ['CONFIG', 'SET', name, value]);
    return () => run(server(), ['CONFIG', 'SET', name, back]);
  };
}

function did(server: () => RunningServer, commands: readonly Command[], undo: readonly Command[]) {
  return async (): Promise<Undo> => {
    await run(server(), ...commands);
    return () => run(server(), ...undo);
  };
}

const onSource = (): RunningServer => source;
const onTarget = (): RunningServer => target;
const NOBODY = { host: '127.0.0.1', port: 1 };

const SCENARIOS: readonly Scenario[] = [
  {
    check: 'reachable',
    severity: 'blocker',
    says: /carts-new could not be read: .*ECONNREFUSED/,
    hint: /Check that it runs/,
    pair: async () => ({
      ...pairOf(source, target),
      target: instanceOf('carts-new', { port: await freePort() }),
    }),
  },
  {
    check: 'reachable',
    severity: 'blocker',
    says: /does not accept Ferry's credentials/,
    hint: /`username` and `password`/,
    pair: () => pairOf(source, target, { source: { username: 'nobody', passwordRef: 'env:wrong' } }),
  },
  {
    check: 'identities',
    severity: 'blocker',
    says: /are the same server \(run id/,
    pair: () => pairOf(source, source),
  },
  {
    check: 'replication-address',
    severity: 'blocker',
    says: /the replication address of carts-old, is another server/,
    pair: () => pairOf(source, target, { source: { replicationAddress: instanceOf('v', valkey).address } }),
  },
  {
    check: 'replication-address',
    severity: 'warning',
    says: /Ferry cannot reach 127.0.0.1:1,/,
    pair: () => pairOf(source, target, { target: { replicationAddress: NOBODY } }),
  },
  {
    check: 'ferrys-own',
    severity: 'blocker',
    says: /carts-new is the Redis that Ferry keeps its records/,
    ferryRunId: async () => /run_id:(\w+)/.exec(String(await run(target, ['INFO', 'server'])))?.[1] ?? '',
  },
  {
    check: 'lock',
    severity: 'blocker',
    says: /says m7, for 60 s more/,
    arrange: did(onSource, [['SET', 'ferry:lock', 'm7', 'PX', 60_000]], [['DEL', 'ferry:lock']]),
  },
  {
    check: 'roles',
    severity: 'blocker',
    says: /carts-old is a replica of 127.0.0.1:1,/,
    arrange: did(onSource, [['REPLICAOF', '127.0.0.1', 1]], [['REPLICAOF', 'NO', 'ONE']]),
  },
  {
    check: 'roles',
    severity: 'blocker',
    says: /carts-new is a replica of 127.0.0.1:1;/,
    arrange: did(onTarget, [['REPLICAOF', '127.0.0.1', 1]], [['REPLICAOF', 'NO', 'ONE']]),
  },
  {
    check: 'roles',
    severity: 'blocker',
    says: /carts-new already follows carts-old/,
    arrange: async () => {
      await run(target, ['REPLICAOF', '127.0.0.1', source.port]);
      return () => run(target, ['REPLICAOF', 'NO', 'ONE']);
    },
  },
  {
    check: 'mode',
    severity: 'blocker',
    says: /carts-new is a node of a Redis Cluster/,
    pair: () => pairOf(source, cluster),
  },
  {
    check: 'sentinels',
    severity: 'blocker',
    says: /1 Sentinel watches carts-old/,
    arrange: async () => {
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
    hint: /^Choose Redis 8\.0 or newer\.$/,
    pair: () => pairOf(target, valkey),
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
      onTarget,
      [
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
    pair: () => pairOf(target, source),
    arrange: async () => {
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
    arrange: async () => {
      const client = await open(target, 'billing-worker');
      return () => client.close();
    },
  },
  {
    check: 'target-reach',
    severity: 'blocker',
    says: /carts-new does not reach carts-old at 127\.0\.0\.1:1: it could not connect \(tried for at most 1 s\)/,
    pair: () => pairOf(source, target, { source: { replicationAddress: NOBODY } }),
  },
  {
    check: 'target-reach',
    severity: 'blocker',
    says: /another server than carts-old answers carts-new/,
    pair: () => pairOf(source, target, { source: { replicationAddress: instanceOf('v', valkey).address } }),
  },
  {
    check: 'target-reach',
    severity: 'confirm',
    says: /whether it is carts-old could not be seen: it keeps no ACL LOG/,
    arrange: set(onSource, 'acllog-max-len', '0', '128'),
  },
  {
    check: 'target-reach',
    severity: 'confirm',
    says: /was not measured: carts-new is a replica/,
    arrange: did(onTarget, [['REPLICAOF', '127.0.0.1', 1]], [['REPLICAOF', 'NO', 'ONE']]),
  },
  { check: 'source-reach', severity: 'warning', says: /as the way back needs, was not measured/ },
  {
    check: 'replication-auth',
    severity: 'blocker',
    says: /carts-new has `masterauth` set to something that the inventory does not know/,
    arrange: set(onTarget, 'masterauth', 'of-somebody-else', ''),
  },
  {
    check: 'replication-auth',
    severity: 'warning',
    says: /carts-old has `masteruser` set .* the way back stays closed/,
    arrange: set(onSource, 'masteruser', 'somebody', ''),
  },
  {
    check: 'memory',
    severity: 'blocker',
    says: /a limit \(maxmemory\) of 512 KB\. The data does not fit/,
    arrange: set(onTarget, 'maxmemory', '512kb', '0'),
  },
  {
    check: 'eviction',
    severity: 'confirm',
    says: /carts-new drops keys \(allkeys-lru\) where carts-old does otherwise \(noeviction\)/,
    arrange: async () => {
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
    pair: () => pairOf(source, valkey),
    arrange: did(
      onSource,
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
    pair: () => pairOf(source, valkey),
  },
  {
    check: 'read-only',
    severity: 'blocker',
    says: /carts-old accepts writes while it follows/,
    arrange: set(onSource, 'replica-read-only', 'no', 'yes'),
  },
  {
    check: 'stale-data',
    severity: 'blocker',
    says: /carts-new refuses reads while its link is down/,
    arrange: set(onTarget, 'replica-serve-stale-data', 'no', 'yes'),
  },
  {
    check: 'min-replicas',
    severity: 'blocker',
    says: /takes writes only with 1 replica connected/,
    arrange: set(onTarget, 'min-replicas-to-write', '1', '0'),
  },
  {
    check: 'modules',
    severity: 'blocker',
    says: /carts-old has modules that carts-new lacks: vectorset/,
    pair: () => pairOf(target, valkey),
  },
  {
    check: 'functions',
    severity: 'confirm',
    says: /carts-new has function libraries that carts-old lacks: till/,
    arrange: did(
      onTarget,
      [['FUNCTION', 'LOAD', "#!lua name=till\nredis.register_function('f', function() return 1 end)"]],
      [['FUNCTION', 'DELETE', 'till']],
    ),
  },
  {
    check: 'output-buffer',
    severity: 'warning',
    says: /is 1 KB; at up to .* Ferry will set 1 MB for the transfer and put 1 KB back/,
    arrange: set(onSource, 'client-output-buffer-limit', 'replica 1024 1024 60', 'replica 256mb 64mb 60'),
  },
  {
    check: 'backlog',
    severity: 'warning',
    says: /The backlog of carts-new is 1 MB.* Ferry will set 32 MB.* and put 1 MB back/,
    arrange: set(onTarget, 'repl-backlog-size', '1mb', '64mb'),
  },
  {
    check: 'config-file',
    severity: 'warning',
    says: /carts-new runs without a config file/,
    pair: () => pairOf(source, cluster),
  },
  {
    check: 'source-persistence',
    severity: 'warning',
    says: /carts-old writes nothing to disk\. If it restarts before the cutover/,
    arrange: set(onSource, 'save', '', '3600 1'),
  },
  {
    check: 'target-persistence',
    severity: 'warning',
    says: /carts-new writes nothing to disk\. After the cutover/,
    arrange: set(onTarget, 'save', '', '3600 1'),
  },
  {
    check: 'environments',
    severity: 'confirm',
    says: /carts-old is production, carts-new is staging/,
    pair: () => pairOf(source, target, { target: { environment: 'staging' } }),
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
async function evictForever(): Promise<Undo> {
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

/** One clock, no certificates, snapshots that succeed; permissions have a file of their own. */
const NOT_SPOILED_HERE = ['clock', 'tls', 'snapshot-cost', 'permissions'];

describe('a sound pair', () => {
  test('every check runs, in order of severity, and all but the way back are content', async () => {
    const findings = await findingsOf(pairOf(source, target));
    expect(Object.keys(findings)).toHaveLength(CHECKS.length);
    const { 'way-back': back, 'source-reach': reach, ...rest } = severities(findings);
    expect(new Set(Object.values(rest))).toEqual(new Set(['ok']));
    expect([back, reach]).toEqual(['warning', 'warning']);
  });

  test('between equal versions the way back has no caution', async () => {
    const findings = await findingsOf(pairOf(target, cluster));
    expect(findings['way-back']).toMatchObject({ severity: 'ok', hint: '' });
  });

  test('every check has a live case against it, or says why not', async () => {
    const names = Object.keys(await findingsOf(pairOf(source, target)));
    const spoiled = new Set([...SCENARIOS.map(({ check }) => check), ...NOT_SPOILED_HERE]);
    expect(names.filter((name) => !spoiled.has(name))).toEqual([]);
  });

  test.each(['source', 'target'] as const)(
    'I10 nothing is fine about a %s that cannot be read',
    async (side) => {
      const pair = { ...pairOf(source, target), [side]: instanceOf('gone', { port: await freePort() }) };
      const findings = await findingsOf(pair);
      expect(findings['reachable']?.severity).toBe('blocker');
      const content = Object.values(findings).filter(({ severity }) => severity === 'ok');
      const aboutOther = new RegExp(pair[otherSide(side)].name);
      for (const finding of content)
        expect(finding.message).toMatch(new RegExp(`${aboutOther.source}|production`));
      for (const finding of content) expect(finding.message).not.toMatch(/gone/);
    },
  );
});

describe('a spoiled pair', () => {
  test.each(SCENARIOS)('$check: $severity, $says', async ({ check, severity, says, hint, ...scenario }) => {
    const undo = (await scenario.arrange?.()) ?? (() => undefined);
    try {
      const findings = await findingsOf(
        (await scenario.pair?.()) ?? pairOf(source, target),
        await scenario.ferryRunId?.(),
      );
      const finding = findings[check];
      expect(finding).toMatchObject({ severity, message: expect.stringMatching(says) });
      expect(finding?.hint).toMatch(hint ?? /\S/);
    } finally {
      await undo();
    }
  });
});
