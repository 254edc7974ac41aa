// What filling and clearing a server asks of the outside. Beside ports.ts, which re-exports it.

import type { Identity, Instance } from '../migration/instance.ts';
import type { ClearOutcome, ClearProgress, FillOutcome, FillProgress, Task } from '../migration/task.ts';
import type { LockHolder } from './ports.ts';

/** Opens servers for rehearsals: those are filled with junk and cleared of it, and nothing else is done to them. */
export interface Filler {
  /**
   * Connects and reads what a fill must know. Rejects with a connection's codes, and `replica`, `loading`, when the
   * server cannot be filled now.
   */
  open(instance: Instance): Promise<Scratch>;
}

/** One server that is open for a fill or a clear, or for a look at whether a rehearsal may overwrite it. */
export interface Scratch {
  readonly identity: Identity;
  /**
   * Keys that neither a fill nor Ferry itself wrote: so many at least, 0 if there are none. Walks the keys; stops at
   * the first one. Where they cannot be walked, every key counts.
   */
  foreignKeys(signal: AbortSignal): Promise<number>;
  /**
   * Writes `ferry:lock` there, so that a second Ferry keeps away. Rejects with `held` when one has it. From then on
   * it is kept up while `fill` or `clear` runs, and ends by itself soon after.
   */
  lock(): Promise<void>;
  /**
   * Writes junk until used_memory is `targetBytes`, going on from what an earlier fill left. Stops before maxmemory.
   * Rejects with `machine-too-small`, `held`, a connection's codes, or what `goOn` throws; what is written stays.
   */
  fill(targetBytes: number, watch: TaskWatch<FillProgress>): Promise<FillOutcome>;
  /** Removes what fills wrote, and nothing else, in small steps with rests. Rejects as `fill` does. */
  clear(watch: TaskWatch<ClearProgress>): Promise<ClearOutcome>;
  /** Takes `ferry:lock` off and closes the connection. Never rejects. */
  close(): Promise<void>;
}

export interface TaskWatch<Progress> {
  /** Called before every step; throws when there must be no further one. */
  readonly goOn: () => void;
  /** At most once a second. */
  readonly onProgress: (progress: Progress) => void;
}

/** The leased locks of fills and clears, in Ferry's Redis; the same keys as a migration's (I6). */
export interface TaskLocks {
  /** Takes or renews all of them, or none; not null: who has one. */
  take(lock: TaskLock, leaseMs: number): Promise<LockHolder | null>;
  free(lock: TaskLock): Promise<void>;
}

export interface TaskLock {
  readonly task: Task;
  /** Random: one run of one task. */
  readonly token: string;
  readonly instance: Instance;
  readonly runId: string;
}
