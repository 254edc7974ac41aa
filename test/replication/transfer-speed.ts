// How fast a whole sync is by REPLICAOF alone and through the relay, of the same two servers in one run.

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Address } from '../../src/migration/instance.ts';
import { startRelayThread } from '../../src/replication/start-relay-thread.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';

export interface TransferTimes {
  /** From the first byte that the target received until it had all of them, ms. */
  readonly transferMs: number;
  /** From SLAVEOF until the link is up, ms: dump and load included, which no relay changes. */
  readonly wholeMs: number;
}

export interface TransferSpeed {
  readonly direct: TransferTimes;
  readonly relayed: TransferTimes;
  /** Speed through the relay as a share of the direct one. */
  readonly transferRatio: number;
  readonly wholeRatio: number;
}

const VALUE_BYTES = 10_000;
const BATCH = 500;
const LOOK_MS = 5;

/** Fills with values that do not compress: 2.4 compresses its snapshots whatever CONFIG says. */
export async function fillForTransfer(redis: Redis, megabytes: number): Promise<void> {
  const value = randomBytes(VALUE_BYTES);
  const keys = (megabytes * 1_000_000) / VALUE_BYTES;
  for (let first = 0; first < keys; first += BATCH) {
    const batch = redis.pipeline();
    for (let n = first; n < Math.min(keys, first + BATCH); n += 1) batch.set(`value:${n}`, value);
    await batch.exec();
  }
}

/**
 * Each way `rounds` times, in turn, the best of each: what else the machine does only ever slows one down. Both
 * servers must understand each other without a relay too: 2.4.16 and 2.6.16.
 */
export async function transferSpeed(
  source: RunningServer,
  target: { readonly server: RunningServer; readonly client: Redis },
  rounds = 3,
): Promise<TransferSpeed> {
  const relay = await startRelayThread(
    {
      host: '127.0.0.1',
      ports: null,
      lastPort: null,
      source: { name: 'source', address: { host: source.host, port: source.port } },
      target: { name: 'target', hosts: [target.server.host] },
    },
    () => undefined,
  );
  try {
    const direct: TransferTimes[] = [];
    const relayed: TransferTimes[] = [];
    for (let round = 0; round < rounds; round += 1) {
      direct.push(await syncOnce(target.client, source));
      relayed.push(await syncOnce(target.client, { host: '127.0.0.1', port: relay.port }));
    }
    const speed = { direct: bestOf(direct), relayed: bestOf(relayed) };
    return {
      ...speed,
      transferRatio: speed.direct.transferMs / speed.relayed.transferMs,
      wholeRatio: speed.direct.wholeMs / speed.relayed.wholeMs,
    };
  } finally {
    await relay.close();
  }
}

function bestOf(times: readonly TransferTimes[]): TransferTimes {
  return {
    transferMs: Math.min(...times.map(({ transferMs }) => transferMs)),
    wholeMs: Math.min(...times.map(({ wholeMs }) => wholeMs)),
  };
}

async function syncOnce(target: Redis, { host, port }: Address): Promise<TransferTimes> {
  await target.slaveof('NO', 'ONE');
  await target.flushall();
  const startedMs = performance.now();
  let firstMs: number | null = null;
  let transferMs: number | null = null;
  await target.slaveof(host, port);
  for (;;) {
    const info = await target.info();
    const nowMs = performance.now();
    const left = Number(/^master_sync_left_bytes:(-?\d+)/m.exec(info)?.[1] ?? -1);
    if (left > 0) firstMs ??= nowMs;
    if (firstMs !== null && (left === 0 || /^loading:1/m.test(info))) transferMs ??= nowMs - firstMs;
    if (firstMs !== null && /^master_link_status:up/m.test(info)) {
      return { transferMs: transferMs ?? nowMs - firstMs, wholeMs: nowMs - startedMs };
    }
    await delay(LOOK_MS);
  }
}
