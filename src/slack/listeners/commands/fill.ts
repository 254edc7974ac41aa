// `fill <instance> <size>` and `clear <instance>`: junk for rehearsals, written and removed by a worker. Only on
// servers whose environment says so; everybody in the channel sees who asked and how far it is.

import type { Refusal } from '../../../migration/errors.ts';
import { sentence } from '../../../migration/errors.ts';
import type { Instance } from '../../../migration/instance.ts';
import { mayRehearseOn } from '../../../migration/scratch.ts';
import type { Task } from '../../../migration/task.ts';
import { parseSizeBytes } from '../../../migration/units.ts';
import { size } from '../../blocks/figures.ts';
import { outcomeWords, progressWords } from '../../blocks/task-words.ts';
import { at, channel, code, join, prose, say, type Words, who } from '../../blocks/words.ts';
import { failed } from '../failures.ts';
import type { CommandCall, ListenerParts, Subcommand } from '../parts.ts';
import { lockedWords, tryChannel } from './migrate.ts';
import { postTask } from './task-message.ts';
import { echo, unknownInstance } from './typed.ts';

/** The longest silence of a worker that is at it; it tells of its progress every second. */
const SILENCE_MS = 60_000;

export const fill: Subcommand = {
  name: 'fill',
  usage: '<instance> <size>',
  example: 'staging-a 2gb',
  help: 'fills a server for rehearsals with junk, up to that used_memory',
  minArgs: 2,
  maxArgs: 2,
  async run(parts, call) {
    const [name = '', text = ''] = call.args;
    const bytes = parseSizeBytes(text);
    if (bytes === null || bytes === 0) {
      const such = code(`${parts.command} fill ${name} 2gb`);
      return call.answer(
        say`${echo(text)} is no size. Sizes look like ${code('512mb')} or ${code('2gb')}: ${such}.`,
      );
    }
    return doTask(parts, call, { task: 'fill', name, bytes });
  },
};

export const clear: Subcommand = {
  name: 'clear',
  usage: '<instance>',
  example: 'staging-a',
  help: 'removes what fill wrote, and nothing else',
  minArgs: 1,
  maxArgs: 1,
  run: (parts, call) => doTask(parts, call, { task: 'clear', name: call.args[0] ?? '', bytes: 0 }),
};

interface Wanted {
  readonly task: Task;
  readonly name: string;
  readonly bytes: number;
}

async function doTask(parts: ListenerParts, call: CommandCall, wanted: Wanted): Promise<void> {
  const { inventory, records, logger } = parts;
  const { task, name } = wanted;
  const instance = inventory.find(name);
  if (instance === null) return call.answer(unknownInstance(parts, name));
  const policy = inventory.policyOf(instance);
  const refused = mayRehearseOn(instance, policy, task);
  if (refused !== null) return call.answer(refusedWords(refused));
  const holder = await records.holderOf(instance, null);
  if (holder !== null) return call.answer(await lockedWords(parts, name, holder));
  const home = policy.channel ?? call.channel;
  const stopped = await tryChannel(parts, call, home, lookingWords(wanted, home));
  if (stopped !== null) return call.answer(stopped);
  logger.info({ task, instance: name, by: call.user }, 'A task was asked for.');
  await follow(parts, call, instance, wanted, home);
}

/** Shows the work in the channel from its beginning to its end. */
async function follow(
  parts: ListenerParts,
  call: CommandCall,
  instance: Instance,
  wanted: Wanted,
  home: string,
): Promise<void> {
  const { dispatcher, clock } = parts;
  const asked = askedWords(wanted, call.user);
  const message = await postTask(parts, home, say`${asked}: waiting for a worker.`);
  const request = { kind: wanted.task, instance: instance.name, bytes: wanted.bytes, by: call.user };
  let end: Words;
  try {
    const answer = await dispatcher.ask(request, SILENCE_MS, (progress) =>
      message.show(say`${asked}: ${progressWords(progress)}. As of ${at(clock.now())}.`),
    );
    end =
      answer.kind === 'done'
        ? outcomeWords(instance.name, answer.outcome)
        : answer.kind === 'refused'
          ? refusedWords(answer.refusal)
          : say`A worker of another version answered something else. Update all of them.`;
  } catch (error) {
    end = failed(error);
  }
  await message.finish(join([asked, end], '. '));
  await call.answer(end);
}

/** `@ana fills carts-a to 2.00 GB`. */
function askedWords({ task, name, bytes }: Wanted, user: string): Words {
  return task === 'fill'
    ? say`${who(user)} fills ${code(name)} to ${size(bytes)}`
    : say`${who(user)} clears ${code(name)} of what Ferry wrote to fill it`;
}

function lookingWords({ task, name, bytes }: Wanted, home: string): Words {
  const deed = task === 'fill' ? say`Filling ${name} to ${size(bytes)}` : say`Clearing ${name}`;
  return say`${deed}; ${channel(home)} shows how far it is.`;
}

function refusedWords(refusal: Refusal): Words {
  return prose(sentence(refusal));
}
