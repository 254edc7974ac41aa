// Verification while the source is written to: nothing is invented, and what differs is found all the same.

import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { verdictOf } from '../../src/migration/verification.ts';
import type { Command } from '../../src/redis/wire/command.ts';
import type { WireConnection } from '../../src/redis/wire/connection.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { fill, run, seeded, wireTo } from '../support/data.ts';
import { until } from '../support/until.ts';
import { clock, follow, PASSWORD, settled, startPair, verify } from './reader-pair.ts';

const KEYS = 1_500;
const LEVELS = ['sample', 'full'] as const;
/** All that the load touches begins so. */
const HOT = 'hot:';

let source: RunningServer;
let target: RunningServer;

beforeAll(async () => {
  ({ source, target } = await startPair('redis-7.0', 'redis-8.0'));
  await fill(source.port, { keys: KEYS, databases: [0, 2], password: PASSWORD });
  await follow(source, target);
});

async function wire(server: RunningServer): Promise<WireConnection> {
  const connection = await wireTo(server.port, PASSWORD);
  onTestFinished(() => connection.close());
  return connection;
}

/** One round of everything that clients do to keys: some are hot all the time, some live for milliseconds. */
function writes(i: number, random: () => number): Command[] {
  const some = Math.floor(random() * 200);
  return [
    ['INCR', `${HOT}counter`],
    ['RPUSH', `${HOT}list:${some}`, i],
    ['LTRIM', `${HOT}list:${some}`, -20, -1],
    ['SET', `${HOT}expiring:${some}`, i, 'PX', 5 + Math.floor(random() * 100)],
    ['HSET', `${HOT}hash:${some}`, `field ${i % 50}`, i],
    ['ZADD', `${HOT}zset`, random(), `member ${i % 100}`],
    // Locks: taken and released, the same value again and again.
    i % 2 === 0 ? ['SET', `${HOT}lock:${some % 3}`, 'held'] : ['DEL', `${HOT}lock:${some % 3}`],
    ['SET', `${HOT}toggle`, i % 2],
    ['MULTI'],
    ['INCR', `${HOT}pair:one`],
    ['INCR', `${HOT}pair:two`],
    ['EXEC'],
    [
      'EVAL',
      "redis.call('SETEX', KEYS[1], 60, ARGV[1]) redis.call('SADD', KEYS[2], ARGV[1])",
      2,
      `${HOT}lua`,
      `${HOT}set`,
      i % 500,
    ],
  ];
}

interface Load {
  readonly writes: number;
}

/** Writes all the time until the test ends, about two thousand commands a second. */
async function keepWriting(): Promise<Load> {
  const connection = await wire(source);
  const random = seeded(3);
  const load = { writes: 0 };
  let over = false;
  const writing = (async () => {
    for (let i = 0; !over; i += 1) {
      const batch = writes(i, random);
      await run(connection, batch);
      load.writes += batch.length;
      await clock.sleep(5);
    }
  })();
  onTestFinished(async () => {
    over = true;
    await writing;
  });
  await until(() => load.writes > 1_000, { what: 'the load to run' });
  return load;
}

describe('under load', () => {
  it.each(LEVELS)('finds equal data equal and invents nothing: %s', async (level) => {
    const load = await keepWriting();
    for (let i = 0; i < 4; i += 1) {
      const before = load.writes;
      const result = await verify(source, target, { level });
      expect(load.writes).toBeGreaterThan(before);
      expect(result.differences).toEqual([]);
      expect(result.comparedKeys).toBeGreaterThan(KEYS);
      expect(result.unsettled.filter((each) => !each.startsWith(`db0 ${HOT}`))).toEqual([]);
      expect(verdictOf(result)).toBe('equal');
    }
  });

  it.each(LEVELS)('finds a difference among keys that change: %s', async (level) => {
    const [here, there] = [await wire(source), await wire(target)];
    await run(here, [
      ['SET', 'quiet', 'x'],
      ['SET', `quiet:too`, 'y', 'EX', 1_000],
    ]);
    await settled(here, there);
    await run(there, [
      ['SELECT', 0],
      ['SET', 'quiet', 'z'],
      ['DEL', 'quiet:too'],
      ['SET', 'foreign', 'x'],
    ]);
    await keepWriting();
    const result = await verify(source, target, { level });
    const found = result.differences.map(({ key, what }) => `${what} ${key}`).sort();
    expect(found).toEqual(['extra foreign', 'missing quiet:too', 'value quiet']);
    await run(here, [
      ['SET', 'quiet', 'x'],
      ['DEL', 'quiet:too', 'foreign'],
    ]);
    await run(there, [['DEL', 'quiet:too', 'foreign']]);
  });

  it('counts until both sides agree', async () => {
    await keepWriting();
    expect(verdictOf(await verify(source, target, { level: 'counts' }))).toBe('equal');
  });

  it('is called off even while the target answers nobody', async () => {
    await keepWriting();
    target.pause();
    const controller = new AbortController();
    const running = verify(source, target, { signal: controller.signal });
    const outcome = running.then(
      () => 'a result',
      (error: { code?: string }) => error.code,
    );
    await clock.sleep(500);
    controller.abort();
    target.resume();
    expect(await outcome).toBe('aborted');
  });
});
