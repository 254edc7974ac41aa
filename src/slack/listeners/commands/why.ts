// `why <id>`: what a migration waits for, since when, what ends it and who can (I13).

import { isOver } from '../../../migration/questions.ts';
import { whyWaiting } from '../../../migration/why.ts';
import { link, prose, say } from '../../blocks/words.ts';
import { cardUrl, decisionUrl } from '../links.ts';
import type { CommandCall, ListenerParts, Subcommand } from '../parts.ts';
import { findMigration } from './typed.ts';

export const why: Subcommand = {
  name: 'why',
  usage: '<id>',
  example: 'm42',
  help: 'says what a migration waits for, and who can end it',
  minArgs: 1,
  maxArgs: 1,
  run,
};

async function run(parts: ListenerParts, call: CommandCall): Promise<void> {
  const [word = ''] = call.args;
  const found = await findMigration(parts, word);
  if (found.kind === 'unknown') return call.answer(found.words);
  const { migration } = found;
  const live = await parts.records.live(migration.uid);
  const because = prose(whyWaiting(migration, live, await parts.records.time()));
  if (isOver(migration.state)) return call.answer(because);
  const buttons = await decisionUrl(parts, migration);
  const url = buttons ?? (await cardUrl(parts, migration));
  if (url === null) return call.answer(because);
  const what = buttons === null ? 'The card shows the rest' : 'Decide here';
  await call.answer(say`${because} ${link(url, what)}.`);
}
