// The servers that every run of the tests must have.

import type { ServerBinary, ServerId } from '../../src/sandbox/servers/server-id.ts';

export const REQUIRED_SERVERS = [
  'redis-6.0',
  'redis-7.0',
  'redis-8.0',
  'valkey-8.1',
] as const satisfies readonly ServerId[];

/** Beside them in a full run, so that the matrix has every version that the packages offer. */
export const OFFERED_SERVERS = ['valkey-8.0', 'valkey-9.1'] as const satisfies readonly ServerId[];

export type RequiredServer = (typeof REQUIRED_SERVERS)[number];

declare module 'vitest' {
  interface ProvidedContext {
    servers: Record<string, ServerBinary>;
  }
}
