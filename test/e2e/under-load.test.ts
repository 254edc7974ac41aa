// I1, I2: cutovers and reverts under 2,000 numbered writes a second. Every acknowledged write is accounted
// for, the old address accepts none afterwards, and at no instant do both sides accept.

import { createConnection, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Workflow } from '../../src/workflow/workflow.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { type LoadedPair, startLoadedPair } from '../support/loaded-pair.ts';
import { type Passage, passage, underLoad } from '../support/passage.ts';
import { until } from '../support/until.ts';
import { fencePercentile, fenceTable } from './under-load-table.ts';

const CUTOVERS = FULL_RUN ? 100 : 2;
const REVERTS = FULL_RUN ? 20 : 1;
const STAYS_MS = 2_000;
/** Of a slow link; much longer than the acts of a cutover take together. */
const LATE_MS = 400;
/** In a full run every so many cutovers one writer insists on the old address for a minute. */
const LONG_STAY_EACH = 10;
const LONG_STAY_MS = 60_000;

describe('redis-7.0 to redis-8.0', () => {
  let pair: LoadedPair;
  const passages: Passage[] = [];
  beforeAll(async () => {
    pair = await startLoadedPair({ source: 'redis-7.0', target: 'redis-8.0' });
  });
  afterAll(async () => {
    await pair.stop();
    process.stdout.write(`${fenceTable(passages)}\n`);
  });

  for (let run = 1; run <= CUTOVERS; run += 1) {
    const reverts = run <= REVERTS;
    const staysMs = FULL_RUN && run % LONG_STAY_EACH === 0 ? LONG_STAY_MS : STAYS_MS;
    const name = reverts ? 'there and back' : 'there';
    it(`I1 I2 cutover ${run}, ${name}: nothing lost, one writer`, { timeout: 240_000 }, async () => {
      passages.push(...(await passage(pair, { prefix: `run${run}`, reverts, staysMs, wayBack: 'open' })));
    });
  }

  // What one machine measures while others use it says little: the figure is judged in the full run.
  it.runIf(FULL_RUN)('the fence is short: p50 at most 10 ms', () => {
    expect(fencePercentile(passages, 'cutover', 0.5)).toBeLessThanOrEqual(10);
  });
});

it('I1 I2 redis-7.0 to valkey-8.1: nothing lost, one writer', { timeout: 240_000 }, async () => {
  const pair = await startLoadedPair({ source: 'redis-7.0', target: 'valkey-8.1' });
  onTestFinished(() => pair.stop());
  await passage(pair, { prefix: 'run1', reverts: false, staysMs: STAYS_MS, wayBack: 'open' });
});

it('I2 a cutover that skips the drain is found out', { timeout: 240_000 }, async () => {
  const pair = await startLoadedPair({
    source: 'redis-7.0',
    target: 'redis-8.0',
    sourceSeenAt: slowLink,
    alter: withoutDrain,
  });
  onTestFinished(() => pair.stop());
  const { load, uid } = await underLoad(pair, { prefix: 'mutant', staysMs: STAYS_MS });
  await pair.cutOver(uid);
  await until(async () => (await load.figures()).byNew > 0, { what: 'writes on the target' });
  const account = await load.account(pair.at.new);
  expect(account.lost).toBeGreaterThan(0);
});

/** What the source sends arrives late, so that there is something to wait for. */
async function slowLink(port: number): Promise<number> {
  const sockets = new Set<Socket>();
  const link = createServer((replica) => {
    const source = createConnection(port, '127.0.0.1');
    for (const [from, to] of [
      [replica, source],
      [source, replica],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
    }
    replica.on('data', (chunk) => source.write(chunk));
    source.on('data', (chunk) => void setTimeout(() => replica.write(chunk), LATE_MS));
  });
  await new Promise<void>((resolve) => link.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    link.close();
  });
  const address = link.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

/** A worker that takes every offset for reached. */
function withoutDrain(workflow: Workflow): Workflow {
  const { servers } = workflow;
  return {
    ...workflow,
    servers: {
      ...servers,
      async control(...asked) {
        const control = await servers.control(...asked);
        if (control === null) return null;
        return Object.defineProperty(Object.create(control), 'reached', {
          value: async () => ({ reached: true, offset: Number.MAX_SAFE_INTEGER }),
        });
      },
    },
  };
}
