// `approve`, `revert`, `complete <id>`: lead to the message that decides; typing never decides.

import type { Migration } from '../../../migration/migration.ts';
import { whyWaiting } from '../../../migration/why.ts';
import { link, prose, say } from '../../blocks/words.ts';
import { type DecisionKey, decisionUrl } from '../links.ts';
import type { CommandCall, ListenerParts, Subcommand } from '../parts.ts';
import { findMigration } from './typed.ts';

function leadsTo(
  name: string,
  key: DecisionKey,
  help: string,
  isOpen: (migration: Migration) => boolean,
): Subcommand {
  return {
    name,
    usage: '<id>',
    example: 'm42',
    help,
    minArgs: 1,
    maxArgs: 1,
    run: (parts, call) => show(parts, call, name, key, isOpen),
  };
}

async function show(
  parts: ListenerParts,
  call: CommandCall,
  name: string,
  key: DecisionKey,
  isOpen: (migration: Migration) => boolean,
): Promise<void> {
  const [word = ''] = call.args;
  const found = await findMigration(parts, word);
  if (found.kind === 'unknown') return call.answer(found.words);
  const { migration } = found;
  const url = isOpen(migration) ? await decisionUrl(parts, migration, [key]) : null;
  if (url !== null) {
    return call.answer(
      say`The button that decides stands in the thread: ${link(url, `${name} ${migration.id}`)}.`,
    );
  }
  const live = await parts.records.live(migration.uid);
  const because = whyWaiting(migration, live, await parts.records.time());
  await call.answer(say`There is nothing to ${name} for ${migration.id} right now. ${prose(because)}`);
}

export const approve = leadsTo(
  'approve',
  'approval',
  'leads to the approval, which only its button gives',
  ({ state }) => state.phase === 'following' && state.askedAt !== null,
);

export const revert = leadsTo(
  'revert',
  'watch',
  'leads to the button that gives the writes back',
  ({ state }) => state.phase === 'watching' && state.wayBack.state === 'open',
);

export const complete = leadsTo(
  'complete',
  'watch',
  'leads to the button that closes the way back',
  ({ state }) => state.phase === 'watching',
);
