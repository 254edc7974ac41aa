// One probe a server, whoever watches: others read what it left, want more of it, and take over when it is gone.

import { beforeAll, expect, it } from 'vitest';
import type { RunningServer } from '../../../src/sandbox/servers/start.ts';
import { wireTo } from '../../support/data.ts';
import { FULL_RUN } from '../../support/full-run.ts';
import { startProbing } from '../../support/probing-process.ts';
import { sharedServer } from '../../support/servers.ts';
import { until } from '../../support/until.ts';
import { Heard, instanceAt, probesOver, stopFor } from './probe-rig.ts';

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

it.each(FULL_RUN ? [20, 200] : [20])(
  'measures %i servers in one thread, or says that it cannot',
  async (count) => {
    const hosts = (from: number): string[] =>
      Array.from({ length: ADDRESSES }, (_, i) => `127.0.${from}.${i + 1}`);
    const instances = [];
    for (let from = 0; from < count / ADDRESSES; from += 1) {
      const bind = hosts(from).join(' ');
      const { port } = await sharedServer('redis-7.0', {
        settings: { bind: `127.0.0.1 ${from === 0 ? bind.replace('127.0.0.1 ', '') : bind}` },
      });
      instances.push(...hosts(from).map((host) => instanceAt(port, { name: host, address: { host, port } })));
    }
    const probes = probesOver(own);
    const heard = instances.map((instance) => new Heard(probes, instance));
    await Promise.all(heard.map((each) => each.measures(4, 60_000)));
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
  },
);
