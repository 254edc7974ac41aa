// Waits for the answers to what this process asked: one list, read over one blocking connection,
// which nobody else uses. A list, not a channel: an answer survives a broken connection.

import { setTimeout as delay } from 'node:timers/promises';
import type { TaskProgress } from '../migration/task.ts';
import type { AskAnswer, Logger } from '../workflow/ports.ts';
import type { Commands } from './connections.ts';
import { answersKey } from './keys.ts';

const BLOCK_SECONDS = 1;
const AFTER_TROUBLE_MS = 250;

export interface Answers {
  readonly closed: boolean;
  /** null: no answer in time, or closed. Each word of progress puts the deadline off. */
  waitFor(
    id: string,
    deadlineMs: number,
    onProgress: (progress: TaskProgress) => void,
  ): Promise<AskAnswer | null>;
  /** Ends every wait without an answer. */
  close(): Promise<void>;
}

export function collectAnswers(blocking: Commands, dispatcher: string, logger: Logger): Answers {
  const waiting = new Map<string, Waiting>();
  let reading: Promise<void> | null = null;
  let closed = false;

  async function read(): Promise<void> {
    while (waiting.size > 0) {
      try {
        const popped = await blocking.call('BLPOP', answersKey(dispatcher), BLOCK_SECONDS);
        const text: unknown = Array.isArray(popped) ? popped[1] : null;
        if (typeof text !== 'string') continue;
        const said = parseAnswer(text);
        const asker = waiting.get(said.id);
        if ('progress' in said) {
          asker?.onProgress(said.progress);
        } else {
          asker?.resolve(said.answer);
          waiting.delete(said.id);
        }
      } catch (error) {
        logger.warn({ err: error }, 'an answer could not be read; still waiting');
        await delay(AFTER_TROUBLE_MS);
      }
    }
    reading = null;
  }

  return {
    get closed() {
      return closed;
    },
    waitFor: async (id, deadlineMs, onProgress) => {
      if (closed) return null;
      let timer: NodeJS.Timeout | undefined;
      const answer = new Promise<AskAnswer | null>((resolve) => {
        timer = setTimeout(() => resolve(null), deadlineMs);
        const heard = (progress: TaskProgress): void => {
          timer?.refresh();
          onProgress(progress);
        };
        waiting.set(id, { resolve, onProgress: heard });
      });
      reading ??= read();
      try {
        return await answer;
      } finally {
        clearTimeout(timer);
        waiting.delete(id);
      }
    },
    close: async () => {
      closed = true;
      for (const { resolve } of waiting.values()) resolve(null);
      waiting.clear();
      await reading;
    },
  };
}

interface Waiting {
  readonly resolve: (answer: AskAnswer | null) => void;
  readonly onProgress: (progress: TaskProgress) => void;
}

/** What a worker says: that it is getting on, or the answer. */
export type Answered =
  | { readonly id: string; readonly progress: TaskProgress }
  | { readonly id: string; readonly answer: AskAnswer };

/** Written by a worker of ours a moment ago: its shape is trusted, not parsed again. */
function parseAnswer(text: string): Answered {
  return JSON.parse(text) as Answered;
}
