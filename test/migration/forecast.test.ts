// What is foreseen of a transfer holds what was measured of real ones, and is a range where nobody can know.

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foresee, type Range, TIMED_STAGES } from '../../src/migration/forecast.ts';
import type { ServerFacts } from '../../src/migration/survey-facts.ts';
import { infoNumber, parseInfo } from '../../src/redis/info.ts';
import { context, GB, MB, type Spoiled } from './checks/sound-facts.ts';

function source(change: Spoiled = {}): ServerFacts {
  const { source: facts } = context({ source: change }).facts;
  if (facts.kind !== 'read') throw new Error('the source was not read');
  return facts;
}

const running = (version: string) => ({ identity: { product: 'redis', version, runId: 'a' } as const });
const byDisk = { setting: { 'repl-diskless-sync': 'no' } };

function holds({ least, most }: Range, measured: number): void {
  expect(measured).toBeGreaterThanOrEqual(least);
  expect(measured).toBeLessThanOrEqual(most);
}

/** The moves that were rehearsed: used memory, how, the fork in ms, until caught up in s. */
const REHEARSED: readonly (readonly [
  usedGb: number,
  how: 'disk' | 'diskless',
  forkMs: number,
  tookSeconds: number,
])[] = [
  [2.25, 'disk', 49, 52],
  [4.49, 'disk', 97, 123],
  [2.2, 'diskless', 71, 55],
  [2.2, 'disk', 51, 58],
  [1.26, 'diskless', 31, 15],
];

describe('a move that was rehearsed is as it was foreseen', () => {
  it.each(REHEARSED)('%f GB by %s: fork %i ms, %i s', (usedGb, how, forkMs, tookSeconds) => {
    const facts = { usedMemoryBytes: usedGb * GB, residentBytes: usedGb * GB, latestForkUs: 0 };
    const found = foresee(source({ ...facts, ...(how === 'disk' ? byDisk : {}) }));
    expect(found.byDisk).toBe(how === 'disk');
    holds(found.forkMs, forkMs);
    holds(found.syncMs, tookSeconds * 1_000);
  });

  it('stage by stage: dump 15 s, transfer 12 s, load 24 s', () => {
    const { stageMs } = foresee(source({ usedMemoryBytes: 2.25 * GB, ...byDisk }));
    holds(stageMs.waiting, 15_000);
    holds(stageMs.transferring, 12_000);
    holds(stageMs.loading, 24_000);
  });
});

const INFO = 'test/fixtures/info';
const CAPTURED = readdirSync(INFO).flatMap((server) =>
  readdirSync(`${INFO}/${server}`)
    .filter((file) => file.endsWith('primary-online-final.txt'))
    .map((file) => `${server}/${file}`),
);

describe('servers that were captured after a sync without writes', () => {
  it.each(CAPTURED)('%s: its snapshot and its copied pages are as foreseen', (path) => {
    const info = parseInfo(readFileSync(`${INFO}/${path}`, 'utf8'));
    const usedMemoryBytes = infoNumber(info, 'used_memory') ?? 0;
    const quiet = { opsPerSecond: 0, changesPerSecond: 0, inputBytesPerSecond: 0, lastCopyOnWriteBytes: 0 };
    const found = foresee(source({ usedMemoryBytes, residentBytes: usedMemoryBytes, ...quiet }));
    // The data of every captured server: 420 MB, or twice that, of values that do not compress.
    const snapshotBytes = usedMemoryBytes < 600 * MB ? 420_548_860 : 841_208_116;
    holds(found.snapshotBytes, snapshotBytes);
    expect(found.copyOnWriteBytes).toBeGreaterThanOrEqual(infoNumber(info, 'rdb_last_cow_size') ?? 0);
  });
});

