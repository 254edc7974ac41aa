// The slash command: acknowledged at once, answered to the one who typed it, whatever it is.
// The text is never logged and never repeated where it may hold a secret (I9).

import type { App, RespondFn } from '@slack/bolt';
import { actions, type Button, type Message, type Style, section } from '../../blocks/block.ts';
import { toMrkdwn } from '../../blocks/render-words.ts';
import { code, join, say, type Words } from '../../blocks/words.ts';
import { failed, told } from '../failures.ts';
import type { CommandCall, ListenerParts, Subcommand } from '../parts.ts';
import { abort } from './abort.ts';
import { check } from './check.ts';
import { clear, fill } from './fill.ts';
import { info } from './info.ts';
import { latency } from './latency.ts';
import { list } from './list.ts';
import { migrate } from './migrate.ts';
import { approve, complete, revert } from './open-decision.ts';
import { rehearse } from './rehearse.ts';
import { status } from './status.ts';
import { echo, holdsAddress, holdsSecret, nearest, wordsOf } from './typed.ts';
import { why } from './why.ts';

export const SUBCOMMANDS: readonly Subcommand[] = [
  migrate,
  check,
  list,
  info,
  latency,
  status,
  why,
  approve,
  abort,
  revert,
  complete,
  rehearse,
  fill,
  clear,
];

export function registerCommand(app: App, parts: ListenerParts): void {
  app.command(parts.command, async ({ command, ack, respond }) => {
    await ack();
    const [name = 'help', ...args] = wordsOf(command.text);
    const call: CommandCall = {
      user: command.user_id,
      channel: command.channel_id,
      args,
      trigger: command.trigger_id,
      answer: (words, buttons = []) => answer(parts, respond, words, buttons),
      show: (render) => show(parts, respond, render),
    };
    try {
      await dispatch(parts, call, command.text, name.toLowerCase());
    } catch (error) {
      parts.logger.error(
        { subcommand: known(name)?.name ?? 'unknown', error: told(error) },
        'A command failed.',
      );
      await call.answer(failed(error));
    }
  });
}

async function dispatch(parts: ListenerParts, call: CommandCall, text: string, name: string): Promise<void> {
  const listed = say`Instances are named in the inventory; ${code(`${parts.command} list`)} shows them.`;
  if (holdsSecret(text)) {
    await call.answer(
      say`That text contains a password. I have not kept it, but Slack has: rotate it now. ${listed}`,
    );
    return;
  }
  if (holdsAddress(text)) {
    await call.answer(say`Ferry takes names, not addresses. ${listed}`);
    return;
  }
  if (name === 'help') {
    await call.answer(help(parts.command));
    return;
  }
  const subcommand = known(name);
  if (subcommand === undefined) {
    const close = nearest(name, ['help', ...SUBCOMMANDS.map((each) => each.name)]);
    const meant = close === null ? [] : say` Did you mean ${code(`${parts.command} ${close}`)}?`;
    await call.answer(
      say`I don't know the command ${echo(name)}.${meant} ${code(`${parts.command} help`)} shows what there is.`,
    );
    return;
  }
  if (call.args.length < subcommand.minArgs || call.args.length > subcommand.maxArgs) {
    await call.answer(usage(parts.command, subcommand));
    return;
  }
  await subcommand.run(parts, call);
}

function known(name: string): Subcommand | undefined {
  return SUBCOMMANDS.find((each) => each.name === name.toLowerCase());
}

function typed(command: string, subcommand: Subcommand): string {
  return `${command} ${subcommand.name} ${subcommand.usage}`.trim();
}

function usage(command: string, subcommand: Subcommand): Words {
  const form = typed(command, subcommand);
  const example = `${command} ${subcommand.name} ${subcommand.example}`.trim();
  const such = example === form ? ' and nothing after it' : say`, for example ${code(example)}`;
  return say`Use it like this: ${code(form)}${such}.`;
}

function help(command: string): Words {
  const lines = SUBCOMMANDS.map((each) => say`${code(typed(command, each))}: ${each.help}`);
  return join([say`What Ferry can do:`, ...lines], '\n');
}

async function answer(
  parts: ListenerParts,
  respond: RespondFn,
  words: Words,
  buttons: readonly Button[],
): Promise<void> {
  const text = toMrkdwn(words, 3_500);
  const blocks = [section(words), ...actions('ferry-answer', buttons)];
  try {
    await respond({ response_type: 'ephemeral', text, ...(buttons.length === 0 ? {} : { blocks }) });
  } catch (error) {
    parts.logger.warn({ error: told(error) }, 'An answer to a command did not reach Slack.');
  }
}

/**
 * An answer with blocks that not every workspace knows: what Slack does not take goes out again in simpler ones, at
 * last as text. A response_url does not say why it refuses, so nothing is concluded for other messages.
 */
async function show(
  parts: ListenerParts,
  respond: RespondFn,
  render: (style: Style) => Message,
): Promise<void> {
  const classic = render('classic');
  const forms = [classic, { text: classic.text, blocks: [] }];
  if (parts.style() === 'rich') forms.unshift(render('rich'));
  for (const { text, blocks } of forms) {
    try {
      const answered = await respond({ response_type: 'ephemeral', text, blocks: [...blocks] });
      if (await isTaken(answered)) return;
    } catch (error) {
      parts.logger.warn({ error: told(error) }, 'An answer to a command did not reach Slack.');
      // Without an answer it may have arrived; only what was refused is sent again.
      if (!(error instanceof Error && 'statusCode' in error)) return;
    }
  }
}

/** Slack may answer 200 and say `ok: false` in the body. */
async function isTaken(answered: Awaited<ReturnType<RespondFn>>): Promise<boolean> {
  return !/"ok"\s*:\s*false/.test(await answered.text());
}
