// reverting: recovers an unfinished revert; once the source is the primary again, puts everything back.

import { ended, keepRoles, parkFormer, putBack } from '../closing.ts';
import { runHook } from '../hooking.ts';
import { clearFollower } from '../own-keys.ts';
import { recoverCutover, UNKNOWN_FAILURE } from '../recovery.ts';
import { lookAgain, type Step } from './step.ts';

export const reverting: Step<'reverting'> = async (session, state, notes) => {
  if (state.back === null) {
    await recoverCutover(session, UNKNOWN_FAILURE);
    return lookAgain(0);
  }
  await keepRoles(session, notes);
  const hook = session.migration.hooks.switch;
  if (hook !== null && notes.once('switch-back')) {
    await session.apply({ kind: 'hook-ran', outcome: await runHook(session, 'switch', hook) });
  }
  return ended(session, notes, async () => {
    await clearFollower(session, 'back');
    await parkFormer(session, 'target');
    await putBack(session, ['source']);
    return { kind: 'closed' };
  });
};