describe('the fork', () => {
  it('is what it was last time on this machine, give or take', () => {
    const found = foresee(source({ usedMemoryBytes: 4 * GB, residentBytes: 4 * GB, latestForkUs: 90_000 }));
    expect(found).toMatchObject({ forkFrom: 'earlier-fork', expectedForkMs: 90 });
    expect(found.forkMs).toEqual({ least: 60, most: 135 });
  });

  it.each([
    ['it has not forked yet', 0],
    ['it does not tell', null],
    ['it held less when it forked: 4.4 ms a GB is quicker than any machine', 35_000],
  ])('comes from memory where %s', (_, latestForkUs) => {
    const found = foresee(source({ usedMemoryBytes: 8 * GB, residentBytes: 8 * GB, latestForkUs }));
    expect(found).toMatchObject({ forkFrom: 'memory', expectedForkMs: 200 });
    // A slow hypervisor cannot be seen.
    expect(found.forkMs).toEqual({ least: 72, most: 1_920 });
  });

  it('copies the table of all that is resident, also of what was freed', () => {
    const lean = foresee(source({ usedMemoryBytes: GB, residentBytes: GB, latestForkUs: 0 }));
    const bloated = foresee(source({ usedMemoryBytes: GB, residentBytes: 3 * GB, latestForkUs: 0 }));
    expect(bloated.expectedForkMs).toBe(3 * lean.expectedForkMs);
  });
});

describe('copied pages', () => {
  const busy = { usedMemoryBytes: 4 * GB, residentBytes: 4 * GB, opsPerSecond: 2_000 };

  it('grow with the writes, and never exceed what there is', () => {
    const most = (opsPerSecond: number) => foresee(source({ ...busy, opsPerSecond })).copyOnWriteBytes;
    expect(most(200)).toBeLessThan(most(2_000));
    expect(most(2_000)).toBeLessThan(1.5 * GB);
    expect(most(1_000_000)).toBeLessThanOrEqual(4 * GB);
  });

  it('are at least what the last snapshot took: it may tell of busier hours', () => {
    const { copyOnWriteBytes } = foresee(source({ ...busy, lastCopyOnWriteBytes: 3 * GB }));
    expect(copyOnWriteBytes).toBe(3 * GB);
  });

  it('may be huge before 6.2, which forbids it from then on', () => {
    expect(foresee(source({ ...busy, ...running('6.0.16') })).hugePagesBytes).toBeGreaterThan(3.9 * GB);
    expect(foresee(source({ ...busy, ...running('6.2.16') })).hugePagesBytes).toBeNull();
  });
});

it('I10 where the source does not tell its way, the ranges hold both', () => {
  const ways = [byDisk, {}].map((way) => foresee(source({ usedMemoryBytes: 3 * GB, ...way })));
  const untold = foresee(source({ usedMemoryBytes: 3 * GB, setting: { 'repl-diskless-sync': null } }));
  expect(untold.byDisk).toBeNull();
  for (const told of ways) {
    holds(untold.syncMs, told.syncMs.most);
    holds(untold.syncMs, told.syncMs.least);
    expect(untold.copyOnWriteBytes).toBeGreaterThanOrEqual(told.copyOnWriteBytes);
  }
});

it('whatever a server says, every range is one, of numbers that a record keeps', () => {
  const count = (max: number) => fc.integer({ min: 0, max });
  const told = (max: number) => fc.option(count(max));
  const facts = fc.record({
    usedMemoryBytes: count(512 * GB),
    residentBytes: told(600 * GB),
    opsPerSecond: count(1_000_000),
    changesPerSecond: told(1_000_000),
    inputBytesPerSecond: told(GB),
    latestForkUs: told(10_000_000),
    lastCopyOnWriteBytes: told(600 * GB),
    diskless: fc.constantFrom('yes', 'no', '', null),
    delay: fc.constantFrom('0', '5', '', null),
  });
  fc.assert(
    fc.property(facts, ({ diskless, delay, ...change }) => {
      const setting = { 'repl-diskless-sync': diskless, 'repl-diskless-sync-delay': delay };
      const found = foresee(source({ ...change, setting }));
      const { forkMs, snapshotBytes, bytesPerSecond, copyOnWriteBytes, stageMs, syncMs } = found;
      const stages = TIMED_STAGES.map((stage) => stageMs[stage]);
      for (const range of [forkMs, snapshotBytes, bytesPerSecond, syncMs, ...stages]) {
        expect(range.least).toBeGreaterThanOrEqual(0);
        holds(range, range.least);
        expect(Number.isFinite(range.most)).toBe(true);
      }
      holds(forkMs, found.expectedForkMs);
      holds(
        { least: 0, most: Math.max(change.usedMemoryBytes, change.residentBytes ?? 0) },
        copyOnWriteBytes,
      );
    }),
  );
});
