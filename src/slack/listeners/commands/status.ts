// `status` shows what runs; `status <id>` one migration in detail.

import type { Migration } from '../../../migration/migration.ts';
import { isOver } from '../../../migration/questions.ts';
import { phaseWord } from '../../../migration/rehearsal.ts';
import { whyWaiting } from '../../../migration/why.ts';
import { more } from '../../blocks/figures.ts';
import { title } from '../../blocks/names.ts';
import { stepLines, steps, writesLine } from '../../blocks/steps.ts';
import { bold, code, join, link, prose, say, type Words, who } from '../../blocks/words.ts';
import { cardUrl } from '../links.ts';
import type { CommandCall, ListenerParts, Subcommand } from '../parts.ts';
import { runningMigrations } from '../running.ts';
import { findMigration } from './typed.ts';

const MAX_SHOWN = 12;

export const status: Subcommand = {
  name: 'status',
  usage: '[id]',
  example: 'm42',
  help: 'shows what runs, or one migration in detail',
  minArgs: 0,
  maxArgs: 1,
  run,
};

async function run(parts: ListenerParts, call: CommandCall): Promise<void> {
  const [word] = call.args;
  if (word === undefined) return call.answer(await running(parts));
  const found = await findMigration(parts, word);
  await call.answer(found.kind === 'found' ? await detail(parts, found.migration) : found.words);
}

async function running(parts: ListenerParts): Promise<Words> {
  const all = await runningMigrations(parts);
  if (all.length === 0) {
    return say`Nothing runs. ${code(`${parts.command} migrate <source> <target>`)} asks for a migration.`;
  }
  const lines = await Promise.all(all.slice(0, MAX_SHOWN).map((migration) => line(parts, migration)));
  const rest = more(all.length, MAX_SHOWN);
  const whole = say`${rest}; the home tab of Ferry shows those that wait for you.`;
  return join([...lines, ...(rest === '' ? [] : [whole])], '\n');
}

async function line(parts: ListenerParts, migration: Migration): Promise<Words> {
  const live = await parts.records.live(migration.uid);
  const current = steps(migration, live).find(
    (step) => step.status === 'in_progress' || step.status === 'error',
  );
  const url = await cardUrl(parts, migration);
  const name = url === null ? bold(title(migration)) : link(url, title(migration));
  const so = current === undefined || current.details.length === 0 ? [] : say`, ${current.details}`;
  return say`${name}: ${phaseWord(migration)}${so}; by ${who(migration.requestedBy)}`;
}

async function detail(parts: ListenerParts, migration: Migration): Promise<Words> {
  const live = await parts.records.live(migration.uid);
  const now = await parts.records.time();
  const url = await cardUrl(parts, migration);
  const name = url === null ? bold(title(migration)) : link(url, title(migration));
  const writes =
    isOver(migration.state) && migration.state.phase === 'refused' ? [] : [say`${writesLine(migration)}`];
  return join(
    [
      say`${name}: ${phaseWord(migration)}`,
      stepLines(steps(migration, live)),
      ...writes,
      prose(whyWaiting(migration, live, now)),
    ],
    '\n',
  );
}
