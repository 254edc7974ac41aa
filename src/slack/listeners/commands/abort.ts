// `abort <id>`: names its victim and what will happen, and offers the button; typing is not yet doing.

import { isReversible } from '../../../migration/questions.ts';
import { phaseWord } from '../../../migration/rehearsal.ts';
import { abortButtons, abortEffect } from '../../blocks/buttons.ts';
import { title } from '../../blocks/names.ts';
import { bold, code, say } from '../../blocks/words.ts';
import { where } from '../links.ts';
import type { CommandCall, ListenerParts, Subcommand } from '../parts.ts';
import { findMigration } from './typed.ts';

export const abort: Subcommand = {
  name: 'abort',
  usage: '<id>',
  example: 'm42',
  help: 'says what an abort would do and offers the button',
  minArgs: 1,
  maxArgs: 1,
  run,
};

async function run(parts: ListenerParts, call: CommandCall): Promise<void> {
  const [word = ''] = call.args;
  const found = await findMigration(parts, word);
  if (found.kind === 'unknown') return call.answer(found.words);
  const { migration } = found;
  const { id, state } = migration;
  const buttons = abortButtons(migration);
  if (buttons.length > 0) {
    return call.answer(say`${bold(`Abort ${title(migration)}?`)} ${abortEffect(migration)}`, buttons);
  }
  if (state.phase === 'watching') {
    return call.answer(
      say`${id} is cut over: there is nothing left to abort. ${code(
        `${parts.command} revert ${id}`,
      )} leads to the button that gives the writes back.`,
    );
  }
  if (state.phase === 'needs-human') {
    return call.answer(
      say`${id} waits for an answer, and calling it off is one where it is possible${await where(parts, migration)}`,
    );
  }
  if (isReversible(state)) {
    return call.answer(
      say`${id} is in the middle of its cutover, which is done or undone within seconds. Ask again then.`,
    );
  }
  await call.answer(
    say`${id} is ${phaseWord(migration)}; there is nothing to abort. ${code(`${parts.command} why ${id}`)} says where it stands.`,
  );
}
