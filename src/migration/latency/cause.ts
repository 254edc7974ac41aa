// Why a server stalled, from facts that were read around that moment. "unknown" is an answer, a guess is not:
// a cause is named only where a counter moved or an entry lies inside the stall.

export type Cause =
  /** `durationMs`: as the server itself timed it. */
  | { readonly kind: 'fork'; readonly durationMs: number }
  /** The command's name alone, never its arguments (I9). */
  | {
      readonly kind: 'slow-command';
      readonly command: string;
      /** Of all `times` together. */
      readonly durationMs: number;
      readonly times: number;
    }
  /** A snapshot or a rewrite of the AOF is being written. */
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'aof-rewrite' }
  /** Waiting for the disk to take the AOF. */
  | { readonly kind: 'aof-sync' }
  | { readonly kind: 'expiry'; readonly keys: number }
  | { readonly kind: 'eviction'; readonly keys: number }
  | { readonly kind: 'output-buffer'; readonly bytes: number }
  /** Memory of the server lies in swap, or its machine has none left. */
  | { readonly kind: 'memory'; readonly what: string }
  /** The server went on working, or both servers fell silent at once. */
  | { readonly kind: 'network'; readonly what: string }
  /** Somebody paused clients (CLIENT PAUSE). */
  | { readonly kind: 'paused' }
  | { readonly kind: 'loading' }
  /** Ferry's own command or thread. */
  | { readonly kind: 'ferry'; readonly what: string }
  /** `why`: what could not be read, or that nothing explains it. */
  | { readonly kind: 'unknown'; readonly why: string };

/** What is read of a server around a stall, from INFO, SLOWLOG GET and LATENCY LATEST. null: not told or refused. */
export interface ServerFacts {
  /** Epoch ms of the process that read it. */
  readonly at: number;
  readonly runId: string;
  readonly forks: number | null;
  readonly latestForkUs: number | null;
  readonly snapshotRunning: boolean | null;
  readonly aofRewriteRunning: boolean | null;
  /** Times that a write waited for the disk (aof_delayed_fsync). */
  readonly aofDelays: number | null;
  readonly expiredKeys: number | null;
  readonly evictedKeys: number | null;
  /** Time spent on expiring keys since the start, ms (6.0 and newer). */
  readonly expireCycleMs: number | null;
  readonly evictionMs: number | null;
  readonly outputBufferBytes: number | null;
  readonly commands: number | null;
  readonly opsPerSecond: number | null;
  readonly usedMemoryBytes: number | null;
  readonly residentBytes: number | null;
  readonly systemMemoryBytes: number | null;
  readonly loading: boolean;
  /** Processor time that the server itself used since its start, ms; its children's not. */
  readonly cpuMs: number | null;
  /** How often somebody called CLIENT PAUSE, and CLIENT UNPAUSE (7.0 and newer). */
  readonly pauses: number | null;
  readonly unpauses: number | null;
  /** Entries that are in the log now, newest first; null: SLOWLOG was refused or is off. */
  readonly slow: readonly SlowEntry[] | null;
  /** Nothing shorter than this is logged, ms; null: not told. */
  readonly slowerThanMs: number | null;
  /** LATENCY LATEST: event, when (epoch ms by the server), how long (ms). null: refused, or the monitor is off. */
  readonly events: readonly LatencyEvent[] | null;
  /** The server's clock minus this process's, ms; null: not told. */
  readonly clockAheadMs: number | null;
}

export interface SlowEntry {
  readonly id: number;
  /** When it ended, epoch s by the server. */
  readonly endedAtSeconds: number;
  readonly durationMs: number;
  /** The name alone (I9). */
  readonly command: string;
  /** Ferry ran it (4.0 and newer; false where the server does not tell). */
  readonly byFerry: boolean;
}

export interface LatencyEvent {
  readonly event: string;
  readonly atSeconds: number;
  readonly durationMs: number;
}
