// `check <source> <target>`: the survey alone, by a worker; changes nothing and creates nothing.

import { sentence } from '../../../migration/errors.ts';
import { droppedKeys } from '../../../migration/plan.ts';
import { counted, duration, more } from '../../blocks/figures.ts';
import { findingWords, notable, summary } from '../../blocks/finding-words.ts';
import { bold, code, join, prose, say } from '../../blocks/words.ts';
import type { CommandCall, ListenerParts, Subcommand } from '../parts.ts';
import { findPair } from './migrate.ts';

const DEADLINE_MS = 60_000;
const MOST_FINDINGS = 20;
/** Of all of them together: an answer takes 3,500. */
const MOST_CHARS = 2_800;

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
  const found = notable(findings);
  // What does not fit into one answer is cut in each, and never the verdict.
  const each = Math.floor(MOST_CHARS / Math.min(Math.max(found.length, 1), MOST_FINDINGS));
  const lines = found.slice(0, MOST_FINDINGS).map((finding) => say`• ${findingWords(finding, each)}`);
  const rest = more(found.length, MOST_FINDINGS);
  const verdict =
    plan === null
      ? say`This migration would be refused.`
      : say`It could start: ${
          droppedKeys(plan) === 0 ? 'nothing' : counted(droppedKeys(plan), 'key')
        } would be deleted on ${target.name}, fence under ${duration(plan.predictedFenceMs)}. Ask for it with ${code(
          `${parts.command} migrate ${source.name} ${target.name}`,
        )}.`;
  const head = say`${bold(`${source.name} → ${target.name}`)}: ${summary(findings)}. ${verdict}`;
  await call.answer(join([head, ...lines, ...(rest === '' ? [] : [say`${rest}.`])], '\n'));
}
