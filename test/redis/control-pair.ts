// Two real servers as a pair, and control connections to them, for tests of acts.

import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import type { Instance, Side } from '../../src/migration/instance.ts';
import type { Pair } from '../../src/migration/migration.ts';
import { clientLists } from '../../src/redis/clients.ts';
import { openControl } from '../../src/redis/control.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import type { ControlConnection, EnlistedConnection, Ownership, Secrets } from '../../src/workflow/ports.ts';

export const TIMEOUT_MS = 2_000;

export function instanceAt(name: string, port: number, passwordRef: string | null = null): Instance {
  const address = { host: '127.0.0.1', port };
  return {
    name,
    address,
    replicationAddress: address,
    username: null,
    passwordRef,
    tls: null,
    environment: 'default',
  };
}

export function pairOf(sourcePort: number, targetPort: number): Pair {
  return { source: instanceAt('carts-old', sourcePort), target: instanceAt('carts-new', targetPort) };
}

/** A server of the pair as the inventory has it when it has a password. */
export const PASSWORD_REF = 'env:CARTS_PASSWORD';
export const PASSWORD = 'sesame';

/** What Ferry's own password is in these tests; made from its reference, like the real one. */
export function heldPassword(ref: string): string {
  return ref.replaceAll(':', '-');
}

/** The inventory's password and Ferry's own. */
export const SECRETS: Secrets = {
  resolve: async (ref) => (ref.startsWith('hold:') ? heldPassword(ref) : PASSWORD),
};

export function owner(epoch: number, uid = 'u1'): Ownership {
  return { uid, epoch };
}

/** Migrations that Ferry knows to be over. */
export const OVER: ReadonlySet<string> = new Set(['u-over']);

export interface Enlisting {
  /** Lower epochs are refused. */
  currentEpoch: number;
  readonly enlisted: (EnlistedConnection & { readonly epoch: number })[];
  readonly acts: string[];
}

export function enlisting(): Enlisting {
  return { currentEpoch: 1, enlisted: [], acts: [] };
}

/** null: not the owner any more. */
export async function control(
  pair: Pair,
  side: Side,
  who: Ownership,
  records: Enlisting,
  arm = true,
  /** Here what is asked changes from line to line. */
  lists = clientLists(0),
): Promise<ControlConnection | null> {
  const opened = await openControl(pair, side, who, {
    secrets: SECRETS,
    records: {
      enlist: async (by, connection) => {
        if (by.epoch < records.currentEpoch) return false;
        records.enlisted.push({ ...connection, epoch: by.epoch });
        return true;
      },
    },
    lists,
    isOver: async (uid) => OVER.has(uid),
    trace: { at: (moment, act) => void records.acts.push(`${moment} ${act}`) },
    arm,
    timeoutMs: TIMEOUT_MS,
  });
  if (opened !== null) onTestFinished(() => opened.close());
  return opened;
}

/** A control connection that holds the guard of a writable server. */
export async function guarded(
  pair: Pair,
  side: Side,
  who: Ownership,
  records: Enlisting,
): Promise<ControlConnection> {
  const opened = await control(pair, side, who, records, false);
  if (opened === null) throw new Error('not the owner');
  const taken = await opened.takeGuard(TIMEOUT_MS);
  if (taken.kind !== 'done') throw new Error(taken.why);
  return opened;
}

/** A plain client, ended with the test. */
export function client(server: RunningServer): Redis {
  const redis = new Redis(server.url, {
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    protocol: 2,
    enableReadyCheck: false,
  });
  redis.on('error', () => undefined);
  onTestFinished(() => redis.disconnect());
  return redis;
}
