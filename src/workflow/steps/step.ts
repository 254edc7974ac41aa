// What a step is: it does I/O for one phase and returns what happened. It never chooses the next phase.

import type { Event } from '../../migration/events.ts';
import type { Phase, StateOf } from '../../migration/migration.ts';
import type { Notes } from '../notes.ts';
import type { Session } from '../session.ts';

export interface StepResult {
  /** null: nothing to record. */
  readonly event: Event | null;
  /** How long until the next look, ms; a wake-up comes earlier. */
  readonly waitMs: number;
}

export type Step<P extends Phase> = (
  session: Session,
  state: StateOf<P>,
  notes: Notes,
) => Promise<StepResult>;

export function happened(event: Event): StepResult {
  return { event, waitMs: 0 };
}

export function lookAgain(waitMs: number): StepResult {
  return { event: null, waitMs };
}
