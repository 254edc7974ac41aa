// What a probe has to say, as it comes from real servers: figures, charts, incidents with every cause there is.

import type { Cause } from '../../src/migration/latency/cause.ts';
import { encodeHistogram, histogramOf } from '../../src/migration/latency/histogram.ts';
import type { Incident } from '../../src/migration/latency/incident.ts';
import {
  type ChartPoint,
  type LatencyRecord,
  type LatencyReport,
  type LatencySummary,
  type LiveLatency,
  latencyAtFirst,
} from '../../src/migration/latency/summary.ts';

/** 2026-03-10 14:03:11.204 UTC. */
const STALLED_AT = Date.UTC(2026, 2, 10, 14, 3, 11, 204);
const CHART_FROM = Date.UTC(2026, 2, 10, 13, 53, 30);
const SPAN_MS = 30_000;

export const fork: Cause = { kind: 'fork', durationMs: 91.204 };
export const slowCommand: Cause = { kind: 'slow-command', command: 'lrange', durationMs: 4_310, times: 22 };

/** One of each kind, and the ones that somebody hostile could bring about. */
export const causes: readonly Cause[] = [
  fork,
  slowCommand,
  { kind: 'slow-command', command: 'JSON.GET', durationMs: 92, times: 1 },
  { kind: 'snapshot' },
  { kind: 'aof-rewrite' },
  { kind: 'aof-sync' },
  { kind: 'expiry', keys: 12_400 },
  { kind: 'eviction', keys: 1 },
  { kind: 'output-buffer', bytes: 775_946_240 },
  { kind: 'memory', what: '1.2 GB of its memory lie in swap' },
  { kind: 'network', what: 'carts-new fell silent at the same moment.' },
  { kind: 'paused' },
  { kind: 'loading' },
  { kind: 'ferry', what: 'its own comparison of a large key' },
  { kind: 'unknown', why: "nothing in the server's own record explains it" },
  { kind: 'slow-command', command: '<!channel>`@[U0EVA]\n*x*', durationMs: 4_200, times: 3 },
  { kind: 'network', what: '<https://evil.example|click> `@[U0EVA]` & <!here>' },
];

function chart(stallAt: number | null): readonly ChartPoint[] {
  return Array.from({ length: 20 }, (_, index) => ({
    at: CHART_FROM + index * SPAN_MS,
    p50Us: 60 + (index % 3),
    p99Us: index === 4 ? null : 700 + index * 10,
    maxUs: index === stallAt ? 92_000 : 900 + index * 20,
  }));
}

export const steady: LiveLatency = {
  verdict: 'steady',
  why: '',
  perSecond: 100,
  wantedPerSecond: 100,
  percentiles: { p50Us: 61, p99Us: 812, p999Us: 1_900, maxUs: 92_000 },
  worst: { ms: 92, at: STALLED_AT, cause: fork },
  stalls: 1,
  chart: chart(19),
};

/** A server nobody uses yet, whose probe has too much to do. */
export const resting: LiveLatency = {
  ...steady,
  perSecond: 8,
  wantedPerSecond: 20,
  percentiles: { p50Us: 48, p99Us: 96, p999Us: 410, maxUs: 1_240 },
  worst: null,
  stalls: 0,
  chart: chart(null),
};

export const BREACHED = 'p99 up to 310 ms in 40 of the last 40 s (limit 250 ms for 30 s)';
export const STRAINED = 'p99 up to 80 ms in 10 of the last 10 s (limit 50 ms for 10 s)';
export const UNKNOWN = 'the connection was refused (ECONNREFUSED 10.0.0.5:6379)';

export const slow: LiveLatency = {
  ...steady,
  verdict: 'breached',
  why: BREACHED,
  percentiles: { p50Us: 204_000, p99Us: 310_400, p999Us: 1_204_000, maxUs: 2_100_000 },
  worst: { ms: 2_100, at: STALLED_AT, cause: slowCommand },
  stalls: 7,
};

export const unmeasured: LiveLatency = {
  ...steady,
  verdict: 'unknown',
  why: UNKNOWN,
  perSecond: 1,
  percentiles: null,
  worst: null,
  stalls: 0,
  chart: [],
};

function summary(us: readonly number[], change: Partial<LatencySummary>): LatencySummary {
  return {
    measuredSeconds: 62,
    unmeasuredSeconds: 0,
    counts: encodeHistogram(histogramOf(us)),
    maxUs: Math.max(...us),
    stalls: 0,
    stalledMs: 0,
    untilAt: STALLED_AT,
    ...change,
  };
}

const most = (us: number, times = 970) => Array.from({ length: times }, () => us);

