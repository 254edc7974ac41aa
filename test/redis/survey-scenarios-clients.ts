// What a survey must find of what clients meet on the target: each scenario spoils one thing and puts it back.

import { connect as openSocket } from 'node:net';
import { until } from '../support/until.ts';
import { open, run } from './survey-pairs.ts';
import { did, type Scenario, set } from './survey-scenarios.ts';

export const CLIENT_SCENARIOS: readonly Scenario[] = [
  {
    check: 'users',
    severity: 'confirm',
    says: /^carts-new lacks `ana`: clients of carts-old that log in so are refused there\.$/,
    arrange: did(
      'source',
      [['ACL', 'SETUSER', 'ana', 'on', '>pw', '~*', '+@all']],
      [['ACL', 'DELUSER', 'ana']],
    ),
  },
  {
    check: 'users',
    severity: 'warning',
    says: /^On carts-new `eve` can log in, and not on carts-old\.$/,
    arrange: did('target', [['ACL', 'SETUSER', 'eve', 'on', '>pw']], [['ACL', 'DELUSER', 'eve']]),
  },
  {
    check: 'max-clients',
    severity: 'warning',
    says: /^carts-new takes 50 connections \(`maxclients`\), carts-old 10,000; it has \d+ connections? now\.$/,
    arrange: set('target', 'maxclients', '50', '10000'),
  },
  {
    check: 'max-clients',
    severity: 'confirm',
    says: /^carts-new takes 50 connections .* carts-old has 5\d connections now: some clients are refused there/,
    arrange: async (servers) => {
      const back = await set('target', 'maxclients', '50', '10000')(servers);
      const clients = await Promise.all(Array.from({ length: 50 }, () => open(servers.source, 'cart')));
      return async () => {
        for (const client of clients) client.close();
        await back();
      };
    },
  },
  {
    check: 'keyspace-events',
    severity: 'warning',
    says: /^carts-old publishes `xKE` about keys .* carts-new no events\. Ferry changes neither/,
    arrange: set('source', 'notify-keyspace-events', 'KEx', ''),
  },
  {
    check: 'scripts',
    severity: 'warning',
    says: /^carts-old has 1 Lua script in its cache\. None of them goes along to carts-new/,
    arrange: did('source', [['SCRIPT', 'LOAD', 'return 1']], [['SCRIPT', 'FLUSH']]),
  },
  {
    check: 'waiting-clients',
    severity: 'warning',
    says: /^1 client of carts-old is blocked in a command .* they get UNBLOCKED and are disconnected\. 1 client of carts-old is subscribed/,
    arrange: async ({ source }) => {
      const clients = ['BLPOP queue 0', 'SUBSCRIBE carts'].map((line) => {
        const client = openSocket(source.port, source.host);
        client.write(`${line}\r\n`);
        return client;
      });
      await until(
        async () => {
          const [info, channels] = await run(source, ['INFO', 'clients'], ['PUBSUB', 'CHANNELS', 'carts']);
          return /blocked_clients:1/.test(String(info)) && String(channels) === 'carts';
        },
        { what: 'one is blocked, one is subscribed' },
      );
      return () => {
        for (const client of clients) client.destroy();
      };
    },
  },
  {
    check: 'source-replicas',
    severity: 'warning',
    says: /^carts-old has 1 other replica \(127\.0\.0\.1:\d+\)\. It does not move to carts-new/,
    arrange: async ({ source, valkey }) => {
      await run(valkey, ['REPLICAOF', '127.0.0.1', source.port]);
      await until(async () => /slave0:/.test(String(await run(source, ['INFO', 'replication']))), {
        what: 'the replica is listed',
      });
      return () => run(valkey, ['REPLICAOF', 'NO', 'ONE']);
    },
  },
];
