// GET /metrics over a real socket: what Prometheus reads, also while Ferry's own Redis is away.

import { expect, it, onTestFinished } from 'vitest';
import { harmless, startCounting } from '../../src/telemetry/counting.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import type { OwnRedisFigures } from '../../src/telemetry/metrics-server.ts';
import { noMeters } from '../../src/workflow/metrics-port.ts';
import * as walks from '../support/walk.ts';

const silent = createLogger({ level: 'silent' });
const answering: OwnRedisFigures = { ping: async () => 'PONG', waiting: async () => 3 };

async function serve(own: OwnRedisFigures = answering): Promise<string> {
  const counting = await startCounting({ port: 0, host: '127.0.0.1' }, own, silent);
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

it('is bound to the given address alone', async () => {
  // All of 127.0.0.0/8 is this machine.
  const elsewhere = async (host: string): Promise<number> => {
    const counting = await startCounting({ port: 0, host }, answering, silent);
    onTestFinished(() => counting.close());
    return (await fetch(`http://127.0.0.2:${counting.port}/metrics`)).status;
  };
  await expect(elsewhere('127.0.0.1')).rejects.toThrow('fetch failed');
  expect(await elsewhere('0.0.0.0')).toBe(200);
});

it('says why it cannot listen, and what to change', async () => {
  const port = Number(new URL(await serve()).port);
  const second = startCounting({ port, host: '127.0.0.1' }, answering, silent);
  await expect(second).rejects.toMatchObject({
    code: 'metrics-port',
    message: `The metrics server cannot listen on 127.0.0.1:${port}.`,
  });
});

it('is nowhere without a port, and what is told is counted nowhere', async () => {
  const counting = await startCounting(null, answering, silent);
  expect(counting.port).toBeNull();
  await counting.close();
});

it('does not stop what is done when something cannot be counted', () => {
  const failures: unknown[] = [];
  const broken = {
    ...noMeters,
    recorded: () => {
      throw new TypeError('Value is not a valid number: NaN');
    },
  };
  const before = walks.inPhase('cutting-over');
  const event = { kind: 'undoing', reason: 'it took too long' } as const;
  harmless(broken, (error) => failures.push(error)).recorded({ before, after: before, event });
  expect(failures).toHaveLength(1);
});
