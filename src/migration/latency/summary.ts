// What clients saw before, during and after the move: the figures of the report, from counts that add up
// across workers and restarts.

import type { Cause } from './cause.ts';
import type { Histogram } from './histogram.ts';
import type { Incident } from './incident.ts';
import type { Stall } from './reading.ts';
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
  /** Pings a second that are sent, and that were meant to be if the probe has too much to do. */
  readonly perSecond: number;
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
