// One probe a server, whoever watches: others read what it left, want more of it, and take over when it is gone.

import { beforeAll, expect, it } from 'vitest';
import type { Instance } from '../../../src/migration/instance.ts';
import type { RunningServer } from '../../../src/sandbox/servers/start.ts';
import { wireTo } from '../../support/data.ts';
import { FULL_RUN } from '../../support/full-run.ts';
import { startProbing } from '../../support/probing-process.ts';
import { type Sample, startRawPinger } from '../../support/raw-pinger.ts';
import { sharedServer } from '../../support/servers.ts';
import { until } from '../../support/until.ts';
import { Heard, instanceAt, isSeenBy, probesOver, stopFor } from './probe-rig.ts';

/** A server listens on so many addresses of the loopback interface at most. */
const ADDRESSES = 10;

let own: RunningServer;
let server: RunningServer;

beforeAll(async () => {
  own = await sharedServer('redis-7.0');
  server = await sharedServer('redis-7.0');
});

async function probeConnections(port: number): Promise<number> {
  const connection = await wireTo(port);
  const list = String(await connection.ask(['CLIENT', 'LIST']));
  connection.close();
  return list.match(/name=ferry:probe /g)?.length ?? 0;
}

it('reads what another process measures, asks it for more, and takes over when it dies', async () => {
  const other = startProbing({ ownPort: own.port, ports: [server.port], rate: 'rest', stallMs: 200 });
  await until(() => other.seconds.length >= 2, { what: 'the other measures', deadlineMs: 20_000 });
  const sinceAt = Date.now() - 60_000;
  const heard = new Heard(probesOver(own), instanceAt(server.port), { rate: 'rest', stallMs: 60, sinceAt });
  await heard.measures(3);
  // What was before it came, and what the other measures: one probe, both hear the same.
  expect(heard.seconds[0]?.at).toBe(other.seconds[0]?.at);
  expect(await probeConnections(server.port)).toBe(1);
  heard.setRate('full');
  await until(() => heard.seconds.at(-1)?.perSecond === 100, { what: 'the rate that was asked for' });
  // Shorter than a stall of the other one.
  const stall = await heard.stallIn(await stopFor(server, 120));
  expect(other.stalls.filter(({ id }) => id === stall.id)).toEqual([]);

  other.child.kill('SIGKILL');
  await heard.measures(2);
  const gaps = heard.seconds.slice(1).map(({ at }, i) => at - (heard.seconds[i]?.at ?? 0));
  expect(Math.max(...gaps)).toBe(1_000);
  const missed = heard.seconds.filter(({ state }) => state === 'unmeasured');
  expect(missed.length).toBeLessThanOrEqual(5);
  expect(missed.at(-1)?.why).toMatch(/took over/);
  expect(await probeConnections(server.port)).toBe(1);
});

it('gives the lease back when nobody watches any more', async () => {
  const [first, second] = [probesOver(own), probesOver(own)];
  const leader = new Heard(first, instanceAt(server.port));
  await leader.measures(1);
  const follower = new Heard(second, instanceAt(server.port));
  await follower.measures(1);
  leader.close();
  await follower.measures(2);
  expect(follower.seconds.filter(({ state }) => state === 'unmeasured').length).toBeLessThanOrEqual(2);
  follower.close();
  await until(async () => (await probeConnections(server.port)) === 0, { what: 'no probe is left' });
});

it('is one probe for all who watch in one process, each by its own measure', async () => {
  const probes = probesOver(own);
  const short = new Heard(probes, instanceAt(server.port), { stallMs: 60 });
  const long = new Heard(probes, instanceAt(server.port), { stallMs: 1_000, rate: 'rest' });
  await Promise.all([short.measures(1), long.measures(1)]);
  await short.stallIn(await stopFor(server, 150));
  await long.measures(1);
  expect(long.all).toEqual([]);
  expect(await probeConnections(server.port)).toBe(1);
});

/** With 20 servers that are half an hour's worth of samples. */
const SECONDS = FULL_RUN ? 90 : 4;

it.each(FULL_RUN ? [20, 200] : [20])(
  'measures %i servers in one thread or says that it cannot, and invents no stall',
  { timeout: 300_000 },
  async (count) => {
    const { instances, ports } = await serversFor(count);
    const probes = probesOver(own);
    const heard = instances.map((instance) => new Heard(probes, instance));
    await Promise.all(heard.map((each) => each.measures(1, 60_000)));
    const raw = await Promise.all(ports.map((port) => startRawPinger(port)));
    const fromAt = Date.now();
    await Promise.all(heard.map((each) => each.measures(SECONDS, 200_000)));
    const samples = new Map<number, readonly Sample[]>();
    for (const [i, port] of ports.entries()) samples.set(port, (await raw[i]?.stop()) ?? []);

    const perSecond = count <= 20 ? 100 : 2_000 / count;
    for (const { measured } of heard) {
      const last = measured.slice(-3);
      expect(last.map((second) => second.perSecond)).toEqual(last.map(() => perSecond));
      expect(last.map((second) => second.wantedPerSecond)).toEqual(last.map(() => 100));
      // As many as were meant to be sent, whatever the machine was busy with meanwhile.
      const pings = last.reduce((sum, second) => sum + second.pings, 0) / last.length;
      expect(pings).toBeGreaterThan(perSecond * 0.9);
      expect(pings).toBeLessThan(perSecond * 1.05);
    }
    const invented = heard.flatMap(({ all }, i) => {
      const seen = samples.get(instances[i]?.address.port ?? 0) ?? [];
      return all.filter((stall) => stall.startedAt > fromAt && !isSeenBy(seen, stall));
    });
    expect(invented).toEqual([]);
  },
);

/** So many addresses to measure; few servers listen on them. */
async function serversFor(count: number) {
  const instances: Instance[] = [];
  const ports: number[] = [];
  for (let net = 1; net <= count / ADDRESSES; net += 1) {
    const hosts = Array.from({ length: ADDRESSES }, (_, i) => `127.0.${net}.${i + 1}`);
    const { port } = await sharedServer('redis-7.0', {
      settings: { bind: ['127.0.0.1', ...hosts].join(' ') },
    });
    ports.push(port);
    instances.push(...hosts.map((host) => instanceAt(port, { name: host, address: { host, port } })));
  }
  return { instances, ports };
}
