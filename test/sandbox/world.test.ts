// The sandbox's world: everything starts, answers on its page, survives a killed worker, and leaves nothing behind.

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLoad } from '../../src/sandbox/load/load.ts';
import { ask } from '../../src/sandbox/load/resp.ts';
import { type Page, startPage } from '../../src/sandbox/page/server.ts';
import { Play } from '../../src/sandbox/play/play.ts';
import { addressOf, CHANNEL, startWorld, type World } from '../../src/sandbox/world.ts';
import { binaryOf } from '../support/servers.ts';
import { until } from '../support/until.ts';

let world: World;
let play: Play;
let page: Page;

beforeAll(async () => {
  world = await startWorld({
    env: process.env,
    say: () => undefined,
    binaries: { source: binaryOf('redis-7.0'), target: binaryOf('redis-8.0') },
  });
  play = await Play.begin(world, { keys: 1_000, perSecond: 300, stayMs: 0, startLoad });
  page = await startPage(world, play, 0);
});

afterAll(async () => {
  await page?.close();
  await play?.stop();
  await world?.stop();
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> => {
  const origin = new URL(page.url).origin;
  return fetch(new URL(path, page.url), {
    method: 'POST',
    headers: { origin, ...headers },
    body: JSON.stringify(body),
  });
};

test('the page serves itself and its scripts, and nothing else', async () => {
  const html = await (await fetch(page.url)).text();
  expect(html).toContain('Ferry sandbox');
  const linked = [...html.matchAll(/(?:src|href)="(\/[a-z.]+)"/g)].map((match) => match[1] ?? '');
  expect(linked).toContain('/page.js');
  for (const path of linked) expect((await fetch(new URL(path, page.url))).status, path).toBe(200);
  expect((await fetch(new URL('server.js', page.url))).status).toBe(404);
});

test('another site in the same browser may do nothing', async () => {
  const act = { kind: 'trouble', name: 'kill-worker' };
  expect((await post('/act', act, { origin: 'https://example.com' })).status).toBe(403);
  expect((await post('/act', { kind: 'nonsense' })).status).toBe(400);
  expect(world.worker.deaths).toBe(0);
});

test('a command typed on the page becomes a card, and the page hears of it', async () => {
  const events = await listen();
  const answer = await post('/act', {
    kind: 'command',
    user: 'U0ANA',
    line: '/redis migrate carts-old carts-new',
  });
  expect(answer.status).toBe(204);
  await until(() => events.text().includes('event: ephemeral'), { what: 'the quiet answer' });
  await until(() => events.text().includes('carts-old → carts-new'), { what: 'the card' });
  await until(() => events.text().includes('event: servers'), { what: 'the servers’ figures' });
  expect(world.slack.messages(CHANNEL)).toHaveLength(1);
  await events.close();
});

test('a killed worker is started again and becomes ready', async () => {
  const before = world.worker.pid;
  await post('/act', { kind: 'trouble', name: 'kill-worker' });
  await until(() => world.worker.deaths === 1 && world.worker.pid !== 0, { what: 'a new worker' });
  expect(world.worker.pid).not.toBe(before);
  await world.worker.ready();
});

test('trouble is real, runs once at a time, and says when it is over', async () => {
  const events = await listen();
  const stall = { kind: 'trouble', name: 'stall' };
  const scripts = async (): Promise<number> => {
    const [info] = await ask(addressOf(world.source), [['INFO', 'commandstats']]);
    return Number(/^cmdstat_eval:calls=(\d+)/m.exec(String(info))?.[1] ?? 0);
  };
  const before = await scripts();
  expect((await post('/act', stall)).status).toBe(204);
  const again = await post('/act', stall);
  expect([again.status, await again.text()]).toEqual([409, '"Stall carts-old for 800 ms" is running.']);
  await until(() => /"name":"stall",[^}]*"endedAt":\d+,"failure":null/.test(events.text()), {
    what: 'its end',
  });
  expect(await scripts()).toBeGreaterThan(before);
  await events.close();
});

test('what the page says of the writes was read back', async () => {
  const events = await listen();
  await until(async () => (await play.load.figures()).acknowledged > 300, { what: 'writes' });
  expect((await post('/account', {})).status).toBe(204);
  await until(() => /"accounted":\{"acknowledged":\d+,"lost":0/.test(events.text()), { what: 'the account' });
  await events.close();
});

test('afterwards no process and no folder is left', async () => {
  const pids = [world.bot.pid, world.worker.pid, world.source.pid, world.target.pid, world.ferryRedis.pid];
  expect(pids.every(isAlive)).toBe(true);
  await page.close();
  await play.stop();
  await world.stop();
  expect(pids.filter(isAlive)).toEqual([]);
  expect([world.dir, world.source.dir, world.target.dir].filter((dir) => existsSync(dir))).toEqual([]);
});

/** Everything that the page's stream has said so far. */
async function listen(): Promise<{ text(): string; close(): Promise<void> }> {
  const ending = new AbortController();
  const response = await fetch(new URL('/events', page.url), { signal: ending.signal });
  let heard = '';
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) heard += decoder.decode(chunk);
  })().catch(() => undefined);
  return {
    text: () => heard,
    close: async () => {
      ending.abort();
      await reading;
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
