// What else may be done to one server than move it: filling it with junk and clearing it, and how far that got.
// Bytes are of used_memory unless they say otherwise.

/** Work on one server beside migrations; it keeps them away from that server, as they keep it away (I6). */
export type Task = 'fill' | 'clear';

export const TASKS: readonly Task[] = ['fill', 'clear'];

export interface FillProgress {
  readonly task: 'fill';
  readonly usedBytes: number;
  readonly goalBytes: number;
  /** Written by this fill. */
  readonly keys: number;
  /** Growth of used_memory; null: not measured yet. */
  readonly bytesPerSecond: number | null;
}

export interface FillOutcome {
  readonly task: 'fill';
  readonly usedBytes: number;
  readonly targetBytes: number;
  /** Written by this fill; 0: there was nothing to do. */
  readonly keys: number;
  readonly tookMs: number;
  readonly bytesPerSecond: number | null;
  /** Not null: it stopped short of the target because the server has this maxmemory. */
  readonly maxMemoryBytes: number | null;
}

export interface ClearProgress {
  readonly task: 'clear';
  readonly removed: number;
  /** So many numbers were given to keys by fills; some of these have expired. */
  readonly numbered: number;
}

export interface ClearOutcome {
  readonly task: 'clear';
  readonly removed: number;
  readonly tookMs: number;
  readonly usedBytes: number;
}

export type TaskProgress = FillProgress | ClearProgress;
export type TaskOutcome = FillOutcome | ClearOutcome;

/** Who has a server: `part of m41`, `being filled`. */
export function takenAs({ id, task }: { readonly id: string; readonly task: Task | null }): string {
  switch (task) {
    case 'fill':
      return 'being filled';
    case 'clear':
      return 'being cleared';
    case null:
      return `part of ${id}`;
  }
}
