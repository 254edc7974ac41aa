// What a transfer cost, by looks a second apart: only what belongs to it, and null for what was not seen (I10).

import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/migration/events.ts';
import { advance } from '../../src/migration/lifecycle.ts';
import type { Migration } from '../../src/migration/migration.ts';
import type { PairObservation, SnapshotSeen } from '../../src/migration/progress.ts';
import { type ForkCounts, finish, rateOf, type Transfer } from '../../src/migration/transfer.ts';
import { type CostsSeen, seeCosts } from '../../src/migration/transfer-costs.ts';
import { transfer as sample } from '../support/transfer-sample.ts';
import * as walks from '../support/walk.ts';
import { look } from './looks.ts';

const MB = 1024 ** 2;
const BEFORE = { forks: 1, latestForkUs: 90_000 };
const FORKED: SnapshotSeen = { forks: 2, latestForkUs: 92_000, running: true, copyOnWriteBytes: 3 * MB };
const WRITTEN: SnapshotSeen = { ...FORKED, running: false, copyOnWriteBytes: 210 * MB };
/** For its own disk, after the transfer. */
const LATER: SnapshotSeen = { forks: 3, latestForkUs: 400_000, running: false, copyOnWriteBytes: 900 * MB };

const source = (snapshot: SnapshotSeen, usedMemoryBytes = 4_000 * MB) => ({
  source: { snapshot, usedMemoryBytes },
});

/** A sync by disk: the fork, 38 s of dump, 61 s of transfer, 70 s of load. */
const BY_DISK: readonly PairObservation[] = [
  look(0, 'connecting', source({ ...FORKED, ...BEFORE, running: false })),
  look(2, 'waiting', source(FORKED)),
  look(40, 'transferring', {
    ...source(WRITTEN, 4_200 * MB),
    transferredBytes: 10 * MB,
    totalBytes: 4_100 * MB,
  }),
  look(100, 'transferring', { ...source(WRITTEN), transferredBytes: 4_090 * MB, totalBytes: 4_100 * MB }),
  look(101, 'loading', { ...source(LATER), transferredBytes: 0, totalBytes: 4_100 * MB }),
  look(171, 'online', source(LATER)),
];

/** A migration in syncing that was pointed at second 0; the first look is a second of its own. */
function pointed(before: ForkCounts | null): Migration {
  const begun = walks.walk(walks.fresh(), walks.surveyed, walks.started, walks.syncStarted);
  return take(begun, { kind: 'pointing', pair: 0, ...(before === null ? {} : { before }) }, 0);
}

function take(migration: Migration, event: Event, second: number): Migration {
  const advanced = advance(migration, event, second * 1_000);
  if (advanced.kind === 'refused') throw new Error(`${event.kind}: ${advanced.refusal.message}`);
  return advanced.migration;
}

/** As the step of syncing does: costs first, then a stage that changed; at the end it has caught up. */
function synced(
  from: Migration,
  looks: readonly PairObservation[],
  seen: CostsSeen | null = null,
): Migration {
  let migration = from;
  for (const each of looks) {
    const { state } = migration;
    const begun = state.phase === 'syncing' ? state.progress[0]?.begun : null;
    if (begun) seen = seeCosts(seen, begun, each);
    migration = take(migration, { kind: 'stage-changed', pair: 0, stage: each.stage }, each.at / 1_000);
  }
  const second = (looks.at(-1)?.at ?? 0) / 1_000;
  return take(
    migration,
    { kind: 'caught-up', lag: { bytes: 0, ms: 1 }, costs: [seen?.costs ?? null] },
    second,
  );
}

function costOf(looks: readonly PairObservation[], before: ForkCounts | null = BEFORE): Transfer | null {
  return synced(pointed(before), looks).transfers[0] ?? null;
}

describe('a transfer by disk', () => {
  const cost = costOf(BY_DISK);

  it('took its time, stage by stage', () => {
    expect(cost).toMatchObject({
      tookMs: 171_000,
      stageMs: { waiting: 38_000, transferring: 61_000, loading: 70_000 },
    });
  });

  it('took what it forked and copied itself: a later snapshot of the source is not its own', () => {
    expect(cost).toMatchObject({ forkMs: 92, copyOnWriteBytes: 210 * MB, forks: 1 });
  });

  it('was as large as what was loaded, and the rate is of the transfer alone', () => {
    expect(cost).toMatchObject({ transferredBytes: 4_100 * MB, isWhole: true });
    expect(cost && rateOf(cost)).toBeCloseTo((4_100 * MB) / 61);
  });

  it('knows the most that the source had in memory', () => {
    expect(cost?.sourcePeakBytes).toBe(4_200 * MB);
  });

  it('I8 loses only the peak when another worker takes over in the middle', () => {
    const taken = [BY_DISK.slice(0, 3), BY_DISK.slice(3)] as const;
    let migration = pointed(BEFORE);
    for (const { stage, at } of taken[0])
      migration = take(migration, { kind: 'stage-changed', pair: 0, stage }, at / 1_000);
    expect(synced(migration, taken[1]).transfers[0]).toEqual({ ...cost, sourcePeakBytes: null });
  });
});

