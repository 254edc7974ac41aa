// cutting-over, found by a tick: the owner that began it is gone or failed, so the roles decide.

import { oldSide } from '../../migration/cutover.ts';
import { ended } from '../closing.ts';
import { recoverCutover, UNKNOWN_FAILURE } from '../recovery.ts';
import { endByHand } from './ending-by-hand.ts';
import { lookAgain, type Step } from './step.ts';

export const cuttingOver: Step<'cutting-over'> = async (session, state, notes) => {
  if (state.byHand !== null)
    return ended(session, notes, () => endByHand(session, oldSide(state.cutover.direction)));
  await recoverCutover(session, UNKNOWN_FAILURE);
  return lookAgain(0);
};
