// needs-human: waits for an answer. Only what keeps a promise goes on: after a promotion a former primary that merely
// was restarted is made read-only at once (I1), one that a full resync would empty is taken off, and an interrupted cutover goes on as soon as the servers allow it (I3).

import type { Cutover } from '../../migration/cutover.ts';
import { sameRun } from '../../migration/instance.ts';
import type { Watching } from '../../migration/migration.ts';
import { parkFormer } from '../closing.ts';
import { settledHook } from '../hooking.ts';
import type { Notes } from '../notes.ts';
import { canRecover, cutoverOf } from '../recovery.ts';
import { seeServer } from '../roles.ts';
import type { Session } from '../session.ts';
import { keepLock, observePair } from './observing.ts';
import { standDown, standingOf } from './standing-down.ts';
import { happened, lookAgain, type Step } from './step.ts';
import { dangerToSource } from './watching.ts';

const WAITING_MS = 2_000;
const TRY_AGAIN_MS = 60_000;

export const needsHuman: Step<'needs-human'> = async (session, state, notes) => {
  const { phase } = state.from;
  const outcome = phase === 'watching' || phase === 'reverting' ? settledHook(notes) : null;
  if (outcome !== null) return happened({ kind: 'hook-ran', outcome });
  const cutover = cutoverOf(state.from);
  if (cutover !== null && (await mayGoOn(session, cutover, notes))) return happened({ kind: 'cleared' });
  if (state.from.phase === 'watching') await keepWatch(session, state.from, notes);
  return lookAgain(WAITING_MS);
};

/**
 * At once after a look that could not go on; else, where it was not the roles that stood in the way but an act
 * that a server refused, only now and then, so that question and answer do not chase each other.
 */
async function mayGoOn(session: Session, cutover: Cutover, notes: Notes): Promise<boolean> {
  const { round, timeline } = session.migration;
  const beyond = `beyond-recovery:${round}`;
  if (!(await canRecover(session, cutover))) {
    notes.once(beyond);
    return false;
  }
  const askedAt = timeline.at(-1)?.at ?? 0;
  return notes.has(beyond) || session.now() - askedAt > TRY_AGAIN_MS;
}

async function keepWatch(session: Session, from: Watching, notes: Notes): Promise<void> {
  for (const [index, identity] of from.identities.entries()) {
    await keepLock(session, index, notes, 'target');
    const { role, observed } = await seeServer(session, index, 'source');
    const restarted = !sameRun(observed?.runId ?? '', identity.source.runId);
    if (role === 'primary') {
      const standing = await standingOf(session, index, from, restarted, notes);
      if (standing === 'may-park') await parkFormer(session, 'source');
    } else if (observed !== null) await standDown(session, index, false);
    // A question may stand for days: meanwhile the source must not be emptied by a full resync.
    const seen = await observePair(session, index, notes, 'back');
    if (dangerToSource(session, from, seen, index) !== null) await parkFormer(session, 'source');
  }
}
