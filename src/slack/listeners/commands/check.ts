// `check <source> <target>`: the survey alone, by a worker; changes nothing and creates nothing.

import { sentence } from '../../../migration/errors.ts';
import { droppedKeys } from '../../../migration/plan.ts';
import { counted, duration } from '../../blocks/figures.ts';
import { findingWords, notable, summary } from '../../blocks/finding-words.ts';
import { bold, code, join, prose, say } from '../../blocks/words.ts';
import type { CommandCall, ListenerParts, Subcommand } from '../parts.ts';
import { findPair } from './migrate.ts';

const DEADLINE_MS = 60_000;

export const check: Subcommand = {
  name: 'check',
  usage: '<source> <target>',
  example: 'carts-old carts-new',
  help: 'surveys both servers and says what a migration would find; changes nothing',
  minArgs: 2,
  maxArgs: 2,
  run,
};

async function run(parts: ListenerParts, call: CommandCall): Promise<void> {
  const [sourceName = '', targetName = ''] = call.args;
  const pair = findPair(parts, sourceName, targetName);
  if ('refused' in pair) return call.answer(pair.refused);
  const { source, target } = pair;
  await call.answer(say`Looking at ${source.name} and ${target.name}; the answer follows here.`);
  const answer = await parts.dispatcher.ask(
    { kind: 'check', source: source.name, target: target.name },
    DEADLINE_MS,
  );
  if (answer.kind === 'refused') return call.answer(prose(sentence(answer.refusal)));
  if (answer.kind !== 'check') return;
  const { findings, plan } = answer;
  const lines = notable(findings)
    .slice(0, 12)
    .map((finding) => say`• ${findingWords(finding)}`);
  const end =
    plan === null
      ? say`This migration would be refused.`
      : say`It could start: ${
          droppedKeys(plan) === 0 ? 'nothing' : counted(droppedKeys(plan), 'key')
        } would be deleted on ${target.name}, fence under ${duration(plan.predictedFenceMs)}. Ask for it with ${code(
          `${parts.command} migrate ${source.name} ${target.name}`,
        )}.`;
  await call.answer(
    join([say`${bold(`${source.name} → ${target.name}`)}: ${summary(findings)}.`, ...lines, end], '\n'),
  );
}
