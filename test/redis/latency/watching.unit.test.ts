// What one watcher hears, in which order, and who counts as silent beside a server.

import { describe, expect, it } from 'vitest';
import type { ProbeSecond, Stall } from '../../../src/migration/latency/reading.ts';
import { Silences } from '../../../src/redis/latency/silences.ts';
import { Watcher } from '../../../src/redis/latency/watcher.ts';
import type { LoggedReading } from '../../../src/workflow/latency-ports.ts';

function second(at: number): LoggedReading {
  const blank: Omit<ProbeSecond, 'at'> = {
    state: 'answering',
    loading: false,
    why: null,
    perSecond: 100,
    wantedPerSecond: 100,
    pings: 100,
    sumUs: 0,
    maxUs: 0,
    measured: [],
    omitted: [],
    waitingMs: null,
    ownDelayMs: 0,
  };
  return { kind: 'second', second: { at, ...blank } };
}

function stall(id: string, lengthMs: number, over = true): LoggedReading {
  const cause: Stall['cause'] = { kind: 'unknown', why: '' };
  return {
    kind: 'stall',
    stall: { id, startedAt: 0, lengthMs, over, exact: false, commandsWaited: null, cause },
  };
}

const heard = (watcher: Watcher) => {
  const { seconds, stalls } = watcher.take();
  return {
    seconds: seconds.map(({ at }) => at),
    stalls: stalls.map(({ id, lengthMs }) => `${id} ${lengthMs}`),
  };
};

describe('a watcher', () => {
  it('hears each thing once', () => {
    const watcher = new Watcher(100, false);
    watcher.deliver(second(1_000));
    expect(heard(watcher)).toEqual({ seconds: [1_000], stalls: [] });
    expect(heard(watcher)).toEqual({ seconds: [], stalls: [] });
  });

  it('hears the past first, and no second twice that is in both', () => {
    const watcher = new Watcher(100, true);
    watcher.deliver(second(2_000));
    watcher.deliver(second(3_000));
    expect(heard(watcher).seconds).toEqual([]);
    watcher.past([second(1_000), second(2_000)]);
    watcher.deliver(second(4_000));
    expect(heard(watcher).seconds).toEqual([1_000, 2_000, 3_000, 4_000]);
  });

  it('hears of what is a stall by its own measure, and of that to its end', () => {
    const watcher = new Watcher(100, false);
    for (const reading of [stall('a', 60, false), stall('a', 90), stall('b', 101, false), stall('b', 99.9)])
      watcher.deliver(reading);
    expect(heard(watcher).stalls).toEqual(['b 101', 'b 99.9']);
  });

  it('keeps a bounded amount for somebody who does not look', () => {
    const watcher = new Watcher(100, false);
    for (let at = 0; at < 10_000; at += 1) watcher.deliver(second(at));
    const { seconds } = heard(watcher);
    expect(seconds.length).toBeLessThan(5_000);
    expect(seconds.at(-1)).toBe(9_999);
  });
});

describe('silence beside', () => {
  const silences = (startedAt: number, endedAt: number, explained = false): Silences => {
    const all = new Silences();
    all.name('b', 'carts-new');
    all.note('b', { id: '1', startedAt, endedAt, explained });
    return all;
  };
  const span = { startedAt: 1_000, endedAt: 1_800 };

  it.each([
    ['all of it', silences(900, 2_000), 'carts-new'],
    ['half of it', silences(1_400, 2_000), 'carts-new'],
    ['less than half of it', silences(1_500, 2_000), null],
    ['another time', silences(5_000, 6_000), null],
    ['all of it for a reason of its own', silences(900, 2_000, true), null],
  ])('%s', (_, all, name) => {
    expect(all.besides(['b'], span)).toBe(name);
    expect(all.besides([], span)).toBeNull();
  });

  it('counts what a server told last', () => {
    const all = silences(900, 2_000);
    all.note('b', { id: '1', startedAt: 900, endedAt: 1_000, explained: false });
    expect(all.besides(['b'], span)).toBeNull();
  });
});
