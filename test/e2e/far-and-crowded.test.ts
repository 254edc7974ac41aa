// I1, I2 where it is harder: Ferry 50 ms away from both servers, and a source with thousands of idle connections.

import { createConnection, type Socket } from 'node:net';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { FULL_RUN } from '../support/full-run.ts';
import { type LoadedPair, startLoadedPair } from '../support/loaded-pair.ts';
import { type Passage, passage } from '../support/passage.ts';
import { slowWay } from '../support/slow-way.ts';
import { fenceTable } from './under-load-table.ts';

const ROUND_TRIP_MS = 50;
const MOST_ROUND_TRIPS = 8;
const CUTOVERS = FULL_RUN ? 20 : 1;
const IDLE = 10_000;
const STAYS_MS = 2_000;
const TIMEOUT_MS = 900_000;

const told: string[] = [];
afterAll(() => {
  process.stdout.write(`\n${told.join('\n')}\n`);
});

it.runIf(FULL_RUN)(
  'I1 I2 with 50 ms to both servers the fence takes at most 8 round trips',
  {
    timeout: TIMEOUT_MS,
  },
  async () => {
    const pair = await startLoadedPair({
      source: 'redis-7.0',
      target: 'redis-8.0',
      ferrySees: async (port) => {
        const way = await slowWay(port, ROUND_TRIP_MS);
        onTestFinished(() => way.close());
        return way.port;
      },
    });
    onTestFinished(() => pair.stop());
    const passages = await repeat(pair, 'far');
    for (const { outcome } of passages) {
      expect((outcome.fenceTimeMs ?? Number.NaN) / ROUND_TRIP_MS).toBeLessThanOrEqual(MOST_ROUND_TRIPS);
    }
  },
);

it.runIf(FULL_RUN)(`I1 I2 with ${IDLE} idle connections to the source`, { timeout: TIMEOUT_MS }, async () => {
  const pair = await startLoadedPair({
    source: 'redis-7.0',
    target: 'redis-8.0',
    settings: { maxclients: String(IDLE + 500) },
  });
  onTestFinished(() => pair.stop());
  const idle = await connectIdle(pair.source.port, IDLE);
  onTestFinished(() => {
    for (const socket of idle) socket.destroy();
  });
  await repeat(pair, 'crowded');
});

async function repeat(pair: LoadedPair, name: string): Promise<readonly Passage[]> {
  const passages: Passage[] = [];
  for (let run = 1; run <= CUTOVERS; run += 1) {
    const options = {
      prefix: `${name}${run}`,
      reverts: FULL_RUN && run === 1,
      staysMs: STAYS_MS,
      wayBack: 'open',
    } as const;
    passages.push(...(await passage(pair, options)));
  }
  told.push(name, fenceTable(passages));
  return passages;
}

async function connectIdle(port: number, count: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(200, count - sockets.length) }, () =>
      createConnection({ port, host: '127.0.0.1' }),
    );
    await Promise.all(
      some.map(
        (socket) =>
          new Promise<void>((resolve, reject) => {
            socket.once('connect', () => resolve());
            socket.once('error', reject);
          }),
      ),
    );
    for (const socket of some) socket.on('error', () => undefined);
    sockets.push(...some);
  }
  return sockets;
}
