// Waits for the answers to what this process asked: one list, read over one blocking connection,
// which nobody else uses. A list, not a channel: an answer survives a broken connection.

import { setTimeout as delay } from 'node:timers/promises';
import type { AskAnswer, Logger } from '../workflow/ports.ts';
import type { Commands } from './connections.ts';
import { answersKey } from './keys.ts';

const BLOCK_SECONDS = 1;
const AFTER_TROUBLE_MS = 250;

export interface Answers {
  readonly closed: boolean;
  /** null: no answer in time, or closed. */
  waitFor(id: string, deadlineMs: number): Promise<AskAnswer | null>;
  /** Ends every wait without an answer. */
  close(): Promise<void>;
}

export function collectAnswers(blocking: Commands, dispatcher: string, logger: Logger): Answers {
  const waiting = new Map<string, (answer: AskAnswer | null) => void>();
  let reading: Promise<void> | null = null;
  let closed = false;

  async function read(): Promise<void> {
    while (waiting.size > 0) {
      try {
        const popped = await blocking.call('BLPOP', answersKey(dispatcher), BLOCK_SECONDS);
        const text: unknown = Array.isArray(popped) ? popped[1] : null;
        if (typeof text !== 'string') continue;
        const { id, answer } = parseAnswer(text);
        waiting.get(id)?.(answer);
        waiting.delete(id);
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
    waitFor: async (id, deadlineMs) => {
      if (closed) return null;
      let timer: NodeJS.Timeout | undefined;
      const answer = new Promise<AskAnswer | null>((resolve) => {
        timer = setTimeout(() => resolve(null), deadlineMs);
        waiting.set(id, resolve);
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
      for (const resolve of waiting.values()) resolve(null);
      waiting.clear();
      await reading;
    },
  };
}

export interface Answered {
  readonly id: string;
  readonly answer: AskAnswer;
}

/** Written by a worker of ours a moment ago: its shape is trusted, not parsed again. */
function parseAnswer(text: string): Answered {
  return JSON.parse(text) as Answered;
}
