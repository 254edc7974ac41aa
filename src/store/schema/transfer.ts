// What a transfer will cost and did cost, as it is read back.

import { z } from 'zod';
import type { Forecast, Range } from '../../migration/forecast.ts';
import type { ForkCounts, Transfer, TransferBegun } from '../../migration/transfer.ts';

const range = z.strictObject({ least: z.number(), most: z.number() }) satisfies z.ZodType<Range>;

export const forecast = z.strictObject({
  forkMs: range,
  expectedForkMs: z.number(),
  forkFrom: z.enum(['earlier-fork', 'memory']),
  snapshotBytes: range,
  byDisk: z.boolean().nullable(),
  bytesPerSecond: range,
  copyOnWriteBytes: z.number(),
  hugePagesBytes: z.number().nullable(),
  stageMs: z.strictObject({ waiting: range, transferring: range, loading: range }),
  syncMs: range,
}) satisfies z.ZodType<Forecast>;

const forkCounts = z.strictObject({
  forks: z.number().nullable(),
  latestForkUs: z.number().nullable(),
}) satisfies z.ZodType<ForkCounts>;

const moments = {
  waiting: z.number().nullable(),
  transferring: z.number().nullable(),
  loading: z.number().nullable(),
};

export const transferBegun = z.strictObject({
  at: z.number(),
  before: forkCounts,
  entered: z.strictObject({ ...moments, online: z.number().nullable() }),
}) satisfies z.ZodType<TransferBegun>;

export const transfer = z.strictObject({
  beganAt: z.number(),
  tookMs: z.number(),
  stageMs: z.strictObject(moments),
  forkMs: z.number().nullable(),
  forks: z.number().nullable(),
  transferredBytes: z.number().nullable(),
  isWhole: z.boolean(),
  copyOnWriteBytes: z.number().nullable(),
  sourcePeakBytes: z.number().nullable(),
}) satisfies z.ZodType<Transfer>;
