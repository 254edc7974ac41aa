// aborting: the target becomes a primary of its own with what it has, settings and keys are put back.
// A load cannot be called off, so it is waited for, and said.

import { FerryError } from '../../migration/errors.ts';
import { sameRun } from '../../migration/instance.ts';
import type { Aborting } from '../../migration/migration.ts';
import { usualAnswers } from '../../migration/phases/needs-human.ts';
import { totalKeys } from '../../migration/progress.ts';
import { ended, putBack } from '../closing.ts';
import type { Notes } from '../notes.ts';
import type { ActResult } from '../ports.ts';
import { type SeenServer, seeServer } from '../roles.ts';
import { routeOf } from '../routing.ts';
import { CONTROL_TIMEOUT_MS, type Session } from '../session.ts';
import { happened, lookAgain, type Step, type StepResult } from './step.ts';

const LOOK_MS = 1_000;
/** Looks in a row without success before a person is asked. */
const PATIENCE_LOOKS = 60;

export const aborting: Step<'aborting'> = async (session, state, notes) => {
  for (const index of session.migration.pairs.keys()) {
    const seen = await seeServer(session, index, 'target');
    if (seen.observed === null) return stillTrying(session, state, notes, index);
    if (seen.observed.loading) return lookAgain(LOOK_MS);
    if (isOurs(state, index, seen)) {
      const freed = await free(session, index);
      if (freed.kind !== 'done') session.drop(index, 'target');
      return lookAgain(freed.kind === 'done' ? 0 : LOOK_MS);
    }
  }
  return ended(session, notes, async () => {
    await putBack(session, ['source', 'target']);
    return {
      kind: 'aborted',
      targetKeys: state.identities.length === 0 ? null : await countTargetKeys(session),
    };
  });
};

/** What the targets hold in the end, Ferry's own keys not counted: they are gone by then. */
async function countTargetKeys(session: Session): Promise<number> {
  let keys = 0;
  for (const index of session.migration.pairs.keys()) {
    const { observed } = await seeServer(session, index, 'target');
    if (observed === null)
      throw new FerryError('not-counted', 'The keys of the target could not be counted.');
    keys += totalKeys(observed.keysByDb);
  }
  return keys;
}

/**
 * Takes the target off. The copy of a rehearsal goes with it: only here, where Ferry itself has just made a primary of
 * its own replica, and only where today's inventory says that the server is for rehearsals (I5). What was a primary
 * already, whoever made it one, is never flushed; a copy that stays is said.
 */
async function free(session: Session, index: number): Promise<ActResult<unknown>> {
  const { inventory } = session.workflow;
  const control = await session.control(index, 'target');
  const freed = await control.promote(CONTROL_TIMEOUT_MS);
  const isScratch =
    session.migration.rehearsal !== null && inventory.policyOf(session.pair(index).target).rehearsal;
  if (freed.kind !== 'done' || !isScratch) return freed;
  const emptied = await control.empty(CONTROL_TIMEOUT_MS);
  if (emptied.kind !== 'done') {
    session.log.warn({ why: emptied.why }, 'the copy of the rehearsal was not deleted');
  }
  return freed;
}

/**
 * Does it follow what Ferry gave it? Nobody, where it asked for one snapshot after the other; a server that is not
 * known, where its relay moved a moment ago.
 */
function isOurs(state: Aborting, index: number, { role, observed }: SeenServer): boolean {
  if (role === 'follows-peer' || role === 'set-aside') return true;
  const identity = state.identities[index];
  if (role !== 'follows-other' || identity === undefined || observed === null) return false;
  const relayed = routeOf(identity, 'forward').through === 'relay';
  return relayed && sameRun(observed.runId, identity.target.runId);
}

function stillTrying(session: Session, state: Aborting, notes: Notes, index: number): StepResult {
  if (notes.streak('abort-unreachable', true) < PATIENCE_LOOKS) return lookAgain(LOOK_MS);
  const { target } = session.pair(index);
  return happened({
    kind: 'stuck',
    question: `${target.name} does not answer, so the abort cannot finish. Wait for it?`,
    facts: [`${target.name} still follows the source if it runs.`, 'The source takes the writes as before.'],
    answers: usualAnswers(state),
  });
}
