// What clients saw before, during and after the move: the figures of the report, from counts that add up
// across workers and restarts.

import type { Side } from '../instance.ts';
import type { Cause } from './cause.ts';
import {
  countOf,
  decodeHistogram,
  encodeHistogram,
  type Histogram,
  merge,
  percentileUs,
} from './histogram.ts';
import type { Incident } from './incident.ts';
import type { ProbeSecond, Stall } from './reading.ts';
import type { LatencyVerdict } from './verdict.ts';

/** before: until Start; during: from the sync to the promotion, on the source; after: from then on, on the target. */
export type LatencyStage = 'before' | 'during' | 'after';

export const LATENCY_STAGES: readonly LatencyStage[] = ['before', 'during', 'after'];

/** A span of measured time; counts as in a ProbeSecond, added up. */
export interface LatencySummary {
  /** Seconds in which something was measured, and in which it could not be. */
  readonly measuredSeconds: number;
  readonly unmeasuredSeconds: number;
  /** Replies and what was omitted, encoded by `encodeHistogram`. */
  readonly counts: string;
  readonly maxUs: number;
  readonly stalls: number;
  readonly stalledMs: number;
  /** Seconds up to here are in it, epoch ms: nobody adds them again after a change of worker. */
  readonly untilAt: number;
}

/** What a client saw, µs; null: nothing was measured. */
export interface Percentiles {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
}

/** What the record keeps about latency. */
export interface LatencyRecord {
  /** Of the server that clients use, the worst pair's; `unknown` until it was measured. */
  readonly verdict: LatencyVerdict;
  /** As `Judgement.why`. */
  readonly why: string;
  readonly since: number;
  /** How many incidents there were; the number of the last one. */
  readonly incidents: number;
  /** Stalls up to here are in the incidents that were told, epoch ms. */
  readonly toldUntilAt: number;
  /** Those that last; one a pair at the most. */
  readonly open: readonly Incident[];
  /** All pairs together; null: not reached, or nothing measured. */
  readonly stages: Readonly<Record<LatencyStage, LatencySummary | null>>;
}

/** A point of the chart: one span of time on one server. null: nothing was measured in it. */
export interface ChartPoint {
  readonly at: number;
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  readonly maxUs: number | null;
}

/** Live figures of one server of a pair: for the card, never truth. */
export interface LiveLatency {
  readonly verdict: LatencyVerdict;
  readonly why: string;
  /** Pings a second that are sent; fewer than wanted where the probe has too many servers. */
  readonly perSecond: number;
  readonly wantedPerSecond: number;
  /** Over the last ten minutes at the most. */
  readonly percentiles: Percentiles | null;
  /** The longest stall in that time; null: none. */
  readonly worst: {
    readonly ms: number;
    readonly at: number;
    readonly cause: Cause;
  } | null;
  readonly stalls: number;
  /** Oldest first, at most 20, together the last ten minutes at the most. */
  readonly chart: readonly ChartPoint[];
}

/** The answer to `/redis latency`. */
export interface LatencyReport {
  readonly instance: string;
  readonly tookMs: number;
  readonly pings: number;
  readonly percentiles: Percentiles | null;
  readonly counts: Histogram;
  readonly stalls: readonly Stall[];
  readonly verdict: LatencyVerdict;
  readonly why: string;
}

/** Before anything was measured. */
export function latencyAtFirst(at: number): LatencyRecord {
  return {
    verdict: 'unknown',
    why: 'it was not measured yet',
    since: at,
    incidents: 0,
    toldUntilAt: at,
    open: [],
    stages: { before: null, during: null, after: null },
  };
}

/** `before` with more seconds and with the stalls that ended in them; what it has already is not added again. */
export function addTo(
  before: LatencySummary | null,
  seconds: readonly ProbeSecond[],
  stalls: readonly Stall[],
): LatencySummary {
  const start = before ?? EMPTY;
  const fresh = seconds.filter(({ at }) => at > start.untilAt);
  const measured = fresh.filter(isMeasured);
  const ended = stalls.filter(
    ({ over, startedAt, lengthMs }) => over && startedAt + lengthMs > start.untilAt,
  );
  return {
    measuredSeconds: start.measuredSeconds + measured.length,
    unmeasuredSeconds: start.unmeasuredSeconds + fresh.length - measured.length,
    counts: encodeHistogram(merge([countsOf(start), ...measured.map(seenByClients)])),
    maxUs: Math.max(start.maxUs, ...measured.map(({ maxUs }) => maxUs)),
    stalls: start.stalls + ended.length,
    stalledMs: start.stalledMs + ended.reduce((sum, { lengthMs }) => sum + lengthMs, 0),
    untilAt: fresh.reduce((last, { at }) => Math.max(last, at), start.untilAt),
  };
}

const EMPTY: LatencySummary = {
  measuredSeconds: 0,
  unmeasuredSeconds: 0,
  counts: '',
  maxUs: 0,
  stalls: 0,
  stalledMs: 0,
  untilAt: 0,
};

/** When the sync began and when the target was promoted, epoch ms; null: not yet. */
export interface StageMarks {
  readonly syncAt: number | null;
  readonly promotedAt: number | null;
}

/** Which stage a server's second at `at` belongs to; null: clients did not use this server then. */
export function stageOf(side: Side, at: number, { syncAt, promotedAt }: StageMarks): LatencyStage | null {
  const promoted = promotedAt !== null && at >= promotedAt;
  if (side === 'target') return promoted ? 'after' : null;
  if (promoted) return null;
  return syncAt !== null && at >= syncAt ? 'during' : 'before';
}

/** Was anything seen of the server in this second, were it only that it did not answer? */
export function isMeasured({ state }: ProbeSecond): boolean {
  return state === 'answering' || state === 'silent';
}

/** What clients of the server would have waited in this second. */
export function seenByClients({ measured, omitted }: ProbeSecond): Histogram {
  return merge([measured, omitted]);
}

export function countsOf({ counts }: LatencySummary): Histogram {
  return decodeHistogram(counts) ?? [];
}

/** `maxUs`: the longest that was measured; a histogram knows it only to the width of a bucket. */
export function percentilesOf(counts: Histogram, maxUs: number): Percentiles | null {
  const [p50Us, p99Us, p999Us] = [0.5, 0.99, 0.999].map((fraction) => percentileUs(counts, fraction));
  if (countOf(counts) === 0 || p50Us == null || p99Us == null || p999Us == null) return null;
  const capped = (us: number) => Math.min(us, maxUs);
  return { p50Us: capped(p50Us), p99Us: capped(p99Us), p999Us: capped(p999Us), maxUs };
}
