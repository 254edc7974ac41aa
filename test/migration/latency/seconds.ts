// Seconds and stalls as a probe hands them over, made for tests of what is concluded from them.

import { histogramOf } from '../../../src/migration/latency/histogram.ts';
import type { ProbeSecond, Stall } from '../../../src/migration/latency/reading.ts';
import type { LatencyPolicy } from '../../../src/migration/policy.ts';

export const T0 = 1_790_000_000_000;

export const policy: LatencyPolicy = {
  stallMs: 100,
  strained: { p99Ms: 50, forMs: 10_000 },
  breached: { p99Ms: 250, forMs: 30_000 },
  onBreach: 'hold',
};

/** The second `index` after T0 in which every ping took `ms`. */
export function second(index: number, ms: number, change: Partial<ProbeSecond> = {}): ProbeSecond {
  const pings = Math.max(1, Math.min(100, Math.floor(1_000 / Math.max(ms, 10))));
  return {
    at: T0 + index * 1_000,
    state: 'answering',
    loading: false,
    why: null,
    perSecond: 100,
    wantedPerSecond: 100,
    pings,
    sumUs: pings * ms * 1_000,
    maxUs: ms * 1_000,
    measured: histogramOf(Array.from({ length: pings }, () => ms * 1_000)),
    omitted: [],
    waitingMs: null,
    ownDelayMs: 0,
    ...change,
  };
}

export function unmeasured(index: number, why = 'the connection was refused'): ProbeSecond {
  return second(index, 0, {
    state: 'unreachable',
    why,
    pings: 0,
    sumUs: 0,
    maxUs: 0,
    measured: [],
  });
}

/** A ping waits since `waitingMs`, and nothing was answered. */
export function silent(index: number, waitingMs: number): ProbeSecond {
  return second(index, 0, { state: 'silent', pings: 0, sumUs: 0, maxUs: 0, measured: [], waitingMs });
}

/** One stall of `ms` among good pings: its second as clients saw it. */
export function stalledSecond(index: number, ms: number): ProbeSecond {
  const good = Array.from({ length: 20 }, () => 60);
  const omitted = Array.from({ length: Math.floor(ms / 10) - 1 }, (_, i) => (ms - (i + 1) * 10) * 1_000);
  return second(index, 0.06, {
    pings: good.length + 1,
    maxUs: ms * 1_000,
    measured: histogramOf([...good, ms * 1_000]),
    omitted: histogramOf(omitted),
  });
}

export function stall(id: string, startedAt: number, lengthMs: number, change: Partial<Stall> = {}): Stall {
  return {
    id,
    startedAt,
    lengthMs,
    over: true,
    exact: false,
    commandsWaited: Math.round(lengthMs * 2),
    cause: { kind: 'unknown', why: 'nothing explains it' },
    ...change,
  };
}
