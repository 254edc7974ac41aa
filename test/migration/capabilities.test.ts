// What each version can do, at the edges where it changes, what Ferry says where it cannot, and what the servers'
// own INFO answers say of it.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  CAPABILITIES,
  type Capability,
  capabilitiesOf,
  compareVersions,
  nameOf,
  type Running,
} from '../../src/migration/capabilities.ts';

const redis = (version: string): Running => ({ product: 'redis', version });
const valkey = (version: string): Running => ({ product: 'valkey', version });

/** Servers whose INFO answers are kept, and so every version that Ferry was measured with. */
const INFO = 'test/fixtures/info';
const SERVERS = readdirSync(INFO).filter((name) => !name.includes('__to__'));
const running = (server: string): Running =>
  server.startsWith('valkey-') ? valkey(server.slice('valkey-'.length)) : redis(server);

/** First measured version that has it, and the newest before it that has not. */
const FIRST: Readonly<Record<Capability, readonly [has: string, hasNot: string]>> = {
  'run-id': ['2.6.16', '2.4.16'],
  'info-sections': ['2.6.16', '2.4.16'],
  'auth-while-loading': ['2.6.16', '2.4.16'],
  scripts: ['2.6.16', '2.4.16'],
  'replicates-scripts': ['2.4.16', '7.0.15'],
  time: ['2.6.16', '2.4.16'],
  milliseconds: ['2.6.16', '2.4.16'],
  'read-only-replica': ['2.6.16', '2.4.16'],
  'output-buffer-limit': ['2.6.16', '2.4.16'],
  'client-names': ['2.6.16', '2.6.8'],
  offsets: ['2.8.24', '2.6.16'],
  backlog: ['2.8.24', '2.6.16'],
  scan: ['2.8.24', '2.6.16'],
  'latency-monitor': ['2.8.24', '2.6.16'],
  'config-rewrite': ['2.8.24', '2.6.16'],
  'pubsub-counts': ['2.8.24', '2.6.16'],
  'sends-whole-commands': ['2.8.24', '2.6.16'],
  'client-ids': ['2.8.24', '2.8.11'],
  'exists-many': ['3.2.13', '3.0.2'],
  'maxmemory-in-info': ['3.2.13', '2.8.24'],
  psync2: ['4.0.14', '3.2.13'],
  modules: ['4.0.14', '3.2.13'],
  unlink: ['4.0.14', '3.2.13'],
  'client-id': ['5.0.14', '4.0.14'],
  streams: ['5.0.14', '4.0.14'],
  'replica-words': ['5.0.14', '4.0.14'],
  'sends-any-password': ['5.0.14', '4.0.14'],
  'takes-inline-commands': ['2.4.16', '6.0.16'],
  acl: ['6.0.16', '5.0.14'],
  tls: ['6.0.16', '5.0.14'],
  'pause-writes': ['6.2.16', '6.0.16'],
  'small-pages': ['6.2.16', '6.0.16'],
  'quiet-transactions': ['6.2.16', '6.0.16'],
  'error-counts': ['6.2.16', '6.0.16'],
  'acl-channels': ['6.2.16', '6.0.16'],
  'acl-dryrun': ['7.0.15', '6.2.16'],
  expiretime: ['7.0.15', '6.2.16'],
  'subcommand-counts': ['7.0.15', '6.2.16'],
  'several-info-sections': ['7.0.15', '6.2.16'],
  functions: ['7.0.15', '6.2.16'],
  'buffer-covers-backlog': ['7.0.15', '6.2.16'],
  'settings-while-loading': ['7.0.15', '6.2.16'],
  'acl-as-given': ['7.2.6', '7.0.15'],
  'client-no-touch': ['7.2.6', '7.0.15'],
};

/** What newer versions cannot do any more. */
const LOST: readonly Capability[] = ['takes-inline-commands', 'replicates-scripts'];
const LASTING = CAPABILITIES.filter((capability) => !LOST.includes(capability));

