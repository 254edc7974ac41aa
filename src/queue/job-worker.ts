// One BullMQ worker with what it lacks by itself: a watch over its locks, and a stop that ends in time.
// Says nothing about what the work is.

import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionOptions, type Job, WaitingError, Worker } from 'bullmq';
import type { Logger } from '../workflow/ports.ts';
import { BULL_PREFIX, CONCURRENCY } from './keys.ts';
import { watchLocks } from './lock-watch.ts';

const LOCK_MS = 15_000;
const STOP_WITHIN_MS = 8_000;
const FORCED_CLOSE_MS = 1_000;

export interface JobWorkerOptions {
  /** A client with `maxRetriesPerRequest: null`; BullMQ duplicates it for its blocking reads. */
  readonly connection: ConnectionOptions;
  readonly logger: Logger;
  /** How long a job stays this worker's without being renewed, ms. Default 15,000. */
  readonly lockDurationMs?: number;
}

export interface JobWorker {
  /** Connected and taking jobs. */
  ready(): Promise<void>;
  /** Takes no more jobs, aborts those that run with the reason `shutdown`, and waits for them up to the deadline. */
  stop(withinMs?: number): Promise<void>;
}

/** `work` gets a signal that aborts when the worker stops or can no longer prove that the job is its own. */
export function startJobWorker(
  queue: string,
  options: JobWorkerOptions,
  work: (job: Job, signal: AbortSignal) => Promise<void>,
): JobWorker {
  const logger = options.logger.child({ queue });
  const lockDuration = options.lockDurationMs ?? LOCK_MS;
  const running = new Set<Promise<void>>();
  let stopping = false;

  async function run(job: Job, signal: AbortSignal): Promise<void> {
    const jobId = job.id ?? '';
    locks.began(jobId);
    try {
      await work(job, signal);
    } catch (error) {
      if (signal.aborted) logger.info({ jobId, reason: signal.reason }, 'a job ended because it was aborted');
      else logger.error({ jobId, err: error }, 'a job failed; the reconciler tries again');
    } finally {
      locks.ended(jobId);
    }
  }

  const worker = new Worker(
    queue,
    // Three parameters: with fewer BullMQ makes no signal, and a cancelled job would never know.
    async (job: Job, token?: string, signal?: AbortSignal) => {
      // A read that was under way when the worker was told to stop: the job is for somebody else.
      if (stopping) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      const done = run(job, signal ?? new AbortController().signal);
      running.add(done);
      await done.finally(() => running.delete(done));
    },
    {
      connection: options.connection,
      prefix: BULL_PREFIX,
      concurrency: CONCURRENCY,
      lockDuration,
      lockRenewTime: lockDuration / 3,
      stalledInterval: lockDuration,
    },
  );
  const locks = watchLocks(lockDuration, (jobId) => {
    logger.warn({ jobId }, 'the lock of a job was not renewed in time: another worker may have it');
    worker.cancelJob(jobId, 'lock-lost');
  });
  worker.on('locksRenewed', ({ jobIds }) => locks.renewed(jobIds));
  worker.on('error', (error) => logger.warn({ reason: error.message }, 'the queue has trouble'));

  return {
    ready: async () => {
      await worker.waitUntilReady();
    },
    stop: async (withinMs = STOP_WITHIN_MS) => {
      stopping = true;
      await worker.pause(true);
      worker.cancelAllJobs('shutdown');
      const finished = await inTime(Promise.allSettled(running), withinMs);
      if (!finished) logger.warn({ left: running.size }, 'jobs did not end in time and are left behind');
      locks.close();
      // A second close() would only wait for the first, so it is decided here whether to force it.
      await inTime(worker.close(!finished), FORCED_CLOSE_MS);
    },
  };
}

async function inTime(work: Promise<unknown>, withinMs: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(withinMs, false, { signal: timer.signal }).catch(() => false);
  const done = await Promise.race([work.then(() => true), late]);
  timer.abort();
  return done;
}
