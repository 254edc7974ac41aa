// Facts out of what real servers of every version said, and names alone out of their slow logs (I9).

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { capabilitiesOf } from '../../../src/migration/capabilities.ts';
import { identityOf, parseInfo } from '../../../src/redis/info.ts';
import { factsCommand, factsOf, timeOf } from '../../../src/redis/latency/facts.ts';
import { latencyEventsOf, slowEntriesOf } from '../../../src/redis/latency/slow-log.ts';

const ROOT = join(import.meta.dirname, '../../fixtures/info');
const NOTHING = { slow: null, events: null, slowerThanMs: null };
/** Folders of one version each. */
const versions = readdirSync(ROOT).filter((folder) => !folder.includes('__to__'));

function read(path: string) {
  return parseInfo(readFileSync(join(ROOT, path), 'utf8'));
}

describe.each(versions)('%s', (version) => {
  const info = read(`${version}/idle-primary.txt`);
  const can = capabilitiesOf(identityOf(info));

  it('tells what every version tells', () => {
    const facts = factsOf(info, 1_000, null, NOTHING);
    expect(facts).toMatchObject({
      at: 1_000,
      snapshotRunning: false,
      aofRewriteRunning: false,
      loading: false,
    });
    expect(facts.latestForkUs).toBeGreaterThanOrEqual(0);
    for (const told of [
      facts.expiredKeys,
      facts.evictedKeys,
      facts.commands,
      facts.usedMemoryBytes,
      facts.residentBytes,
    ])
      expect(told).toBeGreaterThanOrEqual(0);
    expect(facts.cpuMs).toBeGreaterThan(0);
  });

  it('tells null for what it does not count', () => {
    const facts = factsOf(info, 1_000, null, NOTHING);
    const isFrom = (capability: Parameters<typeof can.can>[0], told: number | null): void => {
      expect(told === null).toBe(!can.can(capability));
    };
    isFrom('pause-writes', facts.forks);
    isFrom('acl', facts.expireCycleMs);
    isFrom('functions', facts.evictionMs);
    isFrom('maxmemory-in-info', facts.systemMemoryBytes);
  });

  it('is asked for few sections where it gives several', () => {
    expect(factsCommand(can).length > 1).toBe(can.can('several-info-sections'));
  });
});

it('sees a snapshot that is being written, on the oldest as well', () => {
  const running = read('2.4.16/primary-wait_bgsave-bgsave1.txt');
  expect(factsOf(running, 0, null, NOTHING).snapshotRunning).toBe(true);
});

it('counts pauses where subcommands are counted', () => {
  const info = parseInfo('cmdstat_info:calls=3,usec=9\r\ncmdstat_client|pause:calls=2,usec=1\r\n');
  expect(factsOf(info, 0, null, NOTHING)).toMatchObject({ pauses: 2, unpauses: 0 });
  expect(factsOf(parseInfo('used_memory:1'), 0, null, NOTHING)).toMatchObject({
    pauses: null,
    unpauses: null,
  });
});

it('reads TIME', () => {
  expect(timeOf(['1700000000', '250000'])).toBe(1_700_000_000_250);
  expect(timeOf(null)).toBeNull();
});

describe('the slow log', () => {
  const entry = (...words: string[]) => [5, 1_700_000_000, 20_000, words];

  it.each([
    [['EVAL', 'return "secret"', '0'], 'EVAL'],
    [['set', 'user:ana', 'secret'], 'SET'],
    [['DEBUG', 'SLEEP', '0.1'], 'DEBUG SLEEP'],
    [['client', 'list'], 'CLIENT LIST'],
    [['CONFIG', 'SET', 'requirepass', 'secret'], 'CONFIG SET'],
    [['SCRIPT', 'secret'], 'SCRIPT'],
    [['AUTH', 'secret'], 'AUTH'],
    [['two words', 'x'], 'a command'],
    [[], 'a command'],
  ])('I9 of %j tells %s', (words, command) => {
    expect(slowEntriesOf([entry(...words)])).toEqual([
      { id: 5, endedAtSeconds: 1_700_000_000, durationMs: 20, command, byFerry: false },
    ]);
  });

  it("tells Ferry's own commands by the name of the connection, from 4.0 on", () => {
    const of = (name: string) => slowEntriesOf([[...entry('INFO'), '127.0.0.1:5', name]])?.[0]?.byFerry;
    expect([of('ferry'), of('ferry:probe-facts'), of('ferryman'), of('')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('is null where it was refused, and skips what it does not understand', () => {
    expect(slowEntriesOf(null)).toBeNull();
    expect(slowEntriesOf([['x'], entry('GET', 'k'), 3])).toHaveLength(1);
  });
});

it('reads the events of the latency monitor', () => {
  expect(latencyEventsOf([['command', 1_700_000_000, 200, 300], ['bad']])).toEqual([
    { event: 'command', atSeconds: 1_700_000_000, durationMs: 200 },
  ]);
  expect(latencyEventsOf(undefined)).toBeNull();
});
