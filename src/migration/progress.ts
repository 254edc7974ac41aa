// Where a sync stands, told apart from INFO by the rules measured on real servers.
// Never says 0 or 100 percent where nothing was measured: null means not known.

/** Visible stages of a sync, in order; `online` is linked and applying the stream. */
export type SyncStage = 'connecting' | 'waiting' | 'transferring' | 'loading' | 'online';

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
  /** From reading the source's offset to seeing it at the target. */
  readonly lagMs: number | null;
  /** The source's offset as read before `lagMs` began; the proof that the stream flows. */
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
  readonly replId: string;
  /** A primary's `master_repl_offset`, a replica's `slave_repl_offset`. */
  readonly offset: number;
  readonly loading: boolean;
  readonly usedMemoryBytes: number;
  readonly keysByDb: Readonly<Record<string, number>>;
  readonly opsPerSecond: number;
  readonly connectedClients: number;
  readonly backlogSizeBytes: number;
  /** First offset that the backlog still holds; null: no backlog. */
  readonly backlogFirstOffset: number | null;
  readonly syncFullCount: number;
  /** Changes since the server loaded its data; null: it cannot tell them from what it loaded, or saved since. */
  readonly changesSinceLoad: number | null;
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
