// What becomes of keys that differ at first. Two databases of one server stand for the two sides, and the test
// itself is the replication: it decides what the target has, and when.

import { beforeAll, beforeEach, expect, it } from 'vitest';
import { READS } from '../../src/redis/reader/bursts.ts';
import { EXACT_EXPIRY } from '../../src/redis/reader/fingerprint.ts';
import { settle } from '../../src/redis/reader/settle.ts';
import { createSideReader, type SideReader } from '../../src/redis/reader/side.ts';
import { createTally, type Found } from '../../src/redis/reader/tally.ts';
import { DEFAULT_SCAN_LIMITS } from '../../src/redis/reader/value-scan.ts';
import type { WireConnection } from '../../src/redis/wire/connection.ts';
import { run, wireTo } from '../support/data.ts';
import { sharedServer } from '../support/servers.ts';
import { clock } from './reader-pair.ts';

let here: WireConnection;
let there: WireConnection;
/** Clients of the source. */
let client: WireConnection;

beforeAll(async () => {
  const { port } = await sharedServer('redis-7.0');
  [here, there, client] = [await wireTo(port), await wireTo(port), await wireTo(port)];
  await run(there, [['SELECT', 1]]);
  return () => {
    for (const connection of [here, there, client]) connection.close();
  };
});

beforeEach(() => run(client, [['FLUSHALL']]));

function side(connection: WireConnection): SideReader {
  return createSideReader({
    connection,
    limits: { ...DEFAULT_SCAN_LIMITS, salt: Buffer.from('salt') },
    expiry: { command: 'PEXPIRETIME', tellsClock: true },
    clock,
    sameVersion: true,
    burst: READS.fast.burst,
    pace: { spend: async () => undefined },
  });
}

interface Meanwhile {
  /** When the target is waited for; counts from 1. */
  readonly waiting?: (time: number) => Promise<void>;
  /** After the target was read. */
  readonly targetRead?: () => Promise<void>;
}

async function settleKeys(keys: readonly string[], { waiting, targetRead }: Meanwhile): Promise<Found> {
  const tally = createTally();
  const target = side(there);
  let waits = 0;
  const compared = {
    source: side(here),
    target: {
      ...target,
      read: async (names: readonly Buffer[]) => {
        const found = await target.read(names);
        await targetRead?.();
        return found;
      },
    },
    rules: EXACT_EXPIRY,
    inStep: {
      proofs: 1,
      wait: async () => {
        waits += 1;
        await waiting?.(waits);
      },
    },
    tally,
    clock: { ...clock, sleep: async () => undefined },
    signal: new AbortController().signal,
  };
  await settle(
    compared,
    0,
    keys.map((key) => Buffer.from(key)),
  );
  return tally.found;
}

/** What a client writes to the source and the stream brings to the target. */
async function write(key: string, value: string): Promise<void> {
  await run(client, [
    ['SET', key, value],
    ['COPY', key, key, 'DB', 1, 'REPLACE'],
  ]);
}

it('a key that the target had not applied yet is equal', async () => {
  await run(client, [['SET', 'late', 'x']]);
  const found = await settleKeys(['late'], { waiting: () => write('late', 'x') });
  expect(found).toMatchObject({ comparedKeys: 1, differenceCount: 0, unsettledCount: 0 });
});

it('a key is called different only after the target was waited for under the proof', async () => {
  await run(client, [['SET', 'late', 'x']]);
  const found = await settleKeys(['late'], {
    waiting: async (time) => {
      // A stream that is slower than the first look, and not written again: nothing touches the source.
      if (time === 2) await run(client, [['COPY', 'late', 'late', 'DB', 1, 'REPLACE']]);
    },
  });
  expect(found).toMatchObject({ comparedKeys: 1, differenceCount: 0, unsettledCount: 0 });
});

it('a key that changed and changed back is never called different', async () => {
  await write('lock', 'free');
  const found = await settleKeys(['lock'], {
    waiting: () => write('lock', 'held'),
    targetRead: () => run(client, [['SET', 'lock', 'free']]),
  });
  expect(found).toMatchObject({
    comparedKeys: 0,
    differenceCount: 0,
    unsettledCount: 1,
    unsettled: ['db0 lock: kept changing'],
  });
});

it('keys that differ are found among keys that change', async () => {
  const quiet = Array.from({ length: 9 }, (_, i) => `quiet:${i}`);
  for (const key of quiet) await run(client, [['SET', key, 'x']]);
  await write('lock', 'free');
  const found = await settleKeys([...quiet.slice(0, 4), 'lock', ...quiet.slice(4)], {
    waiting: () => write('lock', 'held'),
    targetRead: () => run(client, [['SET', 'lock', 'free']]),
  });
  expect(found.differences.map(({ key, what }) => `${what} ${key}`)).toEqual(
    quiet.map((key) => `missing ${key}`),
  );
  expect(found.unsettled).toEqual(['db0 lock: kept changing']);
});

it('a key that changes all the time is left unsettled', async () => {
  await run(client, [['SET', 'counter', 0]]);
  let value = 0;
  const found = await settleKeys(['counter'], {
    waiting: async () => {
      value += 1;
      await run(client, [['SET', 'counter', value]]);
    },
  });
  expect(found).toMatchObject({ differenceCount: 0, unsettled: ['db0 counter: kept changing'] });
});

it('a key that is deleted on both sides meanwhile is equal', async () => {
  await run(client, [['SET', 'brief', 'x']]);
  const found = await settleKeys(['brief'], {
    waiting: () => run(client, [['DEL', 'brief']]),
  });
  expect(found).toMatchObject({ comparedKeys: 1, differenceCount: 0, unsettledCount: 0 });
});
