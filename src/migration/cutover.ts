// A cutover as the record keeps it: which act comes next after a crash is read from `step`
// and both servers' roles (recovery.ts), never from memory.

import type { Side } from './instance.ts';
import type { Hold } from './route.ts';

/** `forward` promotes the target, `back` is a revert: the same acts with the sides swapped. */
export type Direction = 'forward' | 'back';

/**
 * Recorded before the act that it names. `promoting` is the point of no return.
 *   fencing: nothing but a fence can have happened
 *   demoting: the old side may already be a replica; no such step in the order promote-first
 *   undoing: the old side is being given its writes back
 *   promoting: the new side may already be a primary; only forward from here
 */
export type CutoverStep = 'fencing' | 'demoting' | 'undoing' | 'promoting';

export interface PairOffsets {
  /** The old side's offset read under the fence. */
  readonly fenced: number | null;
  /** The old side's offset in the transaction that demoted it. */
  readonly final: number | null;
  /** Where there are no offsets: the new side has the marker that was written last through the fence. */
  readonly markerSeen: boolean;
}

/**
 * demote-first: the old side follows the new one before that is promoted; its roles tell what happened
 * promote-first: the old side cannot follow; its hold keeps it from writes until it is set aside
 */
export type CutoverOrder = 'demote-first' | 'promote-first';

export interface Cutover {
  readonly direction: Direction;
  readonly attempt: number;
  readonly order: CutoverOrder;
  readonly step: CutoverStep;
  readonly beganAt: number;
  /** Wall clock of Ferry's Redis, ms: after this nothing but undoing or finishing happens. */
  readonly deadline: number;
  readonly fenceMs: number;
  readonly offsets: readonly PairOffsets[];
  /** Per pair: what the fence changes on the old side, and what takes it off. */
  readonly holds: readonly Hold[];
  readonly undoReason: string | null;
}

/** An instant of the cutover's timeline; `afterMs` counts from the fence sent. */
export interface Moment {
  readonly what:
    | 'fenced'
    | 'reached'
    | 'demoted'
    | 'final-reached'
    | 'promoted'
    | 'set-aside'
    | 'lifted'
    | 'recovered';
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
  /** Per pair: the offset or, where there are none, null: a marker written last was seen instead. */
  readonly finalOffsets: readonly (number | null)[];
  /** Per pair: a hold that stays on the old side because nothing else keeps it from writes (2.4); null: none. */
  readonly holds: readonly (Hold | null)[];
  readonly moments: readonly Moment[];
}

/** Does Ferry's password stay on an old server, because it takes writes even as a replica (2.4)? */
export function staysHeld(outcome: CutoverOutcome): boolean {
  return outcome.holds.some((hold) => hold !== null);
}

/** The side that gives up its writes. */
export function oldSide(direction: Direction): Side {
  return direction === 'forward' ? 'source' : 'target';
}

/** The side that will take the writes. */
export function newSide(direction: Direction): Side {
  return direction === 'forward' ? 'target' : 'source';
}
