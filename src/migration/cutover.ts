// A cutover as the record keeps it: which act comes next after a crash is read from `step`
// and both servers' roles (recovery.ts), never from memory.

import type { Side } from './instance.ts';

/** `forward` promotes the target, `back` is a revert: the same acts with the sides swapped. */
export type Direction = 'forward' | 'back';

/**
 * Recorded before the act that it names. `promoting` is the point of no return.
 *   fencing: nothing but a timed fence can have happened
 *   demoting: the old side may already be a replica
 *   undoing: the old side is being given its writes back
 *   promoting: the new side may already be a primary; only forward from here
 */
export type CutoverStep = 'fencing' | 'demoting' | 'undoing' | 'promoting';

export interface PairOffsets {
  /** The old side's offset read under the fence. */
  readonly fenced: number | null;
  /** The old side's offset in the transaction that demoted it. */
  readonly final: number | null;
}

export interface Cutover {
  readonly direction: Direction;
  readonly attempt: number;
  readonly step: CutoverStep;
  readonly beganAt: number;
  /** Wall clock of Ferry's Redis, ms: after this nothing but undoing or finishing happens. */
  readonly deadline: number;
  readonly fenceMs: number;
  readonly offsets: readonly PairOffsets[];
  readonly undoReason: string | null;
}

/** An instant of the cutover's timeline; `afterMs` counts from the fence sent. */
export interface Moment {
  readonly what: 'fenced' | 'reached' | 'demoted' | 'final-reached' | 'promoted' | 'lifted' | 'recovered';
  readonly pair: number;
  readonly afterMs: number;
  readonly offset: number | null;
}

export interface CutoverOutcome {
  readonly direction: Direction;
  readonly attempt: number;
  /** Wall clock when the fence was sent. */
  readonly fencedAt: number;
  /** From the fence sent to the new side writable; null: finished by recovery, not measured. */
  readonly fenceTimeMs: number | null;
  readonly finalOffsets: readonly number[];
  readonly moments: readonly Moment[];
}

/** The side that gives up its writes. */
export function oldSide(direction: Direction): Side {
  return direction === 'forward' ? 'source' : 'target';
}

/** The side that will take the writes. */
export function newSide(direction: Direction): Side {
  return direction === 'forward' ? 'target' : 'source';
}
