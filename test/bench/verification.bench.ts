// Full verification against bare loops over the same keys in the same run, and what the gentle pace costs
// whoever else asks the source: read the ratios, not the figures.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../src/redis/wire/command.ts';
import type { WireConnection } from '../../src/redis/wire/connection.ts';
import { listOf } from '../../src/redis/wire/reply.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { percentile } from '../e2e/under-load-table.ts';
import { follow, PASSWORD, startPair, verify } from '../redis/reader-pair.ts';
import { fill, run, wireTo } from '../support/data.ts';
import { type Figure, publish } from './figures.ts';

const STRINGS = 400_000;
const MIXED = 150_000;
const VALUE = 'x'.repeat(90);
const ROUNDS = 3;
const PROBE_EVERY_MS = 5;
const PROBES = 1_500;
/** The first is to warm up. */
const GENTLE_ROUNDS = 6;

const figures: Figure[] = [];
afterAll(() => publish(figures, process.env['FERRY_BENCH_JSON']));

const sets: readonly [what: string, fillSource: (source: RunningServer) => Promise<number>][] = [
  ['strings of 100 bytes', fillStrings],
  ['all types, a quarter with expiries', fillMixed],
];

describe.each(sets)('%s', (what, fillSource) => {
  let source: RunningServer;
  let target: RunningServer;
  let keys: number;

  beforeAll(async () => {
    ({ source, target } = await startPair('redis-7.0', 'redis-8.0'));
    keys = await fillSource(source);
    await follow(source, target);
  });

  it('full, as fast as it can', async () => {
    const full: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const seconds = await took(async () => {
        const result = await verify(source, target, { level: 'full', pace: 'fast' });
        expect(result).toMatchObject({ comparedKeys: keys, differenceCount: 0, unsettledCount: 0 });
      });
      full.push(keys / seconds);
    }
    const best = Math.max(...full);
    const bare = async (name: string, reads: (keys: readonly Buffer[]) => readonly Command[]) => {
      const perSecond = keys / (await took(() => bareLoop(source, target, reads)));
      const note = `best of ${ROUNDS}, both ways; bare: ${name}`;
      figures.push({ what: `full, ${what}`, unit: 'keys/s', ferry: best, bare: perSecond, note });
    };
    await bare('SCAN, then DUMP and PTTL from both, nothing compared', (slice) =>
      slice.flatMap((key): Command[] => [
        ['DUMP', key],
        ['PTTL', key],
      ]),
    );
    await bare('SCAN, then MGET from both, nothing compared', (slice) => [['MGET', ...slice]]);
  });

  it('full, gently: what a client of the source notices', async () => {
    const quiet: number[] = [];
    const beside: number[] = [];
    let perSecond = 0;
    for (let round = 0; round < GENTLE_ROUNDS; round += 1) {
      const alone = p99(await probe(source, PROBES));
      const abort = new AbortController();
      const { comparing, compared } = gently(source, target, abort.signal);
      const compared99 = p99(await probe(source, PROBES));
      perSecond = Math.max(perSecond, compared());
      abort.abort();
      await comparing;
      if (round === 0) continue;
      quiet.push(alone);
      beside.push(compared99);
    }
    const each = (values: readonly number[]) => values.map((ms) => ms.toFixed(2)).join(' ');
    const note = `median of ${each(beside)}; bare: nobody compares, ${each(quiet)}`;
    figures.push(
      {
        what: `p99 of a probe beside it, ${what}`,
        unit: 'ms',
        ferry: percentile(beside, 0.5),
        bare: percentile(quiet, 0.5),
        note,
      },
      { what: `full, gently, ${what}`, unit: 'keys/s', ferry: perSecond, bare: null, note: '' },
    );
  });
});

async function fillStrings(source: RunningServer): Promise<number> {
  const connection = await wireTo(source.port, PASSWORD);
  for (let from = 0; from < STRINGS; from += 2_000) {
    const commands = Array.from({ length: 2_000 }, (_, i): Command => {
      return ['SET', `cart:${from + i}`, `${VALUE}${String(from + i).padStart(10, '0')}`];
    });
    await run(connection, commands);
  }
  connection.close();
  return STRINGS;
}

async function fillMixed(source: RunningServer): Promise<number> {
  await fill(source.port, { keys: MIXED, password: PASSWORD });
  return MIXED;
}

/** Seconds. */
async function took(act: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await act();
  return (performance.now() - startedMs) / 1_000;
}

/** Begins a gentle comparison that is called off; `compared`: keys a second of both sides, so far. */
function gently(source: RunningServer, target: RunningServer, signal: AbortSignal) {
  const startedMs = performance.now();
  let perSecond = 0;
  const onProgress = (keys: number): void => {
    perSecond = keys / ((performance.now() - startedMs) / 1_000);
  };
  const comparing = verify(source, target, { level: 'full', pace: 'gentle', signal, onProgress }).then(
    () => undefined,
    () => undefined,
  );
  return { comparing, compared: () => perSecond };
}

/** How long each PING took, ms, one every few milliseconds, from a thread that does nothing else. */
async function probe(source: RunningServer, times: number): Promise<readonly number[]> {
  const workerData = { port: source.port, password: PASSWORD, times, everyMs: PROBE_EVERY_MS };
  const worker = new Worker(PROBE, { eval: true, workerData });
  const [tookMs] = await once(worker, 'message');
  return tookMs;
}

const PROBE = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { port, password, times, everyMs } = workerData;
  const socket = require('node:net').connect(port, '127.0.0.1').setNoDelay(true);
  const answered = () => new Promise((resolve) => socket.once('data', resolve));
  const asked = async (line) => {
    const startedMs = performance.now();
    socket.write(line + '\\r\\n');
    await answered();
    return performance.now() - startedMs;
  };
  (async () => {
    await asked('AUTH ' + password);
    const tookMs = [];
    while (tookMs.length < times) {
      tookMs.push(await asked('PING'));
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    socket.destroy();
    parentPort.postMessage(tookMs);
  })();
`;

function p99(values: readonly number[]): number {
  return percentile(values, 0.99);
}

async function bareLoop(
  source: RunningServer,
  target: RunningServer,
  reads: (keys: readonly Buffer[]) => readonly Command[],
): Promise<void> {
  const sides = await Promise.all([wireTo(source.port, PASSWORD), wireTo(target.port, PASSWORD)]);
  let cursor = '0';
  do {
    const page = await scan(sides[0], cursor);
    cursor = page.cursor;
    if (page.keys.length === 0) continue;
    await Promise.all(sides.map((side) => side.send(reads(page.keys), () => undefined)));
  } while (cursor !== '0');
  for (const side of sides) side.close();
}

async function scan(source: WireConnection, from: string): Promise<{ cursor: string; keys: Buffer[] }> {
  const [cursor, keys] = listOf(await source.ask(['SCAN', from, 'COUNT', 1_000]));
  return { cursor: String(cursor), keys: listOf(keys).filter(Buffer.isBuffer) };
}
