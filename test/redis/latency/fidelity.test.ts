// The probe sees what others see who ping the same server at the same time, each in a process of its own.

import { beforeAll, expect, it } from 'vitest';
import type { RunningServer } from '../../../src/sandbox/servers/start.ts';
import { FULL_RUN } from '../../support/full-run.ts';
import { cliLatency, type Sample, startRawPinger } from '../../support/raw-pinger.ts';
import { binaryOf, sharedServer } from '../../support/servers.ts';
import { DEBUG_ON, debugSleep, Heard, holdUp, instanceAt, probesOver } from './probe-rig.ts';

const SECONDS = FULL_RUN ? 60 : 5;
const STALL_MS = 120;

let own: RunningServer;
let server: RunningServer;

beforeAll(async () => {
  own = await sharedServer('redis-7.0');
  server = await sharedServer('redis-7.0', { settings: DEBUG_ON });
});

function percentile(samples: readonly Sample[], fraction: number): number {
  const sorted = samples.map(({ us }) => us).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

it('measures what a raw socket and redis-cli measure beside it, a stall among it', {
  timeout: 120_000,
}, async () => {
  const heard = new Heard(probesOver(own), instanceAt(server.port));
  await heard.measures(1);
  const raw = await startRawPinger(server.port);
  const fromAt = Date.now();
  const measured = heard.measures(SECONDS + 1);
  const cli = cliLatency(server.binary, server.port, SECONDS);
  await heard.measures(1);
  await holdUp(server.port, debugSleep(STALL_MS));
  const seen = await cli;
  await measured;
  const samples = await raw.stop();
  heard.seconds.splice(
    0,
    heard.seconds.findIndex(({ at }) => at >= fromAt),
  );
  const figures = {
    median: [heard.percentileUs(0.5), percentile(samples, 0.5)],
    max: [heard.maxUs, percentile(samples, 1)],
    average:
      heard.measured.reduce((sum, { sumUs }) => sum + sumUs, 0) /
      heard.measured.reduce((sum, { pings }) => sum + pings, 0),
  };
  const [median = 0, rawMedian = 0] = figures.median;
  const [max = 0, rawMax = 0] = figures.max;
  expect(Math.abs(median - rawMedian), JSON.stringify(figures)).toBeLessThanOrEqual(rawMedian * 0.1);
  expect(Math.abs(max - rawMax), JSON.stringify(figures)).toBeLessThanOrEqual(10_000 + rawMax * 0.05);
  // Its maximum is of its own phase: a ping is sent somewhere within an interval of the stall's beginning.
  expect(Math.abs(max / 1_000 - seen.maxMs)).toBeLessThanOrEqual(11);
  expect(Math.abs(figures.average / 1_000 - seen.averageMs)).toBeLessThanOrEqual(1);
  expect(seen.count).toBeGreaterThan(SECONDS * 50);
  expect(binaryOf('redis-7.0').version).toBe(server.version);
});
