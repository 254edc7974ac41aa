// GET /metrics over a real socket: what Prometheus reads, also while Ferry's own Redis is away.

import { expect, it, onTestFinished } from 'vitest';
import { startCounting } from '../../src/telemetry/counting.ts';
import type { OwnRedisFigures } from '../../src/telemetry/metrics-server.ts';

const answering: OwnRedisFigures = { ping: async () => 'PONG', waiting: async () => 3 };

async function serve(own: OwnRedisFigures = answering): Promise<string> {
  const counting = await startCounting({ port: 0, host: '127.0.0.1' }, own);
  onTestFinished(() => counting.close());
  return `http://127.0.0.1:${counting.port}`;
}

it('is text for Prometheus, with the process and what Ferry knows', async () => {
  const response = await fetch(`${await serve()}/metrics`);
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  const text = await response.text();
  expect(text).toMatch(/^process_cpu_seconds_total \d/m);
  expect(text).toContain('\nferry_own_redis_up 1\n');
  expect(text).toContain('\nferry_announcements_waiting 3\n');
  expect(text).toContain('\nferry_migrations{phase="syncing"} 0\n');
});

it("I10 answers while Ferry's own Redis does not, and knows nothing of it", async () => {
  const away = () => Promise.reject(new Error('redis://u:c4n4ry@host is gone'));
  const silent = () => new Promise<never>(() => undefined);
  for (const own of [
    { ping: away, waiting: away },
    { ping: silent, waiting: silent },
  ]) {
    const text = await (await fetch(`${await serve(own)}/metrics`)).text();
    expect(text).toContain('\nferry_own_redis_up 0\n');
    expect(text).not.toMatch(/^ferry_announcements_waiting \d/m);
    expect(text).not.toContain('c4n4ry');
  }
});

it('is the only path, and for reading', async () => {
  const url = await serve();
  expect((await fetch(`${url}/`)).status).toBe(404);
  expect((await fetch(`${url}/healthz`)).status).toBe(404);
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${url}/metrics?name=x`)).status).toBe(200);
});

it('says why it cannot listen, and what to change', async () => {
  const port = Number(new URL(await serve()).port);
  const second = startCounting({ port, host: '127.0.0.1' }, answering);
  await expect(second).rejects.toMatchObject({
    code: 'metrics-port',
    message: `The metrics server cannot listen on 127.0.0.1:${port}.`,
  });
});

it('is nowhere without a port, and what is told is counted nowhere', async () => {
  const counting = await startCounting(null, answering);
  expect(counting.port).toBeNull();
  await counting.close();
});
