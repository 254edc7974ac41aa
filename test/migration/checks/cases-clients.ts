// One sound and at least one spoiled case for each check about what clients of the source find on the target.

import type { Identity } from '../../../src/migration/instance.ts';
import type { ClientsFacts, ComparedUser, LoginFacts } from '../../../src/migration/survey-facts.ts';
import type { Case } from './case.ts';
import { aUser, type Changes } from './sound-facts.ts';

function users(...those: readonly Partial<ComparedUser>[]): Changes {
  return { facts: { logins: { unread: [], users: those.map(aUser) } } };
}

function unread(logins: Partial<LoginFacts>): Changes {
  return { facts: { logins: { unread: [], users: [], ...logins } } };
}

function running(version: string, runId: string): { readonly identity: Identity } {
  return { identity: { runId: runId.repeat(12), product: 'redis', version } };
}

const listed = (subscribed: number): ClientsFacts => ({
  kind: 'listed',
  count: 9,
  subscribed,
  groups: [],
});

export const CLIENT_CASES: readonly Case[] = [
  { check: 'users', severity: 'ok', says: /^Whoever may log in to carts-old may do so on carts-new/ },
  {
    check: 'users',
    severity: 'ok',
    says: /may do so/,
    given: users({ name: 'gone', source: 'closed', target: 'absent' }, { source: 'open', target: 'open' }),
  },
  {
    check: 'users',
    severity: 'confirm',
    says: /^carts-new lacks `ana` and `bob`: clients of carts-old that log in so are refused there\.$/,
    hint: /do not replicate: make them alike first \(`ACL SETUSER`, `CONFIG SET requirepass`\), or start if/,
    given: users({ name: 'ana', target: 'absent' }, { name: 'bob', target: 'absent', source: 'open' }),
  },
  {
    check: 'users',
    severity: 'confirm',
    says: /^On carts-new nobody can log in as `ana`/,
    given: users({ name: 'ana', target: 'closed' }),
  },
  {
    check: 'users',
    severity: 'confirm',
    says: /^carts-new does not take every password of `default` on carts-old: clients get WRONGPASS\.$/,
    given: users({ takesAllPasswords: false }),
  },
  {
    check: 'users',
    severity: 'confirm',
    says: /^carts-new wants a password of `default`, carts-old none: clients get NOAUTH or WRONGPASS\.$/,
    given: users({ source: 'open' }),
  },
  {
    check: 'users',
    severity: 'confirm',
    says: /^carts-old wants a password, carts-new none: clients that send one get an error, and everybody/,
    given: users({ target: 'open', takesAllPasswords: false }),
  },
  {
    check: 'users',
    severity: 'confirm',
    says: /carts-new lacks `ana`.*carts-new has other rules for `bob` \(keys\)/,
    given: users({ name: 'ana', target: 'absent' }, { name: 'bob', differs: ['keys'] }),
  },
  {
    check: 'users',
    severity: 'warning',
    says: /^On carts-new `eve` can log in, and not on carts-old\.$/,
    given: users({ name: 'eve', source: 'absent' }),
  },
  {
    check: 'users',
    severity: 'warning',
    says: /^carts-new lets everybody in as `ana`\.$/,
    given: users({ name: 'ana', target: 'open', takesAllPasswords: false }),
  },
  {
    check: 'users',
    severity: 'warning',
    says: /^carts-new has other rules for `ana` \(keys and channels\) and `bob` \(commands\): clients may get NOPERM/,
    given: users({ name: 'ana', differs: ['keys', 'channels'] }, { name: 'bob', differs: ['commands'] }),
  },
  {
    check: 'users',
    severity: 'warning',
    says: /^Redis 6\.0\.16 and Redis 8\.0\.2 put the command rules of `ana` in different words/,
    given: { ...users({ name: 'ana', commandsCompared: false }), source: running('6.0.16', 'a') },
  },
  {
    check: 'users',
    severity: 'confirm',
    says: /^The users of carts-new could not be read, so whether clients can log in to carts-new is not known\.$/,
    hint: /`ACL SETUSER ferry \+acl\|list` on carts-new/,
    given: unread({ unread: ['target'] }),
  },
  {
    check: 'users',
    severity: 'confirm',
    says: /^The users of carts-old could not be read/,
    hint: /^Make sure of it yourself\.$/,
    given: { ...unread({ unread: ['source'] }), source: running('5.0.14', 'a') },
  },
  { check: 'max-clients', severity: 'ok', says: /^carts-new takes as many connections as carts-old/ },
  {
    check: 'max-clients',
    severity: 'confirm',
    says: /^carts-new takes 100 connections \(`maxclients`\), and carts-old has 101 connections now: some clients/,
    hint: /^Run `CONFIG SET maxclients 10000` on carts-new/,
    given: { source: { connectedClients: 101 }, target: { setting: { maxclients: '100' } } },
  },
  {
    check: 'max-clients',
    severity: 'warning',
    says: /^carts-new takes 100 connections \(`maxclients`\), carts-old 10,000; it has 20 connections now\.$/,
    given: { target: { setting: { maxclients: '100' } } },
  },
  {
    check: 'max-clients',
    severity: 'warning',
    says: /carts-old any number; it has 20 connections now/,
    given: { source: { ...running('2.4.16', 'a'), setting: { maxclients: '0' } } },
  },
  {
    check: 'max-clients',
    severity: 'confirm',
    says: /^How many connections carts-new has or takes \(`maxclients`\) could not be read/,
    given: { target: { setting: { maxclients: null } } },
  },
  { check: 'keyspace-events', severity: 'ok', says: /publish the same events about keys \(no events\)/ },
  {
    check: 'keyspace-events',
    severity: 'ok',
    says: /\(`AKE`\)/,
    given: {
      source: { setting: { 'notify-keyspace-events': 'AKE' } },
      target: { setting: { 'notify-keyspace-events': 'KEA' } },
    },
  },
  {
    check: 'keyspace-events',
    severity: 'warning',
    says: /^carts-old publishes `KEx` about keys \(`notify-keyspace-events`\), carts-new no events\. Ferry changes neither/,
    hint: /^Run `CONFIG SET notify-keyspace-events "KEx"` on carts-new/,
    given: { source: { setting: { 'notify-keyspace-events': 'KEx' } } },
  },
  {
    check: 'keyspace-events',
    severity: 'confirm',
    says: /^Which events about keys carts-old publishes could not be read/,
    given: { source: { setting: { 'notify-keyspace-events': null } } },
  },
  { check: 'scripts', severity: 'ok', says: /^carts-old has no Lua script in its cache/ },
  {
    check: 'scripts',
    severity: 'ok',
    says: /^carts-old has no scripts/,
    given: { source: { ...running('2.4.16', 'a'), cachedScripts: null } },
  },
  {
    check: 'scripts',
    severity: 'warning',
    says: /^carts-old has 12 Lua scripts in its cache\. None of them goes along to carts-new, because from 7\.0 on/,
    hint: /when they get NOSCRIPT/,
    given: { source: { cachedScripts: 12 } },
  },
  {
    check: 'scripts',
    severity: 'warning',
    says: /Only those that SCRIPT LOAD loads while carts-new follows go along/,
    given: { source: { ...running('6.0.16', 'a'), cachedScripts: 1 } },
  },
  {
    check: 'scripts',
    severity: 'warning',
    says: /Those of SCRIPT LOAD may go along to carts-new, those of EVAL may not/,
    given: { source: { ...running('6.0.16', 'a'), cachedScripts: 1 }, target: running('6.2.16', 'b') },
  },
  {
    check: 'scripts',
    severity: 'warning',
    says: /^carts-old does not tell how many Lua scripts it has in its cache/,
    given: { source: { ...running('4.0.14', 'a'), cachedScripts: null } },
  },
  { check: 'waiting-clients', severity: 'ok', says: /^No client of carts-old is blocked in a command or/ },
  {
    check: 'waiting-clients',
    severity: 'warning',
    says: /^3 clients of carts-old are blocked in a command .* At the cutover they get UNBLOCKED and are disconnected/,
    given: { source: { blockedClients: 3 } },
  },
  {
    check: 'waiting-clients',
    severity: 'warning',
    says: /^1 client of carts-old is blocked .* their connections are closed\. 2 clients of carts-old are subscribed to channels\. Their connections are closed at the cutover/,
    given: { source: { ...running('5.0.14', 'a'), blockedClients: 1, clients: listed(2) } },
  },
  {
    check: 'waiting-clients',
    severity: 'warning',
    says: /^2 clients of carts-old are subscribed to channels\. They stay connected: they hear what is published on carts-new only while carts-old follows it/,
    hint: /disconnectOldClients: true/,
    given: { source: { clients: listed(2) } },
  },
  {
    check: 'waiting-clients',
    severity: 'warning',
    says: /^Which clients of carts-old are subscribed to channels is not known/,
    given: { source: { clients: { kind: 'not-listed', connected: 6_000, why: 'too many.' } } },
  },
  {
    check: 'waiting-clients',
    severity: 'confirm',
    says: /^How many clients of carts-old are blocked could not be read/,
    given: { source: { blockedClients: null } },
  },
  { check: 'source-replicas', severity: 'ok', says: /^Nobody else follows carts-old/ },
  {
    check: 'source-replicas',
    severity: 'ok',
    says: /^Nobody else follows carts-old/,
    given: { source: { replicas: [{ host: '10.0.0.6', port: 6379 }] } },
  },
  {
    check: 'source-replicas',
    severity: 'warning',
    says: /^carts-old has 1 other replica \(10\.0\.0\.9:6379\)\. It does not move to carts-new: it may get the writes of carts-new through carts-old while that follows it, .* and none after \*Complete\*/,
    hint: /^Point it at carts-new after the cutover/,
    given: { source: { replicas: [{ host: '10.0.0.9', port: 6379 }] } },
  },
  {
    check: 'source-replicas',
    severity: 'warning',
    says: /2 other replicas .* They do not move to carts-new: they get no write any more after the cutover/,
    given: {
      source: {
        ...running('3.2.13', 'a'),
        replicas: [
          { host: '10.0.0.9', port: 6379 },
          { host: '10.0.0.10', port: 6379 },
        ],
      },
    },
  },
];
