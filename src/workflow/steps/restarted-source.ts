// A source that comes back from a restart as a primary after the promotion would be a second writer (I1).
// It is made read-only, or held, again at once; if it took writes, a person decides what they are worth.

import type { Event } from '../../migration/events.ts';
import { sameRun } from '../../migration/instance.ts';
import type { Watching } from '../../migration/migration.ts';
import { usualAnswers } from '../../migration/phases/needs-human.ts';
import type { PairObservation, ServerObservation } from '../../migration/progress.ts';
import { mustStayHeld, parkFormer } from '../closing.ts';
import type { Session } from '../session.ts';

/** null: the source is what it should be. */
export async function restartedSource(
  session: Session,
  index: number,
  state: Watching,
  seen: PairObservation,
): Promise<Event | null> {
  if (seen.target?.role.kind === 'replica') return demotedTarget(session, index, state);
  // What the sentry saw before it set the server aside: the look of this tick comes after it.
  let source = session.sentry.taken(index) ?? seen.source;
  if (source === null || source.role.kind !== 'primary') return null;
  const stays = mustStayHeld(session, index, 'source');
  if (source.held) {
    // It did not answer when it was to be set aside, and nobody could log in since.
    if (!stays) await parkFormer(session, 'source');
    return null;
  }
  const { name } = session.pair(index).source;
  const restarted = !sameRun(source.runId, state.identities[index]?.source.runId ?? '');
  // Made a primary without a restart: a person did that, perhaps because the target died. Ferry does not fight.
  if (restarted) {
    await parkFormer(session, 'source');
    // The same restart, if the sentry was as fast: it looked at the very moment of setting it aside.
    source = session.sentry.taken(index) ?? source;
  }
  // Not known is not none (I10).
  if (!restarted || source.changesSinceLoad !== 0)
    return tookWrites(session, index, source, seen.target, restarted);
  const why = stays
    ? `${name} was restarted without Ferry's password, and got it again before it took a write`
    : `${name} was restarted, came back as a primary and was made read-only again before it took a write`;
  return { kind: 'way-back-changed', wayBack: { state: 'closed', why } };
}

function demotedTarget(session: Session, index: number, state: Watching): Event {
  const { source, target } = session.pair(index);
  return {
    kind: 'stuck',
    question: `${target.name} was promoted and is a replica now. Who takes the writes?`,
    facts: [`Ferry promoted ${target.name} in attempt ${state.outcome.attempt}.`],
    answers: [
      ...usualAnswers(state),
      {
        id: 'finish',
        label: 'Close it',
        effect: `Parks ${source.name}, puts settings back and ends the migration.`,
      },
    ],
  };
}

function tookWrites(
  session: Session,
  index: number,
  seen: ServerObservation,
  targetSeen: ServerObservation | null,
  restarted: boolean,
): Event {
  const { source, target } = session.pair(index);
  const stays = mustStayHeld(session, index, 'source');
  const now = stays ? "lets only Ferry's password in again" : 'is read-only again';
  const byHand = stays ? `took Ferry's password off ${source.name}` : `made ${source.name} a primary`;
  return {
    kind: 'stuck',
    question: `${source.name} was a primary again and may have taken writes. What are they worth?`,
    facts: [
      restarted
        ? `${source.name} was restarted as a primary; it ${now} and keeps its data.`
        : `Somebody ${byHand}. Ferry left it so.`,
      changesInWords(seen.changesSinceLoad),
      targetSeen === null ? `${target.name} does not answer.` : `${target.name} is a primary too.`,
    ],
    answers: [
      { id: 'recheck', label: 'Go on watching', effect: 'Looks again; asks again while both are primaries.' },
      {
        id: 'finish',
        label: 'Close it',
        effect: stays
          ? `Gives ${source.name} Ferry's password again, puts settings back and ends the migration.`
          : `Makes ${source.name} read-only, puts settings back and ends the migration.`,
      },
    ],
  };
}

function changesInWords(changes: number | null): string {
  if (changes === null)
    return 'How many changes it took cannot be told: it saved since, or loaded an append-only file.';
  return `${changes} changes were made on it since it loaded its data.`;
}
