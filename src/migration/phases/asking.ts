// What a state asks people at this moment: taken back when a question stops it, asked anew when it goes on.
// No button of an earlier round stays open beside a question (I4).

import type { Change, Saying } from '../change.ts';
import type { Migration, State } from '../migration.ts';
import { withdrawal } from './approval-round.ts';
import { startMessage } from './planned.ts';
import { reopened, watchMessage } from './watching.ts';

/** Closes the message that asks, and says which approvals went. */
export function closeAsking(migration: Migration, state: State): readonly Saying[] {
  switch (state.phase) {
    case 'planned':
      return state.startedBy === null ? [startMessage(migration, state, false)] : [];
    case 'following':
      return withdrawal(migration, state, 'Ferry stopped to ask', null);
    case 'watching':
      return state.closing === null && state.revertBy === null && state.byHand === null
        ? [watchMessage(migration, state, false)]
        : [];
    default:
      return [];
  }
}

/** The next round, with its message; following asks by itself, once the data was compared anew. */
export function askAgain(
  migration: Migration,
  state: State,
): Required<Pick<Change, 'newRound' | 'digest' | 'say'>> {
  if (state.phase === 'watching' && state.closing === null && state.byHand === null)
    return reopened(migration, state);
  if (state.phase !== 'planned') return { newRound: true, digest: '', say: [] };
  const { digest } = state.plan;
  const next = { ...migration, round: migration.round + 1, digest };
  const say = state.startedBy === null ? [startMessage(next, state, true)] : [];
  return { newRound: true, digest, say };
}
