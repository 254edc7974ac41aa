// How a wish or a command reaches a worker: the port `Dispatcher`. It opens nothing to a customer's server.

import { randomBytes } from 'node:crypto';
import { type ConnectionOptions, Queue } from 'bullmq';
import { FerryError } from '../migration/errors.ts';
import type { TaskProgress } from '../migration/task.ts';
import type { AskAnswer, AskRequest, Dispatcher, Logger } from '../workflow/ports.ts';
import { collectAnswers } from './answers.ts';
import type { StoredAsk } from './asking.ts';
import { type Commands, queueUnreachable } from './connections.ts';
import type { DriveQueue } from './drive.ts';
import { ASK_QUEUE, askKey, BULL_PREFIX, WAKE_CHANNEL } from './keys.ts';

/** How much longer than its deadline an ask is kept, should this process die before it takes it back. */
const ASK_GRACE_MS = 5_000;

export interface DispatcherOptions {
  /** For BullMQ; use one that fails at once, so that a click does not hang. */
  readonly connection: ConnectionOptions;
  readonly redis: Commands;
  /** A client of its own that may block; nothing else goes over it. */
  readonly blocking: Commands;
  readonly drives: Pick<DriveQueue, 'enqueue'>;
  readonly logger: Logger;
}

export interface OpenDispatcher extends Dispatcher {
  /** Whoever still waits for an answer gets none. */
  close(): Promise<void>;
}

/** `wake` throws `queue-unreachable`; `ask` also `no-worker`, `ask-late` and `stopping`. */
export function openDispatcher(options: DispatcherOptions): OpenDispatcher {
  const { redis, drives, logger } = options;
  const name = randomBytes(9).toString('hex');
  const answers = collectAnswers(options.blocking, name, logger);
  const queue = new Queue(ASK_QUEUE, { connection: options.connection, prefix: BULL_PREFIX });
  queue.on('error', (error) => logger.warn({ reason: error.message }, 'the ask queue has trouble'));
  return {
    wake: async (uid) => {
      await drives.enqueue(uid);
      await reaching(() => redis.call('PUBLISH', WAKE_CHANNEL, uid));
    },
    ask: async (request, deadlineMs, onProgress = () => undefined) => {
      const id = randomBytes(12).toString('hex');
      const stored: StoredAsk = { request, replyTo: name, deadlineMs };
      await reaching(async () => {
        await redis.call('SET', askKey(id), JSON.stringify(stored), 'PX', deadlineMs + ASK_GRACE_MS);
        await queue.add('ask', { id }, { removeOnComplete: true, removeOnFail: true });
      });
      return await answerTo(id, request, deadlineMs, onProgress);
    },
    close: async () => {
      await answers.close();
      await queue.close();
    },
  };

  async function answerTo(
    id: string,
    request: AskRequest,
    deadlineMs: number,
    onProgress: (progress: TaskProgress) => void,
  ): Promise<AskAnswer> {
    const answer = await answers.waitFor(id, deadlineMs, onProgress);
    if (answer !== null) return answer;
    // Taken back and looked at in one command: a worker that comes later finds nothing to do.
    const left = await reaching(() => redis.call('GETDEL', askKey(id)));
    if (answers.closed) throw stopping();
    throw left === null ? late(request, deadlineMs) : noWorker(deadlineMs);
  }
}

function stopping(): FerryError {
  return new FerryError('stopping', 'This Ferry is stopping and did not wait for the answer.', {
    hint: 'Ask again in a moment.',
  });
}

function noWorker(deadlineMs: number): FerryError {
  return new FerryError('no-worker', `No worker took the question within ${seconds(deadlineMs)}.`, {
    hint: 'Is a worker running? npm start -- worker',
  });
}

function late(request: AskRequest, deadlineMs: number): FerryError {
  const looking = (at: string): FerryError =>
    new FerryError('ask-late', `Looking at ${at} took longer than ${seconds(deadlineMs)}.`, {
      hint: 'A server may be slow to answer; try again.',
    });
  switch (request.kind) {
    case 'check':
      return looking(`${request.source} and ${request.target}`);
    case 'scratch':
      return looking([request.source, ...request.candidates].join(', '));
    case 'info':
    case 'latency':
      return looking(request.instance);
    case 'fill':
    case 'clear':
      return new FerryError(
        'ask-late',
        `Nothing was heard of the ${request.kind} of ${request.instance} for ${seconds(deadlineMs)}: its worker may be lost.`,
        { hint: 'What is done stays done; ask again, and it goes on from there.' },
      );
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toLocaleString('en-US', { maximumFractionDigits: 1 })} s`;
}

async function reaching<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw queueUnreachable(error);
  }
}
