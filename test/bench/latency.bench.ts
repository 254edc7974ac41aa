// The probe beside what others measure at the same time, and what it costs the server that it measures.

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, it } from 'vitest';
import { countOf, merge, percentileUs } from '../../src/migration/latency/histogram.ts';
import { infoNumber, parseInfo } from '../../src/redis/info.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { DEBUG_ON, debugSleep, Heard, holdUp, instanceAt, probesOver } from '../redis/latency/probe-rig.ts';
import { wireTo } from '../support/data.ts';
import { cliLatency, type Sample, startRawPinger } from '../support/raw-pinger.ts';
import { sharedServer } from '../support/servers.ts';
import { type Figure, publish } from './figures.ts';

const SECONDS = 20;
const STALL_MS = 200;
/** A server listens on so many addresses of the loopback interface at most. */
const ADDRESSES = 10;

const figures: Figure[] = [];
let own: RunningServer;

beforeAll(async () => {
  own = await sharedServer('redis-7.0');
});
afterAll(() => publish(figures, process.env['FERRY_BENCH_JSON']));

function percentile(samples: readonly Sample[], fraction: number): number {
  const sorted = samples.map(({ us }) => us).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

it('fidelity: the same server at the same time', async () => {
  const server = await sharedServer('redis-7.0', { settings: DEBUG_ON });
  const heard = new Heard(probesOver(own), instanceAt(server.port));
  await heard.measures(1);
  const raw = await startRawPinger(server.port);
  const fromAt = Date.now();
  const cli = cliLatency(server.binary, server.port, SECONDS);
  await heard.measures(SECONDS / 2);
  await holdUp(server.port, debugSleep(STALL_MS));
  const { averageMs, maxMs } = await cli;
  await heard.measures(1);
  const untilAt = heard.seconds.at(-1)?.at ?? 0;
  const samples = (await raw.stop()).filter(({ sentAt }) => sentAt < untilAt);
  const seconds = heard.measured.filter(({ at }) => at >= fromAt && at < untilAt);
  const measured = merge(seconds.map((second) => second.measured));
  const seen = merge([measured, ...seconds.map(({ omitted }) => omitted)]);
  const ms = (us: number | null): number => (us ?? Number.NaN) / 1_000;
  const maxUs = Math.max(...seconds.map((second) => second.maxUs));
  const meanUs = seconds.reduce((sum, { sumUs }) => sum + sumUs, 0) / countOf(measured);
  const rawMeanUs = samples.reduce((sum, { us }) => sum + us, 0) / samples.length;
  const beside = 'bare: a raw socket in another process';
  figures.push(
    {
      what: 'probe: median',
      unit: 'ms',
      ferry: ms(percentileUs(measured, 0.5)),
      bare: ms(percentile(samples, 0.5)),
      note: beside,
    },
    {
      what: 'probe: p99 of replies',
      unit: 'ms',
      ferry: ms(percentileUs(measured, 0.99)),
      bare: ms(percentile(samples, 0.99)),
      note: beside,
    },
    { what: 'probe: average', unit: 'ms', ferry: ms(meanUs), bare: ms(rawMeanUs), note: beside },
    {
      what: 'probe: average',
      unit: 'ms',
      ferry: ms(meanUs),
      bare: averageMs,
      note: 'bare: redis-cli --latency',
    },
    {
      what: 'probe: maximum',
      unit: 'ms',
      ferry: ms(maxUs),
      bare: ms(percentile(samples, 1)),
      note: `a stall of ${STALL_MS} ms; ${beside}`,
    },
    {
      what: 'probe: maximum',
      unit: 'ms',
      ferry: ms(maxUs),
      bare: maxMs,
      note: 'bare: redis-cli --latency, whole ms',
    },
    {
      what: 'probe: p99 as clients saw it',
      unit: 'ms',
      ferry: ms(percentileUs(seen, 0.99)),
      bare: ms(percentile(samples, 0.99)),
      note: 'pings that the stall left out are counted; bare: as a raw socket shows it',
    },
  );
});

it('load: what the probe costs an idle server', async () => {
  const server = await sharedServer('redis-7.0');
  const idle = await cpuOf(server.port);
  const cli = cliLatency(server.binary, server.port, SECONDS + 2);
  const byCli = await cpuOf(server.port);
  await cli;
  const heard = new Heard(probesOver(own), instanceAt(server.port));
  await heard.measures(2);
  const full = await cpuOf(server.port);
  heard.setRate('rest');
  await heard.measures(2);
  const rest = await cpuOf(server.port);
  const unit = '% of a core';
  figures.push(
    {
      what: 'load of the probe at full rate, facts included',
      unit,
      ferry: full - idle,
      bare: byCli - idle,
      note: `at most 2; bare: redis-cli --latency; idle: ${idle.toFixed(2)}`,
    },
    {
      what: 'load of the probe at rest, facts included',
      unit,
      ferry: rest - idle,
      bare: null,
      note: 'at most 0.5',
    },
  );
});

it.each([20, 200])('%i servers in one thread', async (count) => {
  const hosts = (from: number): string[] =>
    Array.from({ length: ADDRESSES }, (_, i) => `127.1.${from}.${i + 1}`);
  const instances = [];
  for (let from = 0; from < count / ADDRESSES; from += 1) {
    const { port } = await sharedServer('redis-7.0', {
      settings: { bind: `127.0.0.1 ${hosts(from).join(' ')}` },
    });
    instances.push(...hosts(from).map((host) => instanceAt(port, { name: host, address: { host, port } })));
  }
  const probes = probesOver(own);
  const heard = instances.map((instance) => new Heard(probes, instance));
  await Promise.all(heard.map((each) => each.measures(3, 60_000)));
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  await Promise.all(heard.map((each) => each.measures(10, 60_000)));
  const { user, system } = process.cpuUsage(cpu);
  const cpuShare = (user + system) / 10 / (performance.now() - startedMs);
  const seconds = heard.flatMap(({ measured }) => measured.slice(-10));
  const pings = seconds.reduce((sum, second) => sum + second.pings, 0) / seconds.length;
  const meant = seconds.reduce((sum, { perSecond }) => sum + perSecond, 0) / seconds.length;
  const p50 = percentileUs(merge(seconds.map(({ measured }) => measured)), 0.5);
  figures.push(
    {
      what: `${count} servers: pings to each`,
      unit: 'a second',
      ferry: pings,
      bare: meant,
      note: 'bare: as many as it says that it means to send; 100 are wanted',
    },
    {
      what: `${count} servers: median`,
      unit: 'ms',
      ferry: (p50 ?? Number.NaN) / 1_000,
      bare: null,
      note: `this process used ${cpuShare.toFixed(0)}% of a core`,
    },
    {
      what: `${count} servers: stalls seen`,
      unit: '',
      ferry: heard.reduce((sum, { all }) => sum + all.length, 0),
      bare: null,
      note: 'of 50 ms; on an idle machine none is',
    },
  );
});

/** Percent of a core that the server uses now. */
async function cpuOf(port: number): Promise<number> {
  const connection = await wireTo(port);
  const used = async (): Promise<number> => {
    const info = parseInfo(String(await connection.ask(['INFO', 'cpu'])));
    return (
      (infoNumber(info, 'used_cpu_sys') ?? Number.NaN) + (infoNumber(info, 'used_cpu_user') ?? Number.NaN)
    );
  };
  const before = await used();
  const startedMs = performance.now();
  await delay(SECONDS * 1_000);
  const share = ((await used()) - before) / ((performance.now() - startedMs) / 1_000);
  connection.close();
  return share * 100;
}
