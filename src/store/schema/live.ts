// Live figures as they are read back. Never truth: what does not parse is treated as not there.

import { z } from 'zod';
import type { LiveFigures, PairObservation, ServerObservation } from '../../migration/progress.ts';

import { liveLatency } from './latency.ts';

const server = z.object({
  at: z.number(),
  runId: z.string(),
  version: z.string(),
  role: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('primary') }),
    z.object({
      kind: z.literal('replica'),
      of: z.enum(['peer', 'other', 'nobody']),
      linkUp: z.boolean(),
    }),
  ]),
  held: z.boolean(),
  replId: z.string(),
  offset: z.number(),
  loading: z.boolean(),
  usedMemoryBytes: z.number(),
  snapshot: z.object({
    forks: z.number().nullable(),
    latestForkUs: z.number().nullable(),
    running: z.boolean().nullable(),
    copyOnWriteBytes: z.number().nullable(),
  }),
  keysByDb: z.record(z.string(), z.number()),
  opsPerSecond: z.number(),
  connectedClients: z.number(),
  backlogSizeBytes: z.number(),
  backlogFirstOffset: z.number().nullable(),
  syncFullCount: z.number(),
  replicaCount: z.number(),
  outputBufferPeakBytes: z.number().nullable(),
  outputLimitKills: z.number().nullable(),
  silentSeconds: z.number().nullable(),
  changesSinceLoad: z.number().nullable(),
  refusedOfStream: z.number().nullable().default(null),
}) satisfies z.ZodType<ServerObservation>;

const observation = z.object({
  at: z.number(),
  source: server.nullable(),
  target: server.nullable(),
  stage: z.enum(['connecting', 'waiting', 'transferring', 'loading', 'online']),
  fraction: z.number().nullable(),
  transferredBytes: z.number().nullable(),
  totalBytes: z.number().nullable(),
  lagBytes: z.number().nullable(),
  lagMs: z.number().nullable(),
  provenOffset: z.number().nullable(),
  linkTrouble: z.string().nullable(),
}) satisfies z.ZodType<PairObservation>;

export const liveSchema = z.object({
  at: z.number(),
  pairs: z.array(
    z.object({
      observation,
      bytesPerSecond: z.number().nullable(),
      eta: z.union([z.enum(['measuring', 'ready']), z.object({ leftMs: z.number() })]),
    }),
  ),
  verification: z.object({ comparedKeys: z.number(), totalKeys: z.number() }).nullable(),
  oldClients: z
    .array(z.object({ name: z.string(), address: z.string(), lastCommand: z.string(), count: z.number() }))
    .nullable(),
  oldClientCount: z.number().nullable(),
  latency: z.array(z.object({ source: liveLatency.nullable(), target: liveLatency.nullable() })),
}) satisfies z.ZodType<LiveFigures>;
