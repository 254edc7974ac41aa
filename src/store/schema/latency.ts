// Latency as it is read back: what the record keeps, and the live figures of the card.

import { z } from 'zod';
import type { Cause } from '../../migration/latency/cause.ts';
import type { Incident } from '../../migration/latency/incident.ts';
import type { LatencyRecord, LatencySummary, LiveLatency } from '../../migration/latency/summary.ts';
import type { LatencyVerdict } from '../../migration/latency/verdict.ts';

const verdict = z.enum(['steady', 'strained', 'breached', 'unknown']) satisfies z.ZodType<LatencyVerdict>;

export const cause = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fork'), durationMs: z.number() }),
  z.strictObject({
    kind: z.literal('slow-command'),
    command: z.string(),
    durationMs: z.number(),
    times: z.number(),
  }),
  z.strictObject({ kind: z.enum(['snapshot', 'aof-rewrite', 'aof-sync', 'paused', 'loading']) }),
  z.strictObject({ kind: z.literal('expiry'), keys: z.number() }),
  z.strictObject({ kind: z.literal('eviction'), keys: z.number() }),
  z.strictObject({ kind: z.literal('output-buffer'), bytes: z.number() }),
  z.strictObject({ kind: z.enum(['memory', 'network', 'ferry']), what: z.string() }),
  z.strictObject({ kind: z.literal('unknown'), why: z.string() }),
]) satisfies z.ZodType<Cause>;

const incident = z.strictObject({
  number: z.number(),
  pair: z.number(),
  side: z.enum(['source', 'target']),
  openedAt: z.number(),
  lastAt: z.number(),
  stalls: z.number(),
  worstMs: z.number(),
  worstAt: z.number().nullable(),
  worstExact: z.boolean(),
  stalledMs: z.number(),
  commandsWaited: z.number().nullable(),
  silentSince: z.number().nullable(),
  cause: cause.nullable(),
  alsoSeen: z.array(cause),
  verdict,
  why: z.string(),
  effect: z.enum(['none', 'promotion-held', 'aborted']),
  overAt: z.number().nullable(),
}) satisfies z.ZodType<Incident>;

const summary = z.strictObject({
  measuredSeconds: z.number(),
  unmeasuredSeconds: z.number(),
  counts: z.string(),
  maxUs: z.number(),
  stalls: z.number(),
  stalledMs: z.number(),
  untilAt: z.number(),
}) satisfies z.ZodType<LatencySummary>;

export const latencyRecord = z.strictObject({
  verdict,
  why: z.string(),
  since: z.number(),
  incidents: z.number(),
  toldUntilAt: z.number(),
  open: z.array(incident),
  stages: z.strictObject({
    before: summary.nullable(),
    during: summary.nullable(),
    after: summary.nullable(),
  }),
}) satisfies z.ZodType<LatencyRecord>;

export const liveLatency = z.object({
  verdict,
  why: z.string(),
  perSecond: z.number(),
  wantedPerSecond: z.number(),
  percentiles: z
    .object({ p50Us: z.number(), p99Us: z.number(), p999Us: z.number(), maxUs: z.number() })
    .nullable(),
  worst: z.object({ ms: z.number(), at: z.number(), cause }).nullable(),
  stalls: z.number(),
  chart: z.array(
    z.object({
      at: z.number(),
      p50Us: z.number().nullable(),
      p99Us: z.number().nullable(),
      maxUs: z.number().nullable(),
    }),
  ),
}) satisfies z.ZodType<LiveLatency>;
