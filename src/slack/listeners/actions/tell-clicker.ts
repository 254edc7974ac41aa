// How the person who pressed a button is answered, wherever that button stands. Nobody else sees it.

import type { BlockAction, ButtonAction, RespondFn } from '@slack/bolt';
import { toMrkdwn } from '../../blocks/render-words.ts';
import { say, type Words } from '../../blocks/words.ts';
import { told } from '../failures.ts';
import type { ListenerParts } from '../parts.ts';

/** Ephemerally, in the thread where the button stands; by the click's own address where that fails. */
export async function tellClicker(
  parts: ListenerParts,
  body: BlockAction<ButtonAction>,
  respond: RespondFn,
  words: Words,
): Promise<void> {
  const text = toMrkdwn(words);
  const thread: unknown = body.message?.['thread_ts'];
  try {
    if (body.channel === undefined) throw new Error('a button outside of channels');
    await parts.client.chat.postEphemeral({
      channel: body.channel.id,
      user: body.user.id,
      text,
      ...(typeof thread === 'string' ? { thread_ts: thread } : {}),
    });
  } catch {
    await respond({ response_type: 'ephemeral', replace_original: false, text }).catch((error: unknown) => {
      parts.logger.warn({ error: told(error) }, 'An answer to a click did not reach Slack.');
    });
  }
}

/** A button in an answer that only one person sees was taken: messages of Ferry are edited, and that one is gone. */
export async function closeAnswer(
  parts: ListenerParts,
  body: BlockAction<ButtonAction>,
  respond: RespondFn,
): Promise<void> {
  const { container } = body;
  if (container['is_ephemeral'] !== true) return;
  const text = toMrkdwn(say`Taken. The card and its thread show what becomes of it.`);
  await respond({ replace_original: true, text }).catch((error: unknown) => {
    parts.logger.warn({ error: told(error) }, 'An answer with a button could not be closed.');
  });
}
