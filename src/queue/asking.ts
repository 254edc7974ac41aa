// Ask jobs: short work that touches a customer's server, done on a worker within a deadline.
// Each is taken once; one whose asker gave up is not begun.

import type { Job } from 'bullmq';
import { FerryError, refusal } from '../migration/errors.ts';
import type { TaskProgress } from '../migration/task.ts';
import { anyOf } from '../workflow/any-of.ts';
import type { AskAnswer, AskRequest, Logger } from '../workflow/ports.ts';
import type { Answered } from './answers.ts';
import type { Commands } from './connections.ts';
import { type JobWorker, type JobWorkerOptions, startJobWorker } from './job-worker.ts';
import { ASK_QUEUE, answersKey, askKey } from './keys.ts';

/** How long an answer waits for whoever asked. */
const ANSWER_KEPT_MS = 60_000;

/** Answers a question; the signal aborts at its deadline, which each word of progress puts off. */
export type AskHandler = (
  request: AskRequest,
  signal: AbortSignal,
  tell: (progress: TaskProgress) => void,
) => Promise<AskAnswer>;

const STOPPED = refusal(
  'stopped',
  'The worker is being stopped.',
  'What is done stays done; ask again, and another worker goes on from there.',
);

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
    const silence = patience(deadlineMs);
    const reply = async (said: Answered): Promise<void> => {
      await redis.call('RPUSH', answersKey(replyTo), JSON.stringify(said));
      await redis.call('PEXPIRE', answersKey(replyTo), ANSWER_KEPT_MS);
    };
    // In the order in which they were said; a word that gets lost is followed by another.
    let saying = Promise.resolve();
    const tell = (progress: TaskProgress): void => {
      silence.putOff();
      saying = saying
        .then(() => reply({ id, progress }))
        .catch((error: unknown) => logger.debug({ err: error }, 'a word of progress was lost'));
    };
    const ends = anyOf([stopping, silence.signal]);
    const settled = await settle(() => answer(request, ends.signal, tell), ends.signal, logger);
    ends.end();
    silence.end();
    await saying;
    await reply({ id, answer: settled });
  });
}

/** A deadline that can be put off again and again. */
function patience(deadlineMs: number) {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new DOMException('nothing was heard in time', 'TimeoutError')),
    deadlineMs,
  );
  return { signal: late.signal, putOff: () => timer.refresh(), end: () => clearTimeout(timer) };
}

/** A failure is an answer too: the person who asked should not wait for the deadline. */
async function settle(
  act: () => Promise<AskAnswer>,
  signal: AbortSignal,
  logger: Logger,
): Promise<AskAnswer> {
  try {
    return await act();
  } catch (error) {
    if (signal.aborted && error === signal.reason) return { kind: 'refused', refusal: STOPPED };
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
