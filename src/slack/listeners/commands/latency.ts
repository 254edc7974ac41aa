// `latency <instance> [seconds]`: measures a server for a while, by a worker, for anyone at any time. Says at once
// that it does; the figures follow as a second answer.

import { sentence } from '../../../migration/errors.ts';
import { latencyAnswer } from '../../blocks/latency-answer.ts';
import { code, prose, say } from '../../blocks/words.ts';
import type { CommandCall, ListenerParts, Subcommand } from '../parts.ts';
import { secondsOf, unknownInstance } from './typed.ts';

const DEFAULT_SECONDS = 10;
const MAX_SECONDS = 60;
/** For the queue, the first connection and the reading of causes. */
const MARGIN_MS = 15_000;

export const latency: Subcommand = {
  name: 'latency',
  usage: '<instance> [seconds]',
  example: 'carts-old 10',
  help: `measures how fast a server answers, for ${DEFAULT_SECONDS} s or up to ${MAX_SECONDS}`,
  minArgs: 1,
  maxArgs: 2,
  run,
};

async function run(parts: ListenerParts, call: CommandCall): Promise<void> {
  const [name = '', typed] = call.args;
  const instance = parts.inventory.find(name);
  if (instance === null) return call.answer(unknownInstance(parts, name));
  const seconds = typed === undefined ? DEFAULT_SECONDS : secondsOf(typed, MAX_SECONDS);
  if (seconds === null) {
    const example = `${parts.command} latency ${instance.name} ${DEFAULT_SECONDS}`;
    return call.answer(
      say`How long to measure is a whole number of seconds from 1 to ${MAX_SECONDS}, for example ${code(example)}.`,
    );
  }
  await call.answer(say`Measuring ${instance.name} for ${seconds} s; the figures follow here.`);
  const forMs = seconds * 1_000;
  const request = { kind: 'latency', instance: instance.name, forMs } as const;
  const answer = await parts.dispatcher.ask(request, forMs + MARGIN_MS);
  if (answer.kind === 'refused') return call.answer(prose(sentence(answer.refusal)));
  if (answer.kind !== 'latency') return;
  await call.show((style) => latencyAnswer(answer.report, style));
}
