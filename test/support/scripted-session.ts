// A session over servers that do what a test says and note what they were told: for what no real server here can
// show, because its version is not among those that every run has.

import { type Identity, PARKING_ADDRESS, type Side } from '../../src/migration/instance.ts';
import type { Migration } from '../../src/migration/migration.ts';
import type { ServerObservation } from '../../src/migration/progress.ts';
import { noMeters } from '../../src/workflow/metrics-port.ts';
import type { ControlConnection, Logger } from '../../src/workflow/ports.ts';
import { Session } from '../../src/workflow/session.ts';
import type { Workflow } from '../../src/workflow/workflow.ts';
import { look } from '../migration/looks.ts';
import * as walks from './walk.ts';

export interface Script {
  /** What each side shows; null: it does not answer. */
  readonly seen: Readonly<Record<Side, Partial<ServerObservation> | null>>;
}

export interface Scripted {
  readonly session: Session;
  readonly script: { seen: Script['seen'] };
  /** `lift:source`, in order. */
  readonly deeds: string[];
}

/** Whatever is not needed here rejects. */
export function unused<T extends object>(): T {
  const none: T = Object.create(null);
  return new Proxy(none, {
    get: (_, name) => () => Promise.reject(new Error(`${String(name)} is not here`)),
  });
}

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/** With both servers of these versions. */
export function movedBetween(source: string, target: string): { source: Identity; target: Identity } {
  return {
    source: { runId: 'a'.repeat(40), product: 'redis', version: source },
    target: { runId: 'b'.repeat(40), product: 'redis', version: target },
  };
}

export function scriptedSession(migration: Migration, seen: Script['seen']): Scripted {
  const script = { seen };
  const deeds: string[] = [];
  const observed = (side: Side): ServerObservation => {
    const shown = script.seen[side];
    if (shown === null) throw new Error('no answer');
    const whole = look(0, 'online', { [side]: shown })[side];
    if (whole === null) throw new Error('no answer');
    return { ...whole, runId: side === 'source' ? 'a'.repeat(40) : 'b'.repeat(40), ...shown };
  };
  const workflow: Workflow = {
    records: {
      ...unused(),
      save: async () => 'saved',
      enlistedBefore: async () => [],
      time: async () => walks.T0,
    },
    servers: {
      ...unused(),
      observe: async (_, side) => observed(side),
      control: async (_, side) => {
        observed(side);
        return control(side, () => observed(side), deeds);
      },
    },
    replication: {
      ...unused(),
      parkingAddress: PARKING_ADDRESS,
      addressToFollow: (pair, direction) =>
        pair[direction === 'forward' ? 'source' : 'target'].replicationAddress,
      settingsFor: () => [],
      observe: async () => look(0, 'online'),
      forget: () => undefined,
    },
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
  return {
    session: new Session(workflow, { uid: migration.uid, epoch: 1 }, versioned, walks.T0),
    script,
    deeds,
  };
}

function control(side: Side, observed: () => ServerObservation, deeds: string[]): ControlConnection {
  const done = <T>(deed: string, value: T) => {
    deeds.push(`${deed}:${side}`);
    return Promise.resolve({ kind: 'done', value } as const);
  };
  return {
    ...unused<ControlConnection>(),
    side,
    runId: observed().runId,
    closed: new Promise(() => undefined),
    armed: true,
    arm: async () => true,
    observe: async () => observed(),
    readSetting: async () => null,
    takeGuard: () => done('take-guard', undefined),
    lift: () => done('lift', undefined),
    promote: () => done('promote', { offset: 0 }),
    rewriteConfig: () => done('rewrite-config', true),
    leftHold: async () => null,
    holdLock: () => done('hold-lock', { heldBy: null }),
    writeCanary: () => done('canary', { key: 'k', value: 'v', sentMs: 0 }),
    follow: () => done('follow', { offset: 0, wasPrimary: false }),
    followAnew: () => done('follow-anew', undefined),
    endConnections: async () => undefined,
    close: () => undefined,
  };
}
