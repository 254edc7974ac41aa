// cutting-over, found by a tick: the owner that began it is gone or failed, so the roles decide.

import { recoverCutover, UNKNOWN_FAILURE } from '../recovery.ts';
import { lookAgain, type Step } from './step.ts';

export const cuttingOver: Step<'cutting-over'> = async (session) => {
  await recoverCutover(session, UNKNOWN_FAILURE);
  return lookAgain(0);
};
