// The two paths that whoever runs Ferry watches, over a real socket.

import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { FerryError } from '../../src/migration/errors.ts';
import { createHealthHandler, type ReadinessCheck, startHealthServer } from '../../src/telemetry/health.ts';
import { until } from '../support/until.ts';

async function serve(checks: readonly ReadinessCheck[], checkLimitMs = 100): Promise<string> {
  const server = await startHealthServer({ port: 0, host: '127.0.0.1', checks, checkLimitMs });
  onTestFinished(() => server.close());
  return `http://127.0.0.1:${server.port}`;
}

test('a process with nothing wrong is alive and ready', async () => {
  const url = await serve([{ name: 'redis', check: async () => null }]);
  const health = await fetch(`${url}/healthz`);
  expect([health.status, await health.json()]).toEqual([200, { status: 'alive' }]);
  const ready = await fetch(`${url}/readyz?verbose`);
  expect([ready.status, await ready.json()]).toEqual([
    200,
    { status: 'ready', checks: { redis: { ready: true } } },
  ]);
});

test('I10 what refuses, fails or does not answer is not ready, and is named with the reason', async () => {
  const url = await serve([
    { name: 'records', check: async () => 'A record was written by a newer Ferry.' },
    {
      name: 'redis',
      check: () => Promise.reject(new FerryError('unreachable', 'No answer.', { hint: 'Start it.' })),
    },
    {
      name: 'throws',
      check: () => {
        throw new Error('redis://u:c4n4ry@host is gone');
      },
    },
    { name: 'hangs', check: () => new Promise(() => undefined) },
    { name: 'slack', check: async () => null },
  ]);
  const response = await fetch(`${url}/readyz`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    status: 'not-ready',
    checks: {
      records: { ready: false, why: 'A record was written by a newer Ferry.' },
      redis: { ready: false, why: 'No answer. Start it.' },
      throws: { ready: false, why: 'redis://[hidden]@host is gone' },
      hangs: { ready: false, why: 'No answer within 0.1 s.' },
      slack: { ready: true },
    },
  });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('requests at the same time share one round of checks', async () => {
  let rounds = 0;
  let finish: () => void = () => undefined;
  const check = (): Promise<null> => {
    rounds += 1;
    return new Promise((resolve) => {
      finish = () => resolve(null);
    });
  };
  const handle = createHealthHandler([{ name: 'slow', check }]);
  let arrived = 0;
  const http = createServer((request, response) => {
    void handle(request, response);
    arrived += 1;
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void http.close());
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const ask = (): Promise<Response> => fetch(`http://127.0.0.1:${address.port}/readyz`);

  const both = Promise.all([ask(), ask()]);
  await until(() => arrived === 2, { what: 'both requests to arrive' });
  finish();
  expect((await both).map((response) => response.status)).toEqual([200, 200]);
  expect(rounds).toBe(1);

  const later = ask();
  await until(() => rounds === 2, { what: 'a fresh round' });
  finish();
  expect((await later).status).toBe(200);
});

test('anything else is not there', async () => {
  const url = await serve([]);
  expect((await fetch(`${url}/`)).status).toBe(404);
  expect((await fetch(`${url}/healthz`, { method: 'POST' })).status).toBe(404);
});

test('a port that is taken is a sentence with the setting to change', async () => {
  const first = await startHealthServer({ port: 0, host: '127.0.0.1', checks: [] });
  onTestFinished(() => first.close());
  const second = startHealthServer({ port: first.port, host: '127.0.0.1', checks: [] });
  await expect(second).rejects.toMatchObject({
    code: 'health-port',
    hint: expect.stringContaining('HEALTH_PORT'),
  });
});
