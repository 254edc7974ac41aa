// What a person is asked when the servers contradict everything that Ferry did. No fence is left standing while
// people think (I3), unless it is all that keeps a second primary from taking writes (I1).

import { type Cutover, newSide, oldSide } from '../migration/cutover.ts';
import type { Answer, PairIdentity } from '../migration/migration.ts';
import { oldTakesWrites } from '../migration/phases/by-hand.ts';
import { usualAnswers } from '../migration/phases/needs-human.ts';
import { totalKeys } from '../migration/progress.ts';
import type { Hold } from '../migration/route.ts';
import type { SeenPair } from './recovery.ts';
import { holdOf, withoutWrites } from './recovery-acts.ts';
import type { SeenServer } from './roles.ts';
import { identitiesOf } from './routing.ts';
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
  const restarted = seen.some(({ newRestarted }) => newRestarted);
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
    ...(restarted
      ? [`${newName} was restarted since the cutover began; ${keysInWords(seen, oldName, newName)}.`]
      : []),
    ...staying.map((hold) => stayingInWords(hold, oldName, id)),
  ];
  const question = `The servers of ${id} are not what Ferry made of them. Which of them shall take the writes, and is the other one aside?`;
  const accepts = restarted && cutover.step === 'promoting' ? await newRuns(session, cutover, seen) : null;
  const usual = usualAnswers(state).map((answer) =>
    answer.id === 'recheck' && accepts !== null ? goOnWith(newName, oldName) : answer,
  );
  const answers = cutover.step === 'promoting' ? [...usual, oldTakesWrites(session.migration)] : usual;
  await session.mustApply({
    kind: 'stuck',
    question,
    facts,
    answers,
    ...(accepts === null ? {} : { accepts }),
  });
}

function keysInWords(seen: readonly SeenPair[], oldName: string, newName: string): string {
  const count = (of: 'old' | 'new'): number =>
    seen.reduce((sum, pair) => sum + totalKeys(pair[of].observed?.keysByDb ?? {}), 0);
  return `it holds ${count('new')} keys (${newName}), and ${oldName} ${count('old')}`;
}

/** The restarted new sides as they are now, locked for this migration (I6); null: they belong to another one. */
async function newRuns(
  session: Session,
  cutover: Cutover,
  seen: readonly SeenPair[],
): Promise<readonly PairIdentity[] | null> {
  const side = newSide(cutover.direction);
  const identities = identitiesOf(session.migration.state).map((identity, index) => {
    const runId = seen[index]?.new.observed?.runId ?? identity[side].runId;
    return { ...identity, [side]: { ...identity[side], runId } };
  });
  const runIds = identities.map((identity) => identity[side].runId);
  const holder = await session.workflow.records.lockRunIds(session.owner.uid, runIds);
  return holder === null ? identities : null;
}

function goOnWith(newName: string, oldName: string): Answer {
  return {
    id: 'recheck',
    label: `Go on with the restarted ${newName}`,
    effect: `${newName} takes the writes with the data that it has now; ${oldName} stays read-only and keeps its own.`,
  };
}

/** Gives the hold that may still stand; null: none. */
async function endFence(
  session: Session,
  cutover: Cutover,
  index: number,
  { old, oldRestarted, newRestarted, new: fresh }: SeenPair,
): Promise<Hold | null> {
  const hold = holdOf(cutover, index);
  const mayStand = hold.kind === 'pause' ? null : hold;
  if (old.role === 'unreachable') return mayStand;
  // A primary that was not restarted was made one by a person: Ferry does not fight. Nor does it take the only
  // primary that there is, once a person has looked.
  const wasAsked = session.migration.timeline.at(-2)?.phase === 'needs-human';
  const mayBeOnly = wasAsked && fresh.role !== 'primary';
  const byHand = old.role === 'primary' && (!oldRestarted || mayBeOnly);
  try {
    // Behind a new side that lost its data it would lose its own (I2).
    if (cutover.step === 'promoting' && !byHand)
      return await withoutWrites(session, cutover, index, old, !newRestarted);
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