describe('capabilities', () => {
  test.each(CAPABILITIES)('%s comes with its version, with a reason where it is not', (capability) => {
    const [has, hasNot] = FIRST[capability];
    expect(capabilitiesOf(redis(has)).can(capability)).toBe(true);
    expect(capabilitiesOf(redis(has)).whyNot(capability)).toBe('');
    expect(capabilitiesOf(redis(hasNot)).can(capability)).toBe(false);
    const why = LOST.includes(capability) ? '\\.$' : '; Redis \\d+(\\.\\d+)+ and newer can\\.$';
    expect(capabilitiesOf(redis(hasNot)).whyNot(capability)).toMatch(
      new RegExp(`^Redis ${hasNot} \\S.*${why}`),
    );
  });

  test.each(CAPABILITIES)('%s: all before the edge differ from all after it', (capability) => {
    const edge = FIRST[capability][LOST.includes(capability) ? 1 : 0];
    for (const version of SERVERS.map(running).flatMap((each) =>
      each.product === 'redis' ? each.version : [],
    )) {
      const after = compareVersions(version, edge) >= 0;
      expect(`${version} ${capabilitiesOf(redis(version)).can(capability)}`).toBe(
        `${version} ${after !== LOST.includes(capability)}`,
      );
    }
  });

  test('Valkey has all that Redis 7.2 had, from its first version on', () => {
    for (const version of ['7.2.4', '8.0.1', '8.1.1', '9.1.2']) {
      const able = capabilitiesOf(valkey(version));
      expect(CAPABILITIES.filter((capability) => able.can(capability))).toEqual(LASTING);
      expect(able.whyNot('takes-inline-commands')).toMatch(new RegExp(`^Valkey ${version} takes inline`));
    }
  });

  test('10.0 is newer than 9.1, and 7.10 than 7.2', () => {
    expect(compareVersions('10.0.0', '9.1.2')).toBeGreaterThan(0);
    expect(compareVersions('7.10.0', '7.2.6')).toBeGreaterThan(0);
    expect(compareVersions('7.0', '7.0.0')).toBe(0);
    expect(compareVersions('8.0-m01', '8.0.2')).toBeLessThan(0);
  });

  test('I10 a version newer than measured can what the newest can, and is flagged', () => {
    for (const server of SERVERS) expect(capabilitiesOf(running(server)).measured).toBe(true);
    for (const newer of [redis('8.2.0'), redis('9.0.0'), valkey('9.2.0'), valkey('10.0.0')]) {
      const able = capabilitiesOf(newer);
      expect(able.measured).toBe(false);
      expect(able.tooOld).toBe(false);
      expect(CAPABILITIES.filter((capability) => able.can(capability))).toEqual(LASTING);
    }
  });

  test('I10 what is older than 2.4, or does not tell its version, can nothing', () => {
    for (const version of ['2.2.15', 'unknown', '']) {
      const able = capabilitiesOf(redis(version));
      expect(able.tooOld).toBe(true);
      expect(CAPABILITIES.filter((capability) => able.can(capability))).toEqual([]);
    }
    expect(capabilitiesOf(valkey('unknown')).tooOld).toBe(true);
    expect(SERVERS.filter((server) => capabilitiesOf(running(server)).tooOld)).toEqual([]);
  });

  test('Valkey is called by its own name and version', () => {
    expect(nameOf(valkey('8.1.1'))).toBe('Valkey 8.1.1');
    expect(nameOf(redis('7.0.15'))).toBe('Redis 7.0.15');
  });
});

describe('what the servers say themselves', () => {
  /** What only a server with the capability says while it is an idle primary. */
  const TELLS: Readonly<Partial<Record<Capability, RegExp>>> = {
    'run-id': /^run_id:[0-9a-f]{40}$/m,
    'info-sections': /^# Replication$/m,
    scripts: /^used_memory_lua:/m,
    offsets: /^master_repl_offset:/m,
    backlog: /^repl_backlog_size:/m,
    'config-rewrite': /^config_file:/m,
    'maxmemory-in-info': /^maxmemory:/m,
    psync2: /^master_replid2:/m,
    acl: /^tracking_clients:/m,
    'error-counts': /^total_error_replies:/m,
    functions: /^number_of_functions:/m,
  };

  test('sixteen servers are known', () => {
    expect(SERVERS).toHaveLength(16);
  });

  describe.each(SERVERS)('%s', (server) => {
    const info = readFileSync(`${INFO}/${server}/idle-primary.txt`, 'utf8').replaceAll('\r', '');
    const able = capabilitiesOf(running(server));

    test.each(Object.entries(TELLS))('%s shows in INFO', (capability, tell) => {
      const known = CAPABILITIES.find((each) => each === capability);
      expect(known && able.can(known)).toBe(tell.test(info));
    });

    test('a replica says that it is read-only where it can be', () => {
      const replica = readFileSync(`${INFO}/${server}/replica-online.txt`, 'utf8');
      expect(able.can('read-only-replica')).toBe(/^slave_read_only:/m.test(replica));
      expect(able.can('offsets')).toBe(/^slave_repl_offset:/m.test(replica));
    });
  });
});
