// What a person is told whose click did nothing: why, and where the current button is. Full sentences.

import type { Deed } from '../../../migration/approval.ts';
import { type Refusal, sentence } from '../../../migration/errors.ts';
import type { Migration } from '../../../migration/migration.ts';
import { phaseWord } from '../../../migration/rehearsal.ts';
import { enteredAt } from '../../../migration/why.ts';
import type { WishAnswer } from '../../../workflow/ports.ts';
import { at, join, prose, say, type Words, who } from '../../blocks/words.ts';

const DONE: Readonly<Record<Deed, string>> = {
  start: 'started it',
  approve: 'approved',
  deny: 'denied it',
  hold: 'held it',
  abort: 'aborted it',
  revert: 'reverted it',
  complete: 'completed it',
  answer: 'answered',
};

/** null: the click was taken; the card and the thread show it. `where` ends the sentence. */
export function replyTo(answer: WishAnswer, deed: Deed, migration: Migration, where: Words): Words | null {
  const { id } = migration;
  switch (answer.kind) {
    case 'accepted':
      return null;
    case 'stale': {
      const since = enteredAt(migration, migration.state.phase);
      return say`That button belongs to an earlier state of ${id} (it is ${phaseWord(migration)} since ${at(since)}). What counts now${where}`;
    }
    case 'decided':
      return say`${who(answer.by)} ${DONE[deed]} ${ago(answer.agoMs)} before you. Nothing more to do.`;
    case 'repeated':
      return say`You ${DONE[deed]} already. Nothing more to do.`;
    case 'gone':
      return say`${id} is over, and its buttons with it.`;
  }
}

function ago(ms: number): string {
  return ms < 60_000 ? `${(Math.max(ms, 100) / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

/** Not allowed; where groups could not be read, that is said first, for it may be the only reason. */
export function notAllowed(refused: Refusal, unread: readonly string[]): Words {
  if (unread.length === 0) return prose(sentence(refused));
  const groups = join(
    unread.map((group) => say`${who(group)}`),
    ', ',
  );
  return say`I could not ask Slack who is in ${groups}, so only people listed by name count right now. ${prose(
    refused.message,
  )} Try again in a minute.`;
}

export const NO_RECORD: Words = say`There is no record of this migration any more; nothing was done.`;

export const NOT_OURS: Words = say`That button does not carry what Ferry put there, so nothing was done.`;
