// A demoted source that comes back from a restart as a primary would be a second writer (I1).
// It is made read-only again at once; if it took writes, a person decides what they are worth.

import type { Event } from '../../migration/events.ts';
import type { Watching } from '../../migration/migration.ts';
import { usualAnswers } from '../../migration/phases/needs-human.ts';
import type { PairObservation } from '../../migration/progress.ts';
import { parkFormer } from '../closing.ts';
import type { Session } from '../session.ts';

/** null: the source is what it should be. */
export async function restartedSource(
  session: Session,
  index: number,
  state: Watching,
  seen: PairObservation,
): Promise<Event | null> {
  const { source, target } = session.pair(index);
  if (seen.target?.role.kind === 'replica') {
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
  if (seen.source?.role.kind !== 'primary') return null;
  const restarted = seen.source.runId !== state.identities[index]?.source.runId;
  // Not known is not none (I10).
  const tookWrites = seen.source.changesSinceLoad !== 0;
  // Made a primary without a restart: a person did that, perhaps because the target died. Ferry does not fight.
  if (restarted) await parkFormer(session, 'source');
  if (restarted && !tookWrites) {
    const why = `${source.name} was restarted, came back as a primary and was made read-only again before it took a write`;
    return { kind: 'way-back-changed', wayBack: { state: 'closed', why } };
  }
  return {
    kind: 'stuck',
    question: `${source.name} was a primary again and may have taken writes. What are they worth?`,
    facts: [
      restarted
        ? `${source.name} was restarted as a primary; it is read-only again and keeps its data.`
        : `Somebody made ${source.name} a primary. Ferry left it so.`,
      changesInWords(seen.source.changesSinceLoad),
      seen.target === null ? `${target.name} does not answer.` : `${target.name} is a primary too.`,
    ],
    answers: [
      { id: 'recheck', label: 'Go on watching', effect: 'Looks again; asks again while both are primaries.' },
      {
        id: 'finish',
        label: 'Close it',
        effect: `Makes ${source.name} read-only, puts settings back and ends the migration.`,
      },
    ],
  };
}

function changesInWords(changes: number | null): string {
  if (changes === null)
    return 'How many changes it took cannot be told: it saved since, or loaded an append-only file.';
  return `${changes} changes were made on it since it loaded its data.`;
}
