// How a cutover begins and its recorded steps, the same forward and back. A step is recorded before its act;
// from `promoting` on there is no way to `undoing` (the point of no return).

import type { Cutover, Direction, PairOffsets } from '../cutover.ts';
import { type Refusal, refusal } from '../errors.ts';
import type { Event } from '../events.ts';
import type { Migration } from '../migration.ts';

export type CutoverAct = Extract<Event, { kind: 'demoting' | 'undoing' | 'promoting' }>;
type Begun = Extract<Event, { kind: 'cutover-begun' }>;

/** The next attempt at its first step; a refusal where the holds cannot carry it. */
export function firstStep(
  migration: Migration,
  event: Begun,
  direction: Direction,
  now: number,
): Cutover | Refusal {
  const { deadline, order, holds } = event;
  if (holds.length !== migration.pairs.length) {
    return refusal('no-hold', `The cutover of ${migration.id} has no hold for each of its pairs.`);
  }
  // What ends by itself cannot keep an old side from writes until it is set aside (I1).
  if (order === 'promote-first' && holds.some((hold) => hold.kind === 'pause')) {
    return refusal(
      'no-hold',
      `The hold of ${migration.id} would end by itself before the old server is aside.`,
    );
  }
  return {
    direction,
    attempt: migration.cutoverAttempts + 1,
    order,
    step: 'fencing',
    beganAt: now,
    deadline,
    fenceMs: migration.policy.cutover.fenceMs,
    offsets: migration.pairs.map(() => ({ fenced: null, final: null, markerSeen: false })),
    holds,
    undoReason: null,
  };
}

/** The cutover after a recorded step; null: this step may not follow that one. */
export function stepTo(cutover: Cutover, event: CutoverAct): Cutover | null {
  switch (event.kind) {
    case 'demoting':
      if (cutover.order !== 'demote-first' || cutover.step !== 'fencing') return null;
      return { ...cutover, step: 'demoting', offsets: event.offsets };
    case 'undoing':
      if (cutover.step === 'promoting') return null;
      return { ...cutover, step: 'undoing', undoReason: cutover.undoReason ?? event.reason };
    case 'promoting':
      return mayPromote(cutover, event.offsets)
        ? { ...cutover, step: 'promoting', offsets: event.offsets }
        : null;
  }
}

/**
 * Every pair's proof must be known and recorded: nobody promotes on a guess (I2). That is the final offset or,
 * where nobody is demoted first and there are no offsets, the marker written last.
 */
function mayPromote({ order, step, offsets: pairs }: Cutover, offsets: readonly PairOffsets[]): boolean {
  if (offsets.length !== pairs.length) return false;
  switch (order) {
    case 'demote-first':
      return step === 'demoting' && offsets.every(({ final }) => final !== null);
    case 'promote-first':
      return step === 'fencing' && offsets.every(({ final, markerSeen }) => final !== null || markerSeen);
  }
}
