// One sound and at least one spoiled case for each check about what can be transferred, and back.

import type { Case } from './case.ts';
import { GB } from './sound-facts.ts';

const running = (product: 'redis' | 'valkey', version: string, runId: string) => ({
  identity: { product, version, runId },
});

export const TRANSFER_CASES: readonly Case[] = [
  { check: 'replication-auth', severity: 'ok', says: /carts-new has what it needs to log in at carts-old/ },
  {
    check: 'replication-auth',
    severity: 'ok',
    says: /Ferry sets the login that carts-new needs at carts-old and puts it back/,
    given: {
      sourceInstance: { passwordRef: 'env:OLD' },
      target: { replicationAuth: { password: 'own', user: 'empty', isSendable: true } },
    },
  },
  {
    check: 'replication-auth',
    severity: 'blocker',
    says: /carts-new has `masterauth` set to something that the inventory does not know/,
    given: { target: { replicationAuth: { password: 'foreign', user: 'empty', isSendable: true } } },
  },
  {
    check: 'replication-auth',
    severity: 'blocker',
    says: /carts-new has `masterauth` set to its own, which carts-old does not ask for and refuses/,
    given: { target: { replicationAuth: { password: 'own', user: 'needed', isSendable: true } } },
  },
  {
    check: 'replication-auth',
    severity: 'blocker',
    says: /carts-new has `masteruser` set to its own/,
    given: {
      sourceInstance: { passwordRef: 'env:OLD', username: null },
      target: { replicationAuth: { password: 'own', user: 'own', isSendable: true } },
    },
  },
  {
    check: 'replication-auth',
    severity: 'warning',
    says: /carts-old has `masteruser` .* the way back stays closed/,
    given: {
      targetInstance: { passwordRef: 'env:NEW' },
      source: { replicationAuth: { password: 'needed', user: 'foreign', isSendable: true } },
    },
  },
  {
    check: 'replication-auth',
    severity: 'ok',
    says: /carts-old has what it needs/,
    given: { source: { replicationAuth: { password: 'needed', user: 'foreign', isSendable: true } } },
  },
  {
    check: 'replication-auth',
    severity: 'blocker',
    says: /carts-new cannot log in at carts-old as `ferry`: Redis 5\.0\.14 has one password and no users/,
    hint: /the default user of carts-old/,
    given: {
      sourceInstance: { passwordRef: 'env:OLD' },
      target: {
        ...running('redis', '5.0.14', 'b'),
        replicationAuth: { password: 'empty', user: 'empty', isSendable: true },
      },
    },
  },
  {
    check: 'replication-auth',
    severity: 'warning',
    says: /carts-old cannot log in at carts-new as `ferry`.* The way back stays closed/,
    given: {
      targetInstance: { passwordRef: 'env:NEW' },
      source: {
        ...running('redis', '5.0.14', 'a'),
        replicationAuth: { password: 'empty', user: 'empty', isSendable: true },
      },
    },
  },
  {
    check: 'replication-auth',
    severity: 'blocker',
    says: /carts-new cannot log in at carts-old: Redis 4\.0\.14 sends its login as one line/,
    hint: /without spaces and quotes/,
    given: {
      sourceInstance: { passwordRef: 'env:OLD', username: null },
      target: {
        ...running('redis', '4.0.14', 'b'),
        replicationAuth: { password: 'empty', user: 'needed', isSendable: false },
      },
    },
  },
  {
    check: 'replication-auth',
    severity: 'confirm',
    says: /could not be read/,
    given: { target: { replicationAuth: { password: 'unknown', user: 'unknown', isSendable: true } } },
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
    severity: 'warning',
    says: /carts-new would speak plain TCP to carts-old, .* Ferry will set `tls-replication yes` on carts-new and put `no` back/,
    given: { sourceInstance: { tls: { caRef: null, servername: null } } },
  },
  {
    check: 'tls',
    severity: 'warning',
    says: /carts-new would speak TLS to carts-old, .* Ferry will set `tls-replication no` on carts-new and put `yes` back/,
    given: { target: { setting: { 'tls-replication': 'yes' } } },
  },
  {
    check: 'tls',
    severity: 'blocker',
    says: /carts-old is reached over TLS, and carts-new has no certificate/,
    hint: /`tls-cert-file`/,
    given: {
      sourceInstance: { tls: { caRef: null, servername: null } },
      target: { setting: { 'tls-cert-file': '' } },
    },
  },
  {
    check: 'tls',
    severity: 'blocker',
    says: /carts-old is reached over TLS, and carts-new does not speak TLS/,
    given: {
      sourceInstance: { tls: { caRef: null, servername: null } },
      target: { ...running('redis', '5.0.14', 'b'), setting: { 'tls-replication': '' } },
    },
  },
  {
    check: 'tls',
    severity: 'ok',
    says: /^carts-new would follow carts-old over plain TCP\.$/,
    given: {
      sourceInstance: { tls: { caRef: null, servername: null } },
      source: running('redis', '2.4.16', 'a'),
    },
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
    says: /carts-new is reached over TLS, and carts-old has no CA .* The way back would stay closed/,
    given: {
      targetInstance: { tls: { caRef: null, servername: null } },
      source: { setting: { 'tls-ca-cert-file': '' } },
    },
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
    says: /^carts-old has modules that carts-new lacks: bf\. Their data cannot be loaded there\.$/,
    given: { source: { modules: ['bf'], usedModules: ['bf'] } },
  },
  {
    check: 'modules',
    severity: 'blocker',
    says: /modules that carts-new lacks: bf\./,
    given: { source: { modules: ['bf'], usedModules: null } },
  },
  {
    check: 'modules',
    severity: 'confirm',
    says: /lacks: bf\. No command of theirs was run in the 1,?440 min since carts-old started/,
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
    severity: 'blocker',
    says: /carts-old has function libraries, till, which carts-new cannot take: Redis 6\.2\.16 has no functions/,
    given: { source: { functionLibraries: ['till'] }, target: running('redis', '6.2.16', 'b') },
  },
  {
    check: 'functions',
    severity: 'confirm',
    says: /function libraries of carts-new could not be read/,
    given: { target: { functionLibraries: null } },
  },
];
