// One sound and at least one spoiled case for each check about settings, persistence and cost.

import type { Case } from './case.ts';
import { GB, MB } from './sound-facts.ts';

const running = (version: string, runId: string) => ({
  identity: { product: 'redis', version, runId } as const,
});

export const SETTING_CASES: readonly Case[] = [
  { check: 'read-only', severity: 'ok', says: /carts-old refuses writes while it follows/ },
  {
    check: 'read-only',
    severity: 'blocker',
    says: /carts-old accepts writes while it follows .* two servers could take writes at once/,
    hint: /CONFIG SET replica-read-only yes/,
    given: { source: { setting: { 'replica-read-only': 'no' } } },
  },
  {
    check: 'read-only',
    severity: 'warning',
    says: /^Redis 2\.4\.16 takes writes even as a replica.* Ferry's password keeps clients out of it/,
    hint: /npm start -- password/,
    given: { source: { ...running('2.4.16', 'a'), setting: { 'replica-read-only': '' } } },
  },
  {
    check: 'read-only',
    severity: 'blocker',
    says: /\(`slave-read-only no`\)/,
    hint: /CONFIG SET slave-read-only yes/,
    given: { source: { ...running('3.2.13', 'a'), setting: { 'replica-read-only': 'no' } } },
  },
  {
    check: 'read-only',
    severity: 'confirm',
    says: /could not be read/,
    given: { target: { setting: { 'replica-read-only': null } } },
  },
  { check: 'stale-data', severity: 'ok', says: /answers reads while its link is down/ },
  {
    check: 'stale-data',
    severity: 'blocker',
    says: /carts-new refuses reads while its link is down/,
    given: { target: { setting: { 'replica-serve-stale-data': 'no' } } },
  },
  {
    check: 'stale-data',
    severity: 'confirm',
    says: /could not be read/,
    given: { source: { setting: { 'replica-serve-stale-data': null } } },
  },
  { check: 'min-replicas', severity: 'ok', says: /carts-new takes writes without replicas/ },
  {
    check: 'min-replicas',
    severity: 'blocker',
    says: /takes writes only with 2 replicas connected/,
    given: { target: { setting: { 'min-replicas-to-write': '2' } } },
  },
  {
    check: 'min-replicas',
    severity: 'confirm',
    says: /could not be read/,
    given: { target: { setting: { 'min-replicas-to-write': null } } },
  },
  { check: 'output-buffer', severity: 'ok', says: /^The output buffer for replicas is 64 MB/ },
  {
    check: 'output-buffer',
    severity: 'warning',
    says: /is 64 MB; at up to 4 MB\/s of writes and up to 3 min of sync it needs up to 1\.3 GB\. Ferry will set 2 GB/,
    given: { source: { usedMemoryBytes: 4.4 * GB, inputBytesPerSecond: 4 * MB } },
  },
  {
    check: 'output-buffer',
    severity: 'confirm',
    says: /more than half of the 2 GB that its machine has left/,
    given: {
      source: { usedMemoryBytes: 4 * GB, systemMemoryBytes: 6 * GB, inputBytesPerSecond: 4 * MB },
    },
  },
  {
    check: 'output-buffer',
    severity: 'ok',
    says: /for replicas is not limited/,
    given: {
      source: { inputBytesPerSecond: 90 * MB, setting: { 'client-output-buffer-limit': 'slave 0 0 0' } },
    },
  },
  {
    check: 'output-buffer',
    severity: 'confirm',
    says: /does not tell how much is written to it: 1 KB is assumed for each of its 20,000 commands a second.* Ferry will set 2 GB/,
    given: { source: { inputBytesPerSecond: null, opsPerSecond: 20_000 } },
  },
  {
    check: 'output-buffer',
    severity: 'ok',
    says: /for replicas is not limited/,
    given: { source: { ...running('2.4.16', 'a'), inputBytesPerSecond: null } },
  },
  {
    check: 'output-buffer',
    severity: 'confirm',
    says: /limit of carts-old could not be read/,
    given: { source: { setting: { 'client-output-buffer-limit': null } } },
  },
  {
    check: 'backlog',
    severity: 'warning',
    says: /^Redis 2\.6\.16 has no replication backlog: each broken link is a new snapshot/,
    given: { source: { ...running('2.6.16', 'a'), setting: { 'repl-backlog-size': '' } } },
  },
  {
    check: 'repl-timeout',
    severity: 'ok',
    says: /carts-old waits 10 min for a quiet link\. carts-new waits/,
  },
  {
    check: 'repl-timeout',
    severity: 'warning',
    says: /carts-new waits 60 s for a quiet link, and the sync takes up to 44 s\. Ferry will set 2 min and put 60 s back/,
    given: { target: { setting: { 'repl-timeout': '60' } } },
  },
  {
    check: 'repl-timeout',
    severity: 'ok',
    says: /carts-old does not tell its replication timeout/,
    given: { source: { setting: { 'repl-timeout': '' } } },
  },
  {
    check: 'repl-timeout',
    severity: 'confirm',
    says: /could not be read/,
    given: { source: { setting: { 'repl-timeout': null } } },
  },
  { check: 'diskless-delay', severity: 'ok', says: /carts-new waits before a full resync/ },
  {
    check: 'diskless-delay',
    severity: 'warning',
    says: /Ferry will set `repl-diskless-sync yes` and `repl-diskless-sync-delay 5` on carts-new and put it back/,
    given: { target: { setting: { 'repl-diskless-sync': 'no', 'repl-diskless-sync-delay': '0' } } },
  },
  {
    check: 'diskless-delay',
    severity: 'ok',
    says: /does not follow carts-new after the cutover/,
    given: { source: running('3.2.13', 'a') },
  },
  {
    check: 'diskless-delay',
    severity: 'confirm',
    says: /could not be read/,
    given: { target: { setting: { 'repl-diskless-sync': null } } },
  },
  { check: 'backlog', severity: 'ok', says: /The backlog of carts-old is 64 MB/ },
  {
    check: 'backlog',
    severity: 'warning',
    says: /backlog of carts-new is 1 MB, about 250 ms of a broken link\. Ferry will set 512 MB, about 2 min .* put 1 MB back/,
    given: {
      source: { inputBytesPerSecond: 4 * MB },
      target: { setting: { 'repl-backlog-size': String(MB) } },
    },
  },
  {
    check: 'backlog',
    severity: 'confirm',
    says: /^The replication backlog of carts-new could not be read\.$/,
    given: { target: { setting: { 'repl-backlog-size': null } } },
  },
  {
    check: 'snapshot-cost',
    severity: 'ok',
    says: /fork will stop carts-old for about 20 ms \(1 GB, as its last fork\)/,
  },
  {
    check: 'snapshot-cost',
    severity: 'warning',
    says: /stop carts-old for about 200 ms \(8 GB, with which it has not forked yet: 72 ms to 2 s by machine/,
    given: { source: { latestForkUs: 0, usedMemoryBytes: 8 * GB } },
  },
  {
    check: 'snapshot-cost',
    severity: 'ok',
    says: /Up to 1 GB are sent to carts-new, not written to disk, .* The sync takes 10 to 44 s\. .* copied, up to 25 MB/,
  },
  {
    check: 'snapshot-cost',
    severity: 'ok',
    says: /at the present load, up to 1 GB if its machine gives it huge pages, which cannot be seen\.$/,
    given: { source: { ...running('6.0.16', 'a'), opsPerSecond: 2_000 } },
  },
  {
    check: 'snapshot-cost',
    severity: 'confirm',
    says: /How much memory the machine of carts-old has could not be read: while the snapshot/,
    given: { source: { systemMemoryBytes: null } },
  },
  {
    check: 'snapshot-cost',
    severity: 'warning',
    says: /uses 12 GB of 16 GB: while the snapshot is written/,
    given: { source: { usedMemoryBytes: 12 * GB } },
  },
  {
    check: 'snapshot-cost',
    severity: 'confirm',
    says: /last snapshot of carts-old failed/,
    given: { source: { lastSaveOk: false } },
  },
  { check: 'config-file', severity: 'ok', says: /carts-new keeps its role over a restart/ },
  {
    check: 'config-file',
    severity: 'warning',
    says: /carts-old runs without a config file\. A restart after the cutover makes it a primary again/,
    given: { source: { configFile: '' } },
  },
  {
    check: 'config-file',
    severity: 'warning',
    says: /^Redis 2\.6\.16 cannot write its config file .* makes it a primary again/,
    hint: /`slaveof 127\.0\.0\.1 1`/,
    given: { source: { ...running('2.6.16', 'a'), configFile: null } },
  },
  {
    check: 'config-file',
    severity: 'confirm',
    says: /could not be read/,
    given: { target: { configFile: null } },
  },
  { check: 'source-persistence', severity: 'ok', says: /carts-old writes an AOF/ },
  {
    check: 'source-persistence',
    severity: 'warning',
    says: /it comes back empty and carts-new is emptied with it/,
    given: { source: { setting: { appendonly: 'no', save: '' } } },
  },
  {
    check: 'source-persistence',
    severity: 'confirm',
    says: /could not be read/,
    given: { source: { setting: { appendonly: null, save: '' } } },
  },
  {
    check: 'target-persistence',
    severity: 'ok',
    says: /carts-new writes snapshots \(3600 1\)/,
    given: { target: { setting: { appendonly: 'no' } } },
  },
  {
    check: 'target-persistence',
    severity: 'warning',
    says: /carts-new writes nothing to disk\. After the cutover/,
    given: { target: { setting: { appendonly: 'no', save: '' } } },
  },
  { check: 'clock', severity: 'ok', says: /agree to the second/ },
  {
    check: 'clock',
    severity: 'warning',
    says: /clock of carts-new is 90 s ahead of that of carts-old: after the cutover keys expire that much early/,
    given: { source: { clockAheadMs: -30_000 }, target: { clockAheadMs: 60_000 } },
  },
  {
    check: 'clock',
    severity: 'warning',
    says: /Whether the clocks agree is not known: Redis 2\.4\.16 does not tell its clock/,
    given: { source: { ...running('2.4.16', 'a'), clockAheadMs: null } },
  },
  {
    check: 'clock',
    severity: 'confirm',
    says: /clock of carts-old could not be read/,
    given: { source: { clockAheadMs: null } },
  },
];
