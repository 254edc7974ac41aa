// What a probe left in its log, as it is read back. Histograms are kept as text: they are the most of it.

import { z } from 'zod';
import { decodeHistogram, encodeHistogram, type Histogram } from '../../migration/latency/histogram.ts';
import type { ProbeSecond, Stall } from '../../migration/latency/reading.ts';
import type { LoggedReading, Wanted } from '../../workflow/latency-ports.ts';
import { cause } from './latency.ts';

const histogram = z.string().transform((text, context): Histogram => {
  const decoded = decodeHistogram(text);
  if (decoded !== null) return decoded;
  context.addIssue({ code: 'custom', message: 'no histogram' });
  return z.NEVER;
});

const second = z.object({
  at: z.number(),
  state: z.enum(['answering', 'silent', 'unreachable', 'unmeasured']),
  loading: z.boolean(),
  why: z.string().nullable(),
  perSecond: z.number(),
  wantedPerSecond: z.number(),
  pings: z.number(),
  sumUs: z.number(),
  maxUs: z.number(),
  measured: histogram,
  omitted: histogram,
  waitingMs: z.number().nullable(),
  ownDelayMs: z.number(),
}) satisfies z.ZodType<ProbeSecond>;

const stall = z.object({
  id: z.string(),
  startedAt: z.number(),
  lengthMs: z.number(),
  over: z.boolean(),
  exact: z.boolean(),
  commandsWaited: z.number().nullable(),
  cause,
}) satisfies z.ZodType<Stall>;

export const readingSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('second'), second }),
  z.object({ kind: z.literal('stall'), stall }),
]) satisfies z.ZodType<LoggedReading>;

export const wantedSchema = z.object({
  rate: z.enum(['full', 'rest']),
  stallMs: z.number(),
}) satisfies z.ZodType<Wanted>;

/** The text that `readingSchema` reads once it is parsed as JSON. */
export function encodeReading(reading: LoggedReading): string {
  if (reading.kind === 'stall') return JSON.stringify(reading);
  const { measured, omitted } = reading.second;
  return JSON.stringify({
    kind: 'second',
    second: { ...reading.second, measured: encodeHistogram(measured), omitted: encodeHistogram(omitted) },
  });
}
