// Ask jobs: short work that touches a customer's server, done on a worker within a deadline.
// Each is taken once; one whose asker gave up is not begun.

import type { Job } from 'bullmq';
import { FerryError, refusal } from '../migration/errors.ts';
import type { AskAnswer, AskRequest, Logger } from '../workflow/ports.ts';
import type { Answered } from './answers.ts';
import type { Commands } from './connections.ts';
import { type JobWorker, type JobWorkerOptions, startJobWorker } from './job-worker.ts';
import { ASK_QUEUE, answersKey, askKey } from './keys.ts';

/** How long an answer waits for whoever asked. */
const ANSWER_KEPT_MS = 60_000;

/** Answers a question; the signal aborts at its deadline. */
export type AskHandler = (request: AskRequest, signal: AbortSignal) => Promise<AskAnswer>;

/** What is kept under `ferry:ask:<id>`. */
export interface StoredAsk {
  readonly request: AskRequest;
  /** The name of the dispatcher that waits. */
  readonly replyTo: string;
  readonly deadlineMs: number;
}

export interface AskWorkerOptions extends JobWorkerOptions {
  readonly redis: Commands;
  readonly answer: AskHandler;
}

export function startAskWorker(options: AskWorkerOptions): JobWorker {
  const { redis, answer, logger } = options;
  return startJobWorker(ASK_QUEUE, options, async (job, stopping) => {
    const id = idOf(job);
    const text = await redis.call('GETDEL', askKey(id));
    if (typeof text !== 'string') return;
    const { request, replyTo, deadlineMs } = parseAsk(text);
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(deadlineMs)]);
    const answered: Answered = { id, answer: await settle(() => answer(request, signal), logger) };
    await redis.call('RPUSH', answersKey(replyTo), JSON.stringify(answered));
    await redis.call('PEXPIRE', answersKey(replyTo), ANSWER_KEPT_MS);
  });
}

/** A failure is an answer too: the person who asked should not wait for the deadline. */
async function settle(act: () => Promise<AskAnswer>, logger: Logger): Promise<AskAnswer> {
  try {
    return await act();
  } catch (error) {
    logger.warn({ err: error }, 'a question could not be answered');
    const said =
      error instanceof FerryError
        ? refusal(error.code, error.message, error.hint)
        : refusal('ask-failed', 'The worker failed while it looked.', "The worker's log says why.");
    return { kind: 'refused', refusal: said };
  }
}

function idOf(job: Job): string {
  const data: unknown = job.data;
  if (typeof data === 'object' && data !== null && 'id' in data && typeof data.id === 'string') {
    return data.id;
  }
  throw new Error('an ask job without an id');
}

/** Written by a bot of ours a moment ago: its shape is trusted, not parsed again. */
function parseAsk(text: string): StoredAsk {
  return JSON.parse(text) as StoredAsk;
}
