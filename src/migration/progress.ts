// Where a sync stands, told apart from INFO by the rules measured on real servers.
// Never says 0 or 100 percent where nothing was measured: null means not known.

import type { LiveLatency } from './latency/summary.ts';
import type { ForkCounts } from './transfer.ts';

/** Visible stages of a sync, in order; `online` is linked and applying the stream. */
export type SyncStage = 'connecting' | 'waiting' | 'transferring' | 'loading' | 'online';

/** How often a transfer may begin anew by itself: each time is a fork of the source, and a target without data. */
export const MAX_RESTARTS = 3;

/** What one look at both servers of a pair gave. Bytes unless named otherwise; null: not known. */
export interface PairObservation {
  readonly at: number;
  readonly source: ServerObservation | null;
  readonly target: ServerObservation | null;
  readonly stage: SyncStage;
  /** 0 to 1 within the stage. */
  readonly fraction: number | null;
  readonly transferredBytes: number | null;
  readonly totalBytes: number | null;
  /** source offset minus target offset, the source read first; null before the link is up. */
  readonly lagBytes: number | null;
  /** From reading the source's offset, or writing the canary, to seeing it at the target: the proof that the stream flows. */
  readonly lagMs: number | null;
  /** The source's offset as read before `lagMs` began; null where a canary was the proof. */
  readonly provenOffset: number | null;
  /** Why the link is not up, where Ferry could find out. */
  readonly linkTrouble: string | null;
}

export type RoleSeen =
  | { readonly kind: 'primary' }
  | { readonly kind: 'replica'; readonly of: 'peer' | 'other' | 'nobody'; readonly linkUp: boolean };

/** A reading of one server. Counters as INFO gives them. */
export interface ServerObservation {
  readonly at: number;
  readonly runId: string;
  readonly version: string;
  readonly role: RoleSeen;
  /** Only Ferry's own password was let in: nobody else can write, whatever the role. */
  readonly held: boolean;
  readonly replId: string;
  /** A primary's `master_repl_offset`, a replica's `slave_repl_offset`; -1: the version has none (before 2.8). */
  readonly offset: number;
  readonly loading: boolean;
  readonly usedMemoryBytes: number;
  readonly snapshot: SnapshotSeen;
  readonly keysByDb: Readonly<Record<string, number>>;
  readonly opsPerSecond: number;
  readonly connectedClients: number;
  readonly backlogSizeBytes: number;
  /** First offset that the backlog still holds; null: no backlog. */
  readonly backlogFirstOffset: number | null;
  readonly syncFullCount: number;
  /** Replicas that it serves right now. */
  readonly replicaCount: number;
  /** Largest output buffer of any client in the last seconds, bytes; null: not told (before 5.0). */
  readonly outputBufferPeakBytes: number | null;
  /** Connections that an output buffer limit ended so far; null: not told (before 7.4). */
  readonly outputLimitKills: number | null;
  /** A replica: seconds since its primary last sent it a byte; null: not told. */
  readonly silentSeconds: number | null;
  /** Changes since the server loaded its data; null: it cannot tell them from what it loaded, or saved since. */
  readonly changesSinceLoad: number | null;
  /** Errors that the stream of its primary got from it since it started; null: not counted (before 6.0). */
  readonly refusedOfStream: number | null;
}

/** What a server tells of its forks and snapshots; null: not told. */
export interface SnapshotSeen extends ForkCounts {
  readonly running: boolean | null;
  /** What the last one that is done copied of changed pages; 0: none yet, or not measured (4.0 and newer tell). */
  readonly copyOnWriteBytes: number | null;
}

export function totalKeys(keysByDb: Readonly<Record<string, number>>): number {
  return Object.values(keysByDb).reduce((sum, keys) => sum + keys, 0);
}

/** `measuring` until the rate is known, `ready` when nothing is left, else the time left in ms. */
export type Eta = 'measuring' | 'ready' | { readonly leftMs: number };

/** Live figures of a migration: an overwritten snapshot for the card, never audit, never truth. */
export interface LiveFigures {
  readonly at: number;
  readonly pairs: readonly LivePair[];
  readonly verification: { readonly comparedKeys: number; readonly totalKeys: number } | null;
  /** Clients that still talk to the old server; null: not asked lately. */
  readonly oldClients: readonly OldClient[] | null;
  readonly oldClientCount: number | null;
  /** Per pair, both servers; null: not measured lately. */
  readonly latency: readonly { readonly source: LiveLatency | null; readonly target: LiveLatency | null }[];
}

export interface LivePair {
  readonly observation: PairObservation;
  readonly bytesPerSecond: number | null;
  readonly eta: Eta;
}

export interface OldClient {
  readonly name: string;
  readonly address: string;
  readonly lastCommand: string;
  readonly count: number;
}
