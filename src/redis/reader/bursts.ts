// How much a reader that goes key by key asks of a server at once (I11). Only sizes: how often is in pace.ts.

import type { VerificationPace } from '../../migration/policy.ts';
import type { ScanLimits } from './value-scan.ts';

export interface Burst {
  readonly keys: number;
  readonly commands: number;
  /** As far as sizes tell. */
  readonly bytes: number;
}

interface Reads {
  readonly burst: Burst;
  readonly chunks: Pick<ScanLimits, 'stringChunkBytes' | 'chunkElements'>;
}

export const READS: Readonly<Record<VerificationPace, Reads>> = {
  fast: {
    burst: { keys: 1_000, commands: 256, bytes: 1024 * 1024 },
    chunks: { stringChunkBytes: 1024 * 1024, chunkElements: 512 },
  },
  // Whoever asks the source in between waits for one of these.
  gentle: {
    burst: { keys: 50, commands: 16, bytes: 64 * 1024 },
    chunks: { stringChunkBytes: 64 * 1024, chunkElements: 128 },
  },
};
