// Drive jobs: each names a migration and nothing else. Who owns it and what is done is the runner's;
// here it is only made sure that the runner is called, and called again.

import { type ConnectionOptions, type Job, Queue } from 'bullmq';
import type { Logger } from '../workflow/ports.ts';
import { queueUnreachable } from './connections.ts';
import { type JobWorker, type JobWorkerOptions, startJobWorker } from './job-worker.ts';
import { BULL_PREFIX, DRIVE_QUEUE } from './keys.ts';

/** A job that was taken but never began does not keep others out for longer than this. */
const WAITING_MARK_MS = 10_000;

/**
 * Drives a migration until a checkpoint, its end, or until the signal aborts.
 *   again: there is more to do, now, by any worker
 *   over: nothing to do, or nothing before it is due again
 *   busy: somebody else owns it
 */
export type Drive = (uid: string, signal: AbortSignal) => Promise<'again' | 'over' | 'busy'>;

export interface DriveQueue {
  /** Makes sure that a drive job waits for this migration; at most one does. Throws `queue-unreachable`. */
  enqueue(uid: string): Promise<void>;
  close(): Promise<void>;
}

export interface DriveQueueOptions {
  readonly connection: ConnectionOptions;
  readonly logger: Logger;
}

export function openDriveQueue(options: DriveQueueOptions): DriveQueue {
  const queue = new Queue(DRIVE_QUEUE, { connection: options.connection, prefix: BULL_PREFIX });
  queue.on('error', (error) => options.logger.warn({ reason: error.message }, 'the drive queue has trouble'));
  return {
    enqueue: async (uid) => {
      try {
        // The job takes the mark away as it begins: one that runs must not swallow the next one.
        await queue.add(
          'drive',
          { uid },
          {
            deduplication: { id: uid, ttl: WAITING_MARK_MS },
            removeOnComplete: true,
            removeOnFail: true,
          },
        );
      } catch (error) {
        throw queueUnreachable(error);
      }
    },
    close: () => queue.close(),
  };
}

export interface DriveWorkerOptions extends JobWorkerOptions {
  readonly drive: Drive;
  readonly queue: Pick<DriveQueue, 'enqueue'>;
}

export function startDriveWorker(options: DriveWorkerOptions): JobWorker {
  const { drive, queue } = options;
  return startJobWorker(DRIVE_QUEUE, options, async (job, signal) => {
    const uid = uidOf(job);
    await job.removeDeduplicationKey();
    if ((await drive(uid, signal)) === 'again') await queue.enqueue(uid);
  });
}

function uidOf(job: Job): string {
  const data: unknown = job.data;
  if (typeof data === 'object' && data !== null && 'uid' in data && typeof data.uid === 'string') {
    return data.uid;
  }
  throw new Error('a drive job without a uid');
}
