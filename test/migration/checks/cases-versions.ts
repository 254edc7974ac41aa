// Cases of the checks about what two versions can do together: following, fence, relay and way back.

import type { Case } from './case.ts';

const running = (product: 'redis' | 'valkey', version: string, runId: string) => ({
  identity: { product, version, runId },
});

export const VERSION_CASES: readonly Case[] = [
  { check: 'version-path', severity: 'ok', says: /^Redis 8\.0\.2 can follow Redis 8\.0\.2\.$/ },
  {
    check: 'version-path',
    severity: 'ok',
    says: /^Redis 8\.0\.2 can follow Redis 2\.4\.16\.$/,
    given: { source: running('redis', '2.4.16', 'a') },
  },
  {
    check: 'version-path',
    severity: 'blocker',
    says: /^carts-new runs Valkey 8\.1\.1, which cannot read snapshots of Redis 8\.0 \(format 12\)\.$/,
    hint: /^Choose Redis 8\.0 or newer; no move over a third version leads there either\.$/,
    given: { target: running('valkey', '8.1.1', 'b') },
  },
  {
    check: 'version-path',
    severity: 'blocker',
    says: /^carts-new runs Redis 2\.4\.16, which cannot read snapshots of Redis 2\.6 \(format 6\)\.$/,
    hint: /^Choose Redis 2\.6 or newer, or Valkey 7\.2 or newer;/,
    given: { source: running('redis', '2.6.16', 'a'), target: running('redis', '2.4.16', 'b') },
  },
  {
    check: 'version-path',
    severity: 'blocker',
    says: /which cannot be told to follow Redis 2\.2\.15: that is older than every Redis that Ferry was measured with\.$/,
    hint: /^Ferry moves Redis 2\.4 and newer\.$/,
    given: { source: running('redis', '2.2.15', 'a') },
  },
  {
    check: 'version-path',
    severity: 'confirm',
    says: /carts-new runs Redis 7\.4\.1, which does not know HSETEX, HGETEX, HGETDEL and VADD of Redis 8\.0\.2/,
    given: { target: running('redis', '7.4.1', 'b') },
  },
  {
    check: 'version-path',
    severity: 'confirm',
    says: /^carts-new runs Redis 5\.0\.14, which does not know INCRBYFLOAT and SET … KEEPTTL of Redis 6\.0\.16/,
    given: { source: running('redis', '6.0.16', 'a'), target: running('redis', '5.0.14', 'b') },
  },
  {
    check: 'version-path',
    severity: 'warning',
    says: /^carts-new does not know SET … IFEQ of Valkey 8\.1\.1, which few clients use/,
    given: { source: running('valkey', '8.1.1', 'a'), target: running('redis', '8.0.2', 'b') },
  },
  {
    check: 'version-path',
    severity: 'confirm',
    says: /^Redis 8\.4\.0 is newer than the versions that Ferry was measured with\.$/,
    given: { target: running('redis', '8.4.0', 'b') },
  },
  {
    check: 'version-path',
    severity: 'blocker',
    says: /cannot carry hash fields that expire, and it has 12 keys with such fields/,
    given: { source: { ...running('valkey', '9.1.2', 'a'), keysWithExpiringFields: 12 } },
  },
  {
    check: 'version-path',
    severity: 'warning',
    says: /it has none now/,
    given: { source: { ...running('valkey', '9.1.2', 'a'), keysWithExpiringFields: 0 } },
  },
  {
    check: 'version-path',
    severity: 'confirm',
    says: /whether it has any could not be read/,
    given: { source: running('valkey', '9.1.2', 'a') },
  },
  {
    check: 'fence',
    severity: 'ok',
    says: /^At the cutover carts-old is held by CLIENT PAUSE … WRITE, for less than 20 ms\. Writes wait until it is over/,
  },
  {
    check: 'fence',
    severity: 'warning',
    says: /held by ACL SETUSER … -@write .* less than 30 ms\. Writes are refused with NOPERM .* reads go on.* READONLY\.$/,
    given: { source: running('redis', '6.0.16', 'a') },
  },
  {
    check: 'fence',
    severity: 'warning',
    says: /held by CONFIG SET requirepass.* less than 50 ms\. Every connection is closed.* NOAUTH .* READONLY\.$/,
    given: { source: running('redis', '5.0.14', 'a') },
  },
  {
    check: 'fence',
    severity: 'warning',
    says: /less than 50 ms.* ERR operation not permitted/,
    given: { source: running('redis', '2.6.16', 'a') },
  },
  {
    check: 'fence',
    severity: 'warning',
    says: /^carts-old has no password and 1 replica \(10\.0\.0\.8:6379\): while the fence stands each gets a refusal/,
    hint: /^If the cutover is undone, have the replicas of carts-old copy everything anew/,
    given: { source: { ...running('redis', '3.2.13', 'a'), replicas: [{ host: '10.0.0.8', port: 6379 }] } },
  },
  {
    check: 'fence',
    severity: 'blocker',
    says: /^Writes on carts-old can be held only by a password that Ferry makes from FERRY_SECRET, and that is not set\./,
    hint: /^Set FERRY_SECRET for every worker/,
    given: { source: running('redis', '3.2.13', 'a'), facts: { secretAvailable: false } },
  },
  {
    check: 'fence',
    severity: 'warning',
    says: /NOPERM/,
    given: { source: running('redis', '6.0.16', 'a'), facts: { secretAvailable: false } },
  },
  {
    check: 'fence',
    severity: 'confirm',
    says: /^Ferry's password stays on carts-old after the end.* a restart opens carts-old to everybody again\..* goes on refusing everybody/,
    hint: /^Switch carts-old off after the move; until then `npm start -- password <id>` prints the password\./,
    given: { source: running('redis', '2.4.16', 'a') },
  },
  {
    check: 'fence',
    severity: 'confirm',
    says: /^carts-old has 1,204 connections, and Redis 2\.6\.16 closes them one by one: above 1,000 connections/,
    given: {
      sourceInstance: { passwordRef: 'env:OLD' },
      source: {
        ...running('redis', '2.6.16', 'a'),
        clients: { kind: 'listed', count: 1_204, subscribed: 0, groups: [] },
      },
    },
  },
  { check: 'way-back', severity: 'ok', says: /^Open after the cutover: Redis 8\.0\.2 can follow/ },
  {
    check: 'way-back',
    severity: 'warning',
    says: /But it cannot read snapshots of Redis 8\.0 \(format 12\), so a break that outlasts the backlog/,
    hint: /^Keep the time of watching short\.$/,
    given: { source: running('redis', '7.0.15', 'a') },
  },
  {
    check: 'way-back',
    severity: 'warning',
    says: /it cannot apply SETEX, SET with an expiry and XREADGROUP as Redis 8\.0\.2 passes them on/,
    hint: /^If clients write by .*SETEX.*, a revert loses those writes/,
    given: { source: running('redis', '6.0.16', 'a') },
  },
  {
    check: 'way-back',
    severity: 'warning',
    says: /^There is no way back after the cutover: Redis 3\.2\.13 cannot follow Redis 8\.0\.2 without loading a new snapshot; .* no Revert; carts-old keeps its 1,000 keys .* is on carts-new alone\.$/,
    given: { source: running('redis', '3.2.13', 'a') },
  },
  {
    check: 'relay',
    severity: 'ok',
    says: /^carts-new follows carts-old without anything in between\.$/,
  },
  {
    check: 'relay',
    severity: 'ok',
    says: /without anything in between/,
    given: { source: running('redis', '2.4.16', 'a'), target: running('redis', '5.0.14', 'b') },
  },
  {
    check: 'relay',
    severity: 'warning',
    says: /^Redis 2\.6\.16 sends parts of its stream .* Valkey 9\.1\.2 takes for damage.* relay in Ferry's worker: carts-new connects to the worker.* 10\.0\.0\.6:6379.* starts again from nothing\.$/,
    hint: /Without a relay: move to Redis 5\.0 first, and from there to Valkey 9\.1\.2\.$/,
    given: { source: running('redis', '2.6.16', 'a'), target: running('valkey', '9.1.2', 'b') },
  },
  {
    check: 'relay',
    severity: 'blocker',
    says: /relay in Ferry's worker, which speaks no TLS, and carts-old is reached over TLS\.$/,
    hint: /^Give carts-old an address in the inventory that speaks plain TCP, or move to Redis 5\.0 first/,
    given: {
      source: running('redis', '2.6.16', 'a'),
      target: running('redis', '8.0.2', 'b'),
      sourceInstance: { tls: { caRef: null, servername: null } },
    },
  },
  {
    check: 'tls',
    severity: 'blocker',
    says: /^carts-new follows over TLS only .* relay, which it would have to follow, speaks plain TCP\.$/,
    hint: /^Set `tls-replication no` on carts-new for the move, if/,
    given: {
      source: running('redis', '2.6.16', 'a'),
      target: { ...running('redis', '8.0.2', 'b'), setting: { 'tls-replication': 'yes' } },
    },
  },
];
