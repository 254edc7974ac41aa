// What one probe measured is there for everybody: in order, from where it was read last, and never more than fits.

import { beforeEach, describe, expect, it } from 'vitest';
import type { ProbeSecond, Stall } from '../../src/migration/latency/reading.ts';
import { keys } from '../../src/store/keys.ts';
import { createLatencyLog } from '../../src/store/latency-log.ts';
import type { LatencyLog, LoggedReading } from '../../src/workflow/latency-ports.ts';
import { until } from '../support/until.ts';
import { ferryRedis } from './ferry-redis.ts';

const ferry = ferryRedis();
const SERVER = '10.0.0.5:6379';
const START = { cursor: null, sinceAt: 0 };

let log: LatencyLog;
beforeEach(() => {
  log = createLatencyLog(ferry.redis);
});

function second(at: number): LoggedReading {
  const value: ProbeSecond = {
    at,
    state: 'answering',
    loading: false,
    why: null,
    perSecond: 100,
    wantedPerSecond: 100,
    pings: 3,
    sumUs: 320,
    maxUs: 200,
    measured: [
      [3, 2],
      [77, 1],
    ],
    omitted: [],
    waitingMs: 4.5,
    ownDelayMs: 0.3,
  };
  return { kind: 'second', second: value };
}

function stall(startedAt: number): LoggedReading {
  const value: Stall = {
    id: 'a-1',
    startedAt,
    lengthMs: 812.5,
    over: true,
    exact: true,
    commandsWaited: 4_100,
    cause: { kind: 'slow-command', command: 'EVAL', durationMs: 812.5, times: 1 },
  };
  return { kind: 'stall', stall: value };
}

describe('readings', () => {
  it('come back as they were, in order, and once', async () => {
    const readings = [second(1_000), stall(1_200), second(2_000)];
    await log.append(SERVER, readings);
    const first = await log.read(SERVER, START, 2);
    expect(first.entries).toEqual(readings.slice(0, 2));
    const rest = await log.read(SERVER, { ...START, cursor: first.cursor }, 10);
    expect(rest.entries).toEqual(readings.slice(2));
    expect(await log.read(SERVER, { ...START, cursor: rest.cursor }, 10)).toEqual({
      cursor: rest.cursor,
      entries: [],
    });
  });

  it('before a moment are left out, and those of other servers', async () => {
    const now = Date.now();
    await log.append(SERVER, [second(now - 9_000), second(now)]);
    await log.append('10.0.0.6:6379', [second(now)]);
    const { entries } = await log.read(SERVER, { cursor: null, sinceAt: now - 1_000 }, 10);
    expect(entries).toEqual([second(now)]);
  });

  it('that do not parse are skipped', async () => {
    await log.append(SERVER, [second(1_000)]);
    await ferry.redis.xadd(keys.probeLog(SERVER), '*', 'reading', '{"kind":"second"}');
    await ferry.redis.xadd(keys.probeLog(SERVER), '*', 'reading', 'nonsense');
    await log.append(SERVER, [second(2_000)]);
    expect((await log.read(SERVER, START, 10)).entries).toEqual([second(1_000), second(2_000)]);
  });

  it('are capped, and gone when nobody measures any more', async () => {
    for (let from = 0; from < 6_000; from += 500)
      await log.append(
        SERVER,
        Array.from({ length: 500 }, (_, i) => second((from + i) * 1_000)),
      );
    expect(await ferry.redis.xlen(keys.probeLog(SERVER))).toBeLessThan(4_300);
    expect(await ferry.redis.pttl(keys.probeLog(SERVER))).toBeGreaterThan(3_000_000);
  });
});

describe('the lease', () => {
  it('is held by one, who may renew it and give it back', async () => {
    expect(await log.lead(SERVER, 'a', 60_000)).toBe(true);
    expect(await log.lead(SERVER, 'b', 60_000)).toBe(false);
    expect(await log.lead(SERVER, 'a', 60_000)).toBe(true);
    await log.release(SERVER, 'b');
    expect(await log.lead(SERVER, 'b', 60_000)).toBe(false);
    await log.release(SERVER, 'a');
    expect(await log.lead(SERVER, 'b', 60_000)).toBe(true);
  });

  it('runs out', async () => {
    expect(await log.lead(SERVER, 'a', 50)).toBe(true);
    await until(() => log.lead(SERVER, 'b', 60_000), { what: 'the lease of another' });
  });
});

describe('what others want', () => {
  it('is known until it is not said any more', async () => {
    await log.want(SERVER, 'a', { rate: 'full', stallMs: 50 }, 60_000);
    await log.want(SERVER, 'b', { rate: 'rest', stallMs: 100 }, 50);
    await until(async () => (await log.wanted(SERVER)).length === 1, { what: 'the second to be forgotten' });
    expect(await log.wanted(SERVER)).toEqual([{ rate: 'full', stallMs: 50 }]);
    await log.want(SERVER, 'a', { rate: 'rest', stallMs: 50 }, 60_000);
    expect(await log.wanted(SERVER)).toEqual([{ rate: 'rest', stallMs: 50 }]);
  });

  it('that does not parse is skipped', async () => {
    await ferry.redis.hset(keys.probeWants(SERVER), 'a', 'nonsense', 'b', '99999999999999 {"rate":"fast"}');
    expect(await log.wanted(SERVER)).toEqual([]);
  });
});