export const stages: LatencyRecord['stages'] = {
  before: summary([...most(60), ...most(700, 29), 900], {}),
  during: summary([...most(61), ...most(900, 29), 92_000], {
    measuredSeconds: 604,
    unmeasuredSeconds: 4,
    stalls: 1,
    stalledMs: 92,
  }),
  after: summary([...most(50), ...most(600, 29), 700], { measuredSeconds: 1_720 }),
};

export const incident: Incident = {
  number: 1,
  pair: 0,
  side: 'source',
  openedAt: STALLED_AT,
  lastAt: STALLED_AT + 92,
  stalls: 1,
  worstMs: 91.7,
  worstAt: STALLED_AT,
  worstExact: true,
  stalledMs: 91.7,
  commandsWaited: 378,
  silentSince: null,
  cause: fork,
  alsoSeen: [],
  verdict: 'steady',
  why: '',
  effect: 'none',
  overAt: null,
};

const over = (afterMs: number) => ({ overAt: STALLED_AT + afterMs });
const breached: Partial<Incident> = {
  lastAt: STALLED_AT + 40_000,
  verdict: 'breached',
  why: BREACHED,
  effect: 'promotion-held',
  cause: slowCommand,
  stalls: 0,
  worstMs: 0,
  worstAt: null,
  stalledMs: 0,
  commandsWaited: 0,
};
const several: Partial<Incident> = {
  stalls: 22,
  worstMs: 212.4,
  stalledMs: 4_310,
  commandsWaited: 18_340,
  cause: slowCommand,
};

/** Every face of an incident, while it lasts and when it is over. */
export const incidents: readonly Incident[] = [
  incident,
  { ...incident, ...over(92) },
  { ...incident, worstExact: false, commandsWaited: null },
  { ...incident, ...several, alsoSeen: [{ kind: 'snapshot' }, { kind: 'aof-sync' }] },
  { ...incident, ...several, ...over(71_300) },
  { ...incident, verdict: 'strained', why: STRAINED, ...several },
  { ...incident, ...breached },
  { ...incident, ...breached, ...several, worstExact: false, ...over(71_300) },
  { ...incident, ...breached, effect: 'none' },
  { ...incident, ...breached, effect: 'aborted', cause: null },
  { ...incident, ...breached, side: 'target', effect: 'none' },
  {
    ...incident,
    silentSince: STALLED_AT,
    lastAt: STALLED_AT + 41_000,
    worstMs: 41_000,
    worstExact: false,
    stalledMs: 41_000,
    commandsWaited: 168_920,
    cause: { kind: 'unknown', why: 'it answers nothing, so nothing could be read' },
    verdict: 'breached',
    why: BREACHED,
    effect: 'promotion-held',
  },
  { ...incident, ...breached, verdict: 'unknown', why: UNKNOWN, cause: null },
  { ...incident, ...breached, verdict: 'unknown', why: UNKNOWN, cause: null, ...over(12_000) },
  ...causes.map((cause, index) => ({ ...incident, number: index + 1, cause, worstExact: false })),
  { ...incident, pair: 9, why: '<!channel> `@[U0EVA]`', verdict: 'breached' },
];

/** A record that was measured from the first minute on. */
export function measuredRecord(change: Partial<LatencyRecord> = {}): LatencyRecord {
  return {
    ...latencyAtFirst(STALLED_AT - 180_000),
    verdict: 'steady',
    why: '',
    incidents: 1,
    stages,
    ...change,
  };
}

const measured = histogramOf([...most(60, 480), ...most(64, 490), ...most(420, 15), 1_900, 3_200]);

export const report: LatencyReport = {
  instance: 'carts-old',
  tookMs: 10_004,
  pings: 987,
  percentiles: { p50Us: 60, p99Us: 420, p999Us: 1_900, maxUs: 3_200 },
  counts: measured,
  stalls: [],
  verdict: 'steady',
  why: '',
};

const stall = { startedAt: STALLED_AT, over: true, commandsWaited: 3_340 };

export const reports: readonly LatencyReport[] = [
  report,
  {
    ...report,
    tookMs: 60_000,
    verdict: 'breached',
    why: BREACHED,
    percentiles: { p50Us: 60, p99Us: 812_000, p999Us: 2_104_000, maxUs: 2_104_000 },
    counts: histogramOf([...most(60, 480), ...most(800_000, 60), 2_104_000]),
    stalls: causes.map((cause, index) => ({
      ...stall,
      id: String(index),
      lengthMs: 812 + index,
      exact: index % 2 === 0,
      cause,
    })),
  },
  {
    ...report,
    tookMs: 1_000,
    pings: 0,
    percentiles: null,
    counts: [],
    verdict: 'unknown',
    why: UNKNOWN,
  },
];
