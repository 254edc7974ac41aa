// I1, I2: cutovers and reverts under 2,000 numbered writes a second. Every acknowledged write is accounted
// for, the old address accepts none afterwards, and at no instant do both sides accept.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Failover, failover } from '../support/by-hand.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { type LoadedPair, startLoadedPair } from '../support/loaded-pair.ts';
import { type Passage, passage } from '../support/passage.ts';
import { failoverTable, fencePercentile, fenceTable, percentile } from './under-load-table.ts';

const CUTOVERS = FULL_RUN ? 100 : 2;
const REVERTS = FULL_RUN ? 20 : 1;
const STAYS_MS = 2_000;
/** In a full run every so many cutovers one writer insists on the old address for a minute. */
const LONG_STAY_EACH = 10;
const LONG_STAY_MS = 60_000;
/** In a full run Redis's own FAILOVER takes a turn after every so many cutovers. */
const FAILOVER_EACH = 10;

describe('redis-7.0 to redis-8.0', () => {
  let pair: LoadedPair;
  const passages: Passage[] = [];
  const failovers: Failover[] = [];
  beforeAll(async () => {
    pair = await startLoadedPair({ source: 'redis-7.0', target: 'redis-8.0' });
  });
  afterAll(async () => {
    await pair.stop();
    process.stdout.write(`${fenceTable(passages)}\n${failoverTable(failovers)}\n`);
  });

  for (let run = 1; run <= CUTOVERS; run += 1) {
    const reverts = run <= REVERTS;
    const staysMs = FULL_RUN && run % LONG_STAY_EACH === 0 ? LONG_STAY_MS : STAYS_MS;
    const name = reverts ? 'there and back' : 'there';
    it(`I1 I2 cutover ${run}, ${name}: nothing lost, one writer`, { timeout: 240_000 }, async () => {
      passages.push(...(await passage(pair, { prefix: `run${run}`, reverts, staysMs, wayBack: 'open' })));
    });
    if (!FULL_RUN || run % FAILOVER_EACH !== 0) continue;
    it(`FAILOVER ${run / FAILOVER_EACH}, to compare with`, async () => {
      failovers.push(await failover(pair, `failover${run}`));
    });
  }

  // What one machine measures while others use it says little: the figures are judged in the full run.
  it.runIf(FULL_RUN)('the fence is short: p50 at most 10 ms, p99 at most 50 ms', () => {
    expect(fencePercentile(passages, 'cutover', 0.5)).toBeLessThanOrEqual(10);
    expect(fencePercentile(passages, 'cutover', 0.99)).toBeLessThanOrEqual(50);
  });

  it.runIf(FULL_RUN)("the fence takes at most a tenth of FAILOVER's", () => {
    const theirs = percentile(
      failovers.map(({ fenceTimeMs }) => fenceTimeMs),
      0.5,
    );
    expect(fencePercentile(passages, 'cutover', 0.5)).toBeLessThanOrEqual(theirs / 10);
  });
});
