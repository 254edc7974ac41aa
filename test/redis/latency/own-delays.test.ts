// What holds Ferry up is not booked on a server: a processor that others use, a main thread that computes, a process
// that is stopped.

import { beforeAll, expect, it } from 'vitest';
import type { RunningServer } from '../../../src/sandbox/servers/start.ts';
import { FULL_RUN } from '../../support/full-run.ts';
import { bind, startHogs, startProbing } from '../../support/probing-process.ts';
import { sharedServer } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const SECONDS = FULL_RUN ? 300 : 4;
const STALL_MS = FULL_RUN ? 20 : 50;

let own: RunningServer;
let server: RunningServer;

beforeAll(async () => {
  own = await sharedServer('redis-7.0');
  server = await sharedServer('redis-7.0');
});

it('invents no stall while others use its processor and its main thread computes', {
  timeout: 400_000,
}, async () => {
  // The server keeps a processor: what is measured is Ferry's delay, not the server's.
  bind(server.pid, 1);
  startHogs(3, 0);
  const probing = startProbing({
    ownPort: own.port,
    ports: [server.port],
    rate: 'full',
    stallMs: STALL_MS,
    busyMs: 200,
    processor: 0,
  });
  await until(() => probing.seconds.filter(({ pings }) => pings > 0).length >= SECONDS, {
    what: 'seconds measured on a busy processor',
    deadlineMs: 30_000 + SECONDS * 1_500,
  });
  expect(probing.stalls).toEqual([]);
  // It was held up indeed, by more than a stall.
  expect(Math.max(...probing.seconds.map(({ ownDelayMs }) => ownDelayMs))).toBeGreaterThan(3);
});

it('calls the time in which its process was stopped unmeasured', async () => {
  const probing = startProbing({ ownPort: own.port, ports: [server.port], rate: 'full', stallMs: STALL_MS });
  const measured = (): number => probing.seconds.filter(({ pings }) => pings > 0).length;
  await until(() => measured() >= 2, { what: 'seconds measured', deadlineMs: 20_000 });
  probing.child.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const before = measured();
  probing.child.kill('SIGCONT');
  await until(() => measured() >= before + 2, { what: 'seconds measured again' });
  expect(probing.stalls).toEqual([]);
  const stopped = probing.seconds.filter(({ state }) => state === 'unmeasured' || state === 'silent');
  expect(stopped.length).toBeGreaterThanOrEqual(1);
  expect(stopped.map(({ state }) => state)).not.toContain('silent');
  expect(stopped.at(-1)?.why).toMatch(/held up/);
});
