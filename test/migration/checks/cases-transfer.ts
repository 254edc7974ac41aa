// One sound and at least one spoiled case for each check about what can be transferred, and back.

import type { Case } from './case.ts';
import { GB } from './sound-facts.ts';

const running = (product: 'redis' | 'valkey', version: string, runId: string) => ({
  identity: { product, version, runId },
});

export const TRANSFER_CASES: readonly Case[] = [
  { check: 'version-path', severity: 'ok', says: /^Redis 8\.0\.2 can follow Redis 8\.0\.2\.$/ },
  {
    check: 'version-path',
    severity: 'blocker',
    says: /^carts-new runs Valkey 8\.1\.1, which cannot read snapshots of Redis 8\.0 \(format 12\)\.$/,
    hint: /^Choose Redis 8\.0 or newer\.$/,
    given: { target: running('valkey', '8.1.1', 'b') },
  },
  {
    check: 'version-path',
    severity: 'blocker',
    says: /^carts-old runs Redis 6\.0\.16, which cannot hold writes/,
    hint: /older versions come later/,
    given: { source: running('redis', '6.0.16', 'a') },
  },
  {
    check: 'version-path',
    severity: 'confirm',
    says: /carts-new runs Redis 7\.4\.1, which does not know HSETEX, HGETEX and HGETDEL of Redis 8\.0\.2/,
    given: { target: running('redis', '7.4.1', 'b') },
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
  { check: 'way-back', severity: 'ok', says: /^Open after the cutover: Redis 8\.0\.2 can follow/ },
  {
    check: 'way-back',
    severity: 'warning',
    says: /But it cannot read snapshots of Redis 8\.0 \(format 12\), so a break that outlasts the backlog/,
    given: { source: running('redis', '7.0.15', 'a') },
  },
  {
    check: 'way-back',
    severity: 'warning',
    says: /There is no way back .* carts-old keeps its 1,000 keys .* a revert loses what was written since/,
    given: { source: running('redis', '3.2.13', 'a') },
  },
  { check: 'replication-auth', severity: 'ok', says: /carts-new has what it needs to log in at carts-old/ },
  {
    check: 'replication-auth',
    severity: 'ok',
    says: /Ferry sets the login that carts-new needs at carts-old and puts it back/,
    given: {
      sourceInstance: { passwordRef: 'env:OLD' },
      target: { replicationAuth: { password: 'own', user: 'empty' } },
    },
  },
  {
    check: 'replication-auth',
    severity: 'blocker',
    says: /carts-new has `masterauth` set to something that the inventory does not know/,
    given: { target: { replicationAuth: { password: 'foreign', user: 'empty' } } },
  },
  {
    check: 'replication-auth',
    severity: 'blocker',
    says: /carts-new has `masterauth` set to its own, which carts-old does not ask for and refuses/,
    given: { target: { replicationAuth: { password: 'own', user: 'needed' } } },
  },
  {
    check: 'replication-auth',
    severity: 'blocker',
    says: /carts-new has `masteruser` set to its own/,
    given: {
      sourceInstance: { passwordRef: 'env:OLD', username: null },
      target: { replicationAuth: { password: 'own', user: 'own' } },
    },
  },
  {
    check: 'replication-auth',
    severity: 'warning',
    says: /carts-old has `masteruser` .* the way back stays closed/,
    given: {
      targetInstance: { passwordRef: 'env:NEW' },
      source: { replicationAuth: { password: 'needed', user: 'foreign' } },
    },
  },
  {
    check: 'replication-auth',
    severity: 'ok',
    says: /carts-old has what it needs/,
    given: { source: { replicationAuth: { password: 'needed', user: 'foreign' } } },
  },
  {
    check: 'replication-auth',
    severity: 'confirm',
    says: /could not be read/,
    given: { target: { replicationAuth: { password: 'unknown', user: 'unknown' } } },
  },
  { check: 'tls', severity: 'ok', says: /carts-new would follow carts-old over plain TCP/ },
  {
    check: 'tls',
    severity: 'ok',
    says: /carts-new would follow carts-old over TLS/,
    given: {
      sourceInstance: { tls: { caRef: null, servername: null } },
      target: { setting: { 'tls-replication': 'yes' } },
    },
  },
  {
    check: 'tls',
    severity: 'blocker',
    says: /carts-new would speak plain TCP to carts-old, which the inventory reaches over TLS/,
    hint: /`tls-replication yes` on carts-new/,
    given: { sourceInstance: { tls: { caRef: null, servername: null } } },
  },
  {
    check: 'tls',
    severity: 'confirm',
    says: /Its replication address is another one/,
    given: {
      sourceInstance: {
        tls: { caRef: null, servername: null },
        replicationAddress: { host: '10.0.0.5', port: 6380 },
      },
    },
  },
  {
    check: 'tls',
    severity: 'warning',
    says: /carts-old would speak plain TCP to carts-new.* The way back would stay closed/,
    given: { targetInstance: { tls: { caRef: null, servername: null } } },
  },
  {
    check: 'tls',
    severity: 'confirm',
    says: /could not be read/,
    given: { target: { setting: { 'tls-replication': null } } },
  },
  {
    check: 'memory',
    severity: 'ok',
    says: /carts-old uses 1 GB; carts-new has no limit, on a machine with 16 GB/,
  },
  {
    check: 'memory',
    severity: 'blocker',
    says: /a limit \(maxmemory\) of 512 MB\. The data does not fit/,
    hint: /Raise `maxmemory` on carts-new/,
    given: { target: { maxMemoryBytes: GB / 2 } },
  },
  {
    check: 'memory',
    severity: 'confirm',
    says: /less than 10% to spare/,
    given: { target: { systemMemoryBytes: GB * 1.05 } },
  },
  {
    check: 'memory',
    severity: 'confirm',
    says: /could not be read/,
    given: { target: { maxMemoryBytes: null } },
  },
  { check: 'eviction', severity: 'ok', says: /carts-old drops no keys right now/ },
  {
    check: 'eviction',
    severity: 'confirm',
    says: /carts-new drops keys \(allkeys-lru\) where carts-old does otherwise/,
    given: { target: { maxMemoryBytes: 8 * GB, setting: { 'maxmemory-policy': 'allkeys-lru' } } },
  },
  {
    check: 'eviction',
    severity: 'warning',
    says: /carts-new refuses writes \(noeviction\) where carts-old drops keys \(allkeys-lfu\)/,
    given: {
      source: { setting: { 'maxmemory-policy': 'allkeys-lfu' } },
      target: { maxMemoryBytes: 8 * GB },
    },
  },
  {
    check: 'eviction',
    severity: 'warning',
    says: /dropped 41 keys during this survey/,
    given: { source: { evictedDuringSurvey: 41 } },
  },
  {
    check: 'eviction',
    severity: 'confirm',
    says: /could not be read/,
    given: { target: { setting: { 'maxmemory-policy': null } } },
  },
  { check: 'databases', severity: 'ok', says: /uses databases up to 0; carts-new has 16/ },
  {
    check: 'databases',
    severity: 'blocker',
    says: /carts-old uses database 16; carts-new has 16, numbered 0 to 15/,
    given: { source: { keysByDb: { 0: 5, 16: 1 }, setting: { databases: '32' } } },
  },
  {
    check: 'databases',
    severity: 'warning',
    says: /offers 32 databases and uses none above 0/,
    given: { source: { setting: { databases: '32' } } },
  },
  {
    check: 'databases',
    severity: 'confirm',
    says: /number of databases of carts-new could not be read/,
    given: { target: { setting: { databases: null } } },
  },
  { check: 'modules', severity: 'ok', says: /carts-old has no modules/ },
  {
    check: 'modules',
    severity: 'ok',
    says: /every module of carts-old: bf/,
    given: { source: { modules: ['bf'] }, target: { modules: ['search', 'bf'] } },
  },
  {
    check: 'modules',
    severity: 'blocker',
    says: /modules that carts-new lacks: bf/,
    given: { source: { modules: ['bf'] } },
  },
  {
    check: 'modules',
    severity: 'confirm',
    says: /modules of carts-old could not be read/,
    given: { source: { modules: null } },
  },
  { check: 'functions', severity: 'ok', says: /carts-old has no functions/ },
  {
    check: 'functions',
    severity: 'confirm',
    says: /function libraries that carts-old lacks: till\. Syncing deletes them/,
    given: { target: { functionLibraries: ['till'] } },
  },
  {
    check: 'functions',
    severity: 'confirm',
    says: /function libraries of carts-new could not be read/,
    given: { target: { functionLibraries: null } },
  },
];
