// The message in the channel that shows how far a fill or a clear is: posted once, edited now and then, and for the
// last time when it is over. Slack takes few edits and may be away; the work waits for neither (I7).

import { section } from '../../blocks/block.ts';
import { toMrkdwn } from '../../blocks/render-words.ts';
import type { Words } from '../../blocks/words.ts';
import { failureOf } from '../../connection.ts';
import { told } from '../failures.ts';
import type { ListenerParts } from '../parts.ts';

/** Slack takes 50 edits a minute from the whole app; the cards have 40 of them. */
const EDIT_EVERY_MS = 10_000;
const LAST_EDIT_ATTEMPTS = 5;
const WAIT_MS = 5_000;

export interface TaskMessage {
  /** Edits the message, unless that was done a moment ago. Never rejects, never waits. */
  show(words: Words): void;
  /** The last edit, tried until Slack takes it; a new message where the old one is gone. Never rejects. */
  finish(words: Words): Promise<void>;
}

type MessageParts = Pick<ListenerParts, 'client' | 'clock' | 'logger'>;

/** Rejects when Slack refuses the first message. */
export async function postTask(
  { client, clock, logger }: MessageParts,
  channel: string,
  words: Words,
): Promise<TaskMessage> {
  const posted = await client.chat.postMessage({ channel, ...contentOf(words), unfurl_links: false });
  const ts = posted.ts ?? '';
  let editedMs = Number.NEGATIVE_INFINITY;
  let editing: Promise<void> = Promise.resolve();

  const edit = async (content: ReturnType<typeof contentOf>): Promise<void> => {
    await client.chat.update({ channel, ts, ...content });
  };

  return {
    show(next) {
      if (clock.monotonicMs() - editedMs < EDIT_EVERY_MS) return;
      editedMs = clock.monotonicMs();
      editing = edit(contentOf(next)).catch((error: unknown) => {
        logger.debug({ error: told(error) }, 'The progress of a task was not shown.');
      });
    },
    async finish(last) {
      // An edit on its way must not arrive after the last one.
      await editing;
      for (let attempt = 1; attempt <= LAST_EDIT_ATTEMPTS; attempt += 1) {
        try {
          await edit(contentOf(last));
          return;
        } catch (error) {
          const failure = failureOf(error);
          if (failure.kind === 'refused') break;
          await clock.sleep(failure.kind === 'limited' ? failure.waitMs : WAIT_MS);
        }
      }
      await client.chat
        .postMessage({ channel, ...contentOf(last), unfurl_links: false })
        .catch((error: unknown) => logger.warn({ error: told(error) }, 'The end of a task was not shown.'));
    },
  };
}

/** Text without blocks removes the blocks, so both go, always. */
function contentOf(words: Words) {
  return { text: toMrkdwn(words), blocks: [section(words)] };
}
