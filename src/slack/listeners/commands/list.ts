// `list`: the instances of the inventory by environment. Names only, never addresses or references.

import { counted } from '../../blocks/figures.ts';
import { bold, code, join, say, type Words } from '../../blocks/words.ts';
import type { CommandCall, ListenerParts, Subcommand } from '../parts.ts';

const MAX_SHOWN = 40;

export const list: Subcommand = {
  name: 'list',
  usage: '',
  example: '',
  help: 'shows the instances by environment',
  minArgs: 0,
  maxArgs: 0,
  run,
};

async function run(parts: ListenerParts, call: CommandCall): Promise<void> {
  const { inventory, command } = parts;
  const byEnvironment = new Map<string, string[]>();
  for (const name of inventory.names()) {
    const environment = inventory.find(name)?.environment ?? 'default';
    byEnvironment.set(environment, [...(byEnvironment.get(environment) ?? []), name]);
  }
  const groups = [...byEnvironment].sort(([a], [b]) => a.localeCompare(b));
  const lines = groups.map(([environment, names]) => group(environment, names.sort()));
  const head = say`${counted(inventory.names().length, 'instance')}.`;
  const next = say`${code(`${command} info <instance>`)} looks at one.`;
  await call.answer(join([head, ...lines, next], '\n'));
}

function group(environment: string, names: readonly string[]): Words {
  const shown = names.slice(0, MAX_SHOWN).map((name) => say`${code(name)}`);
  const rest = names.length > MAX_SHOWN ? say` and ${names.length - MAX_SHOWN} more` : [];
  return say`${bold(environment)}: ${join(shown, ', ')}${rest}`;
}
