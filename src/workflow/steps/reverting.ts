// reverting: recovers an unfinished revert; once the source is the primary again, parks the target, tells the world
// and puts everything back. The target is parked only while the source takes the writes.

import type { Event } from '../../migration/events.ts';
import type { Reverting } from '../../migration/migration.ts';
import { ended, keepRoles, parkForGood, putBack } from '../closing.ts';
import { callSwitch, isHookOpen, settledHook } from '../hooking.ts';
import type { Notes } from '../notes.ts';
import { recoverCutover, UNKNOWN_FAILURE } from '../recovery.ts';
import type { Session } from '../session.ts';
import { endByHand } from './ending-by-hand.ts';
import { onlyPrimary } from './only-primary.ts';
import { happened, lookAgain, type Step } from './step.ts';

export const reverting: Step<'reverting'> = async (session, state, notes) => {
  if (state.byHand !== null) return ended(session, notes, () => endByHand(session, 'target'));
  const { back } = state;
  if (back === null) {
    await recoverCutover(session, UNKNOWN_FAILURE);
    return lookAgain(0);
  }
  const outcome = settledHook(notes);
  if (outcome !== null) return happened({ kind: 'hook-ran', outcome });
  return ended(session, notes, () => close(session, back, notes));
};

async function close(
  session: Session,
  back: NonNullable<Reverting['back']>,
  notes: Notes,
): Promise<Event | null> {
  try {
    const asked = await parked(session, notes);
    if (asked !== null) return asked;
  } finally {
    // Clients are not kept waiting by a target that does not answer.
    callSwitch(session, notes, 'back', back.attempt);
  }
  await keepRoles(session, notes);
  // What the hook did belongs into the report.
  if (isHookOpen(notes)) return null;
  await putBack(session, ['source']);
  return { kind: 'closed', leftToDo: notes.leftToDo ?? [] };
}

async function parked(session: Session, notes: Notes): Promise<Event | null> {
  for (const index of session.migration.pairs.keys()) {
    const asked = await onlyPrimary(session, index, 'target', notes);
    if (asked !== null) return asked;
  }
  notes.leftToDo ??= await parkForGood(session, 'target');
  return null;
}
