// The recorded steps of a cutover, the same forward and back. A step is recorded before its act;
// from `promoting` on there is no way to `undoing` (the point of no return).

import type { Cutover } from '../cutover.ts';
import type { Event } from '../events.ts';

export type CutoverAct = Extract<Event, { kind: 'demoting' | 'undoing' | 'promoting' }>;

/** The cutover after a recorded step; null: this step may not follow that one. */
export function stepTo(cutover: Cutover, event: CutoverAct): Cutover | null {
  switch (event.kind) {
    case 'demoting':
      return cutover.step === 'fencing' ? { ...cutover, step: 'demoting', offsets: event.offsets } : null;
    case 'undoing':
      if (cutover.step === 'promoting') return null;
      return { ...cutover, step: 'undoing', undoReason: cutover.undoReason ?? event.reason };
    case 'promoting':
      // The final offset of every pair must be known and recorded: nobody promotes on a guess (I2).
      if (cutover.step !== 'demoting' || event.offsets.some((pair) => pair.final === null)) return null;
      return { ...cutover, step: 'promoting', offsets: event.offsets };
  }
}