describe('what an old server does not tell', () => {
  const old = (latestForkUs: number): SnapshotSeen => ({
    forks: null,
    latestForkUs,
    running: false,
    copyOnWriteBytes: null,
  });
  const looks = (latestForkUs: number) => [
    look(1, 'waiting', source(old(latestForkUs))),
    look(9, 'loading', { ...source(old(latestForkUs)), totalBytes: 100 * MB }),
    look(12, 'online', source(old(latestForkUs))),
  ];

  it('I10 is null: how many forks, and what was copied', () => {
    const cost = costOf(looks(49_000), { forks: null, latestForkUs: 0 });
    expect(cost).toMatchObject({ forkMs: 49, forks: null, copyOnWriteBytes: null });
  });

  it.each([
    ['a fork that took exactly as long as the one before', { forks: null, latestForkUs: 49_000 }],
    ['one whose counts before nobody read', null],
  ])('is shown by the snapshot that came: %s', (_, before) => {
    expect(costOf(looks(49_000), before)).toMatchObject({ forkMs: 49, transferredBytes: 100 * MB });
  });

  it('I10 a server that says it never forked did not take 0 ms for it', () => {
    expect(costOf(looks(0), null)).toMatchObject({ forkMs: null });
  });
});

it('I10 a snapshot that goes straight into memory is at least what was seen of it', () => {
  const cost = costOf([
    look(6, 'loading', { ...source(FORKED), transferredBytes: 40 * MB, totalBytes: null }),
    look(7, 'loading', { ...source(FORKED), transferredBytes: 90 * MB, totalBytes: null }),
    look(8, 'online', source(WRITTEN)),
  ]);
  expect(cost).toMatchObject({
    transferredBytes: 90 * MB,
    isWhole: false,
    stageMs: { transferring: null, loading: 2_000 },
  });
  expect(cost && rateOf(cost)).toBeNull();
});

it('a transfer that began anew is told alone, with the forks of both', () => {
  const again: Event = { kind: 'transfer-restarted', pair: 0, cause: null, remedy: null };
  const first = [look(2, 'waiting', source(FORKED)), look(10, 'transferring', source(WRITTEN))];
  let migration = pointed(BEFORE);
  for (const { stage, at } of first)
    migration = take(migration, { kind: 'stage-changed', pair: 0, stage }, at / 1_000);
  migration = take(migration, again, 20);
  const second = { ...WRITTEN, forks: 3, latestForkUs: 95_000 };
  const cost = synced(migration, [
    look(21, 'waiting', source(WRITTEN)),
    look(30, 'loading', { ...source(second), totalBytes: 5 * MB }),
    look(33, 'online', source(second)),
  ]).transfers[0];
  expect(cost).toMatchObject({ tookMs: 13_000, forks: 2, forkMs: 95, stageMs: { waiting: 9_000 } });
});

it('a broken link that went on from the backlog leaves what the snapshot had cost', () => {
  const following = synced(pointed(BEFORE), BY_DISK);
  const lost = take(following, { kind: 'fell-behind', reason: 'the link broke', linkLost: true }, 200);
  const back = synced(lost, [look(201, 'connecting', source(LATER)), look(202, 'online', source(LATER))]);
  expect(back.transfers).toEqual(following.transfers);
  const anew = synced(lost, [look(201, 'waiting', source(LATER)), look(209, 'online', source(LATER))]);
  expect(anew.transfers[0]).toMatchObject({ forkMs: 400, forks: null, tookMs: 9_000 });
});

it('a snapshot that had been begun for another replica cost this sync no fork', () => {
  const shared = { ...WRITTEN, ...BEFORE };
  const cost = costOf([look(1, 'transferring', source(shared)), look(5, 'online', source(shared))]);
  expect(cost).toMatchObject({ forkMs: null, forks: null, tookMs: 5_000 });
});

it('I10 a source that was restarted in between did not fork a negative number of times', () => {
  const begun = { at: 0, before: BEFORE, entered: { waiting: 1, transferring: 2, loading: 3, online: 4 } };
  const restarted = { ...sample, after: { forks: 0, latestForkUs: 10 } };
  expect(finish(begun, restarted, 5)).toMatchObject({ forks: null });
});
