// What a person is asked when the servers contradict everything that Ferry did. No fence is left standing while
// people think (I3), unless it is all that keeps a second primary from taking writes (I1).

import { type Cutover, newSide, oldSide } from '../migration/cutover.ts';
import { usualAnswers } from '../migration/phases/needs-human.ts';
import type { Hold } from '../migration/route.ts';
import type { SeenPair } from './recovery.ts';
import { holdOf, withoutWrites } from './recovery-acts.ts';
import type { SeenServer } from './roles.ts';
import type { Session } from './session.ts';

const ACT_TIMEOUT_MS = 1_000;

/** `refused`: what the last act met; null: no act was tried. */
export async function askPerson(
  session: Session,
  cutover: Cutover,
  seen: readonly SeenPair[],
  refused: string | null,
): Promise<void> {
  const { id, state } = session.migration;
  const oldName = session.pair(0)[oldSide(cutover.direction)].name;
  const newName = session.pair(0)[newSide(cutover.direction)].name;
  const staying: Hold[] = [];
  for (const [index, pair] of seen.entries()) {
    const hold = await endFence(session, cutover, index, pair);
    if (hold !== null) staying.push(hold);
  }
  const facts = [
    `The cutover stopped at the step "${cutover.step}".`,
    ...(refused === null ? [] : [`What Ferry tried last was refused: ${refused}`]),
    ...seen.flatMap((pair) => [
      `${oldName} ${inWords(pair.old, newName)}.`,
      `${newName} ${inWords(pair.new, oldName)}.`,
    ]),
    cutover.step === 'promoting'
      ? `The promotion of ${newName} was decided, so ${oldName} must not take writes again.`
      : `${newName} was not promoted by Ferry.`,
    ...staying.map((hold) => stayingInWords(hold, oldName, id)),
  ];
  const question = `The servers of ${id} are not what Ferry made of them. Which of them shall take the writes, and is the other one aside?`;
  await session.mustApply({ kind: 'stuck', question, facts, answers: usualAnswers(state) });
}

/** Gives the hold that may still stand; null: none. */
async function endFence(
  session: Session,
  cutover: Cutover,
  index: number,
  { old, oldRestarted }: SeenPair,
): Promise<Hold | null> {
  const hold = holdOf(cutover, index);
  const mayStand = hold.kind === 'pause' ? null : hold;
  if (old.role === 'unreachable') return mayStand;
  // A primary that was not restarted was made one by a person: Ferry does not fight.
  const byHand = old.role === 'primary' && !oldRestarted;
  try {
    if (cutover.step === 'promoting' && !byHand) return await withoutWrites(session, cutover, index, old);
    const control = await session.control(index, oldSide(cutover.direction), ACT_TIMEOUT_MS);
    const lifted = await control.lift(hold, ACT_TIMEOUT_MS);
    if (lifted.kind === 'done') return null;
    session.log.warn({ why: lifted.why }, 'the fence could not be lifted');
  } catch (error) {
    session.assertOwner();
    session.log.warn({ err: error }, 'the old side could not be reached');
  }
  return mayStand;
}

function stayingInWords(hold: Hold, name: string, id: string): string {
  switch (hold.kind) {
    case 'pause':
      return `Writes to ${name} are paused for a few seconds at most.`;
    case 'password':
      return `${name} may still have the password that Ferry set; \`npm start -- password ${id}\` prints it.`;
    case 'acl':
      return `The users of ${name} may still lack their right to write: ${hold.users
        .map((user) => user.name)
        .join(', ')}.`;
  }
}

function inWords(seen: SeenServer, peer: string): string {
  switch (seen.role) {
    case 'primary':
      return 'says that it is a primary';
    case 'held':
      return "is a primary that lets only Ferry's password in";
    case 'follows-peer':
      return `says that it follows ${peer}`;
    case 'set-aside':
      return 'is read-only and follows nobody';
    case 'follows-other':
      return 'says that it follows another server';
    case 'unreachable':
      return 'does not answer';
  }
}
