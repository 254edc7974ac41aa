// `info <instance>`: one look at a server, by a worker.

import { sentence } from '../../../migration/errors.ts';
import { totalKeys } from '../../../migration/progress.ts';
import type { ServerDescription } from '../../../workflow/ports.ts';
import { counted, duration, number, size } from '../../blocks/figures.ts';
import { software } from '../../blocks/names.ts';
import { bold, code, join, prose, say, type Words } from '../../blocks/words.ts';
import type { CommandCall, ListenerParts, Subcommand } from '../parts.ts';
import { unknownInstance } from './typed.ts';

const DEADLINE_MS = 20_000;

export const info: Subcommand = {
  name: 'info',
  usage: '<instance>',
  example: 'carts-old',
  help: 'shows role, version, memory and keys of a server',
  minArgs: 1,
  maxArgs: 1,
  run,
};

async function run(parts: ListenerParts, call: CommandCall): Promise<void> {
  const [name = ''] = call.args;
  const instance = parts.inventory.find(name);
  if (instance === null) return call.answer(unknownInstance(parts, name));
  await call.answer(say`Looking at ${instance.name}; the answer follows here.`);
  const answer = await parts.dispatcher.ask({ kind: 'info', instance: instance.name }, DEADLINE_MS);
  if (answer.kind === 'refused') return call.answer(prose(sentence(answer.refusal)));
  if (answer.kind !== 'info') return;
  await call.answer(describe(instance.name, instance.environment, answer.description));
}

function describe(name: string, environment: string, seen: ServerDescription): Words {
  const { observation, identity } = seen;
  const limit = seen.maxMemoryBytes === 0 ? 'no limit' : `of ${size(seen.maxMemoryBytes)}`;
  const databases = Object.entries(observation.keysByDb).map(([db, keys]) => `${db}: ${number(keys)}`);
  const keys = databases.length < 2 ? '' : ` (${databases.slice(0, 16).join(', ')})`;
  return join(
    [
      say`${bold(name)} · ${software(identity)} · ${environment} · run id ${code(identity.runId.slice(0, 12))}`,
      say`Role: ${prose(seen.roleText)}. Up ${duration(seen.uptimeSeconds * 1000)}.`,
      say`Memory: ${size(observation.usedMemoryBytes)}, ${limit}; eviction policy ${code(seen.evictionPolicy)}.`,
      say`Keys: ${counted(totalKeys(observation.keysByDb), 'key')}${keys}.`,
      say`${number(observation.opsPerSecond)} commands/s, ${counted(observation.connectedClients, 'connection')}, backlog ${size(
        observation.backlogSizeBytes,
      )}.`,
    ],
    '\n',
  );
}
