// needs-human after an interrupted cutover: Ferry goes on by itself once the servers allow it (I3), but question and
// answer must not chase each other, and what a restarted old server took is not given up without a word (I2).

import { beforeEach, expect, it } from 'vitest';
import { PARKING_ADDRESS, type Side } from '../../src/migration/instance.ts';
import type { Migration } from '../../src/migration/migration.ts';
import type { RoleSeen, ServerObservation } from '../../src/migration/progress.ts';
import { noMeters } from '../../src/workflow/metrics-port.ts';
import { Notes } from '../../src/workflow/notes.ts';
import type { Logger } from '../../src/workflow/ports.ts';
import { Session } from '../../src/workflow/session.ts';
import { needsHuman } from '../../src/workflow/steps/needs-human.ts';
import type { Workflow } from '../../src/workflow/workflow.ts';
import * as walks from '../support/walk.ts';
import { fresh, T0, walk } from '../support/walk.ts';

const PRIMARY = { kind: 'primary' } satisfies RoleSeen;
const FOLLOWING: RoleSeen = { kind: 'replica', of: 'peer', linkUp: true };
const ASIDE: RoleSeen = { kind: 'replica', of: 'nobody', linkUp: false };
const RUNS = { source: 'a'.repeat(40), target: 'b'.repeat(40) };

interface Looked {
  readonly role: RoleSeen;
  readonly runId: string;
}
const seen: Record<Side, Looked> = {
  source: { role: PRIMARY, runId: RUNS.source },
  target: { role: PRIMARY, runId: RUNS.target },
};
const clock = { ms: 0 };

beforeEach(() => {
  clock.ms = 0;
  look(PRIMARY, PRIMARY);
});

function look(source: RoleSeen, target: RoleSeen, sourceRun = RUNS.source): void {
  seen.source = { role: source, runId: sourceRun };
  seen.target = { role: target, runId: RUNS.target };
}

/** Asked at T0 of the fake clock, about a cutover in its fence. */
const fenced = asking(walk(fresh(), ...walks.toApproved, walks.begun, walks.stuck));

function asking(migration: Migration): Migration {
  return { ...migration, timeline: [{ phase: 'needs-human', at: T0 }] };
}

function stuckIn(migration: Migration) {
  const versioned = { revision: 1, migration, wishCursor: '0' };
  const session = new Session(workflow, { uid: migration.uid, epoch: 1 }, versioned, T0);
  // Renewed once, at the start; these tests are about minutes.
  session.leaseMs = Number.POSITIVE_INFINITY;
  const notes = new Notes();
  const { state } = migration;
  if (state.phase !== 'needs-human') throw new Error('unreachable');
  return async (atMs: number) => {
    clock.ms = atMs;
    return (await needsHuman(session, state, notes)).event;
  };
}

it('goes on at once when what stood in the way is gone', async () => {
  const tick = stuckIn(fenced);
  expect(await tick(1_000)).toBeNull();
  look(PRIMARY, FOLLOWING);
  expect(await tick(3_000)).toEqual({ kind: 'cleared' });
});

it('I13 where the roles never stood in the way it tries again after a minute, not every two seconds', async () => {
  look(PRIMARY, FOLLOWING);
  const tick = stuckIn(fenced);
  for (const atMs of [1_000, 3_000, 59_000]) expect(await tick(atMs)).toBeNull();
  expect(await tick(61_000)).toEqual({ kind: 'cleared' });
});

it('I2 never promotes by itself behind an old server that was restarted', async () => {
  const promoting = asking(
    walk(fresh(), ...walks.toApproved, walks.begunPromoteFirst, walks.promotingByMarker, walks.stuck),
  );
  const tick = stuckIn(promoting);
  expect(await tick(1_000)).toBeNull();
  look(ASIDE, FOLLOWING, 'c'.repeat(40));
  expect(await tick(3_000)).toBeNull();
  expect(await tick(120_000)).toBeNull();
  // The very server that Ferry set aside is another matter.
  look(ASIDE, FOLLOWING);
  expect(await tick(122_000)).toEqual({ kind: 'cleared' });
});

/** Whatever is not needed here rejects. */
function unused<T extends object>(): T {
  const none: T = Object.create(null);
  return new Proxy(none, {
    get: (_, name) => () => Promise.reject(new Error(`${String(name)} is not here`)),
  });
}

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

const workflow: Workflow = {
  records: unused(),
  servers: { ...unused(), observe: async (_, side) => observation(seen[side]) },
  replication: { ...unused(), parkingAddress: PARKING_ADDRESS },
  verifier: unused(),
  probes: unused(),
  baselineSeconds: 0,
  hooks: unused(),
  inventory: unused(),
  secrets: unused(),
  clock: { now: () => clock.ms, monotonicMs: () => clock.ms, sleep: async () => undefined },
  trace: { at: () => undefined },
  logger: silent,
  meters: noMeters,
};

function observation({ role, runId }: Looked): ServerObservation {
  return {
    at: clock.ms,
    runId,
    version: '7.0.15',
    role,
    held: false,
    replId: '',
    offset: 500,
    loading: false,
    usedMemoryBytes: 0,
    snapshot: { forks: null, latestForkUs: null, running: null, copyOnWriteBytes: null },
    keysByDb: {},
    opsPerSecond: 0,
    connectedClients: 0,
    backlogSizeBytes: 0,
    backlogFirstOffset: null,
    syncFullCount: 0,
    changesSinceLoad: 0,
    refusedOfStream: 0,
    replicaCount: 0,
    outputBufferPeakBytes: null,
    outputLimitKills: null,
    silentSeconds: null,
  };
}
