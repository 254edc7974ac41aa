// What is offered when a server is another run than the recorded one: to go on only where it can be said who it is,
// it is what was planned, and no other migration has it.

import { expect, it } from 'vitest';
import { type Identity, PARKING_ADDRESS } from '../../src/migration/instance.ts';
import type { Following } from '../../src/migration/migration.ts';
import { noMeters } from '../../src/workflow/metrics-port.ts';
import type { Logger, ServerDescription } from '../../src/workflow/ports.ts';
import { Session } from '../../src/workflow/session.ts';
import { exchanged } from '../../src/workflow/steps/exchanged.ts';
import type { Workflow } from '../../src/workflow/workflow.ts';
import { look } from '../migration/looks.ts';
import * as walks from '../support/walk.ts';

const NEW_RUN = 'c'.repeat(40);
const migration = walks.inPhase('following');
const state = following();
const identity = state.identities[0] ?? unreachable();

function following(): Following {
  return migration.state.phase === 'following' ? migration.state : unreachable();
}

interface Found {
  /** What the source says that it is; null: it does not answer. */
  readonly is: Partial<Identity> | null;
  readonly heldBy?: string;
  readonly loading?: boolean;
  /** The source's run as the look saw it. */
  readonly seenRun?: string;
}

async function asked({ is, heldBy, loading = false, seenRun = NEW_RUN }: Found) {
  const locked: string[] = [];
  const workflow: Workflow = {
    records: {
      ...unused(),
      lockRunIds: async (_, runIds) => {
        locked.push(...runIds);
        return heldBy === undefined ? null : { uid: 'u-2', id: heldBy, what: NEW_RUN, task: null };
      },
    },
    servers: {
      ...unused(),
      describe: () => (is === null ? Promise.reject(new Error('no answer')) : Promise.resolve(described(is))),
    },
    replication: { ...unused(), parkingAddress: PARKING_ADDRESS },
    verifier: unused(),
    probes: unused(),
    meters: noMeters,
    baselineSeconds: 0,
    hooks: unused(),
    inventory: unused(),
    secrets: unused(),
    clock: { now: () => 0, monotonicMs: () => 0, sleep: async () => undefined },
    trace: { at: () => undefined },
    logger: silent,
  };
  const versioned = { revision: 1, migration, wishCursor: '0' };
  const session = new Session(workflow, { uid: migration.uid, epoch: 1 }, versioned, walks.T0);
  const seen = look(0, 'online', {
    source: { runId: seenRun, loading },
    target: { runId: identity.target.runId },
  });
  const event = await exchanged(session, 0, state, seen);
  if (event !== null && event.kind !== 'stuck') throw new Error(event.kind);
  return { event, locked };
}

/** Whatever is not needed here rejects. */
function unused<T extends object>(): T {
  const none: T = Object.create(null);
  return new Proxy(none, {
    get: (_, name) => () => Promise.reject(new Error(`${String(name)} is not here`)),
  });
}

function described(is: Partial<Identity>): ServerDescription {
  return {
    identity: { ...identity.source, runId: NEW_RUN, ...is },
    observation: look(0, 'online').source ?? unreachable(),
    maxMemoryBytes: 0,
    evictionPolicy: 'noeviction',
    uptimeSeconds: 1,
    roleText: 'primary',
  };
}

function unreachable(): never {
  throw new Error('unreachable');
}

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

it('nothing is asked about the runs that are recorded, nor while a restarted one still loads', async () => {
  expect((await asked({ is: {}, seenRun: identity.source.runId })).event).toBeNull();
  expect((await asked({ is: {}, loading: true })).event).toBeNull();
});

it('I6 a restarted source can be accepted, once its run is locked', async () => {
  const { event, locked } = await asked({ is: {} });
  expect(event?.accepts).toEqual([{ ...identity, source: { ...identity.source, runId: NEW_RUN } }]);
  expect(event?.answers[0]).toMatchObject({
    id: 'recheck',
    label: 'Go on with the restarted carts-old',
    effect: expect.stringContaining('lost for its clients already'),
  });
  expect(locked).toEqual([NEW_RUN]);
});

it.each<[string, Found, RegExp]>([
  ['does not say who it is', { is: null }, /does not say who it is/],
  ['was restarted once more', { is: { runId: 'd'.repeat(40) } }, /does not say who it is/],
  ['runs another version now', { is: { version: '7.0.16' } }, /needs a new plan/],
  ['is another product now', { is: { product: 'valkey' } }, /needs a new plan/],
  ['belongs to another migration', { is: {}, heldBy: 'm7' }, /part of m7/],
])('I10 one that %s cannot', async (_, found, fact) => {
  const { event } = await asked(found);
  expect(event?.accepts).toBeUndefined();
  expect(event?.facts.join(' ')).toMatch(fact);
  expect(event?.answers.map(({ label }) => label)).toEqual(['Look again', 'Abort']);
});
