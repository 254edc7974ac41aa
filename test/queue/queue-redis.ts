// Ferry's own Redis for the queue's tests: one server a file, and clients as compose.ts makes them.
// Everything that a test opens through it is closed when the test ends, in the right order.

import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { type Drive, type DriveQueue, openDriveQueue, startDriveWorker } from '../../src/queue/drive.ts';
import type { JobWorker } from '../../src/queue/job-worker.ts';
import { BULL_PREFIX, DRIVE_QUEUE } from '../../src/queue/keys.ts';
import { type RunningServer, startServer } from '../../src/sandbox/servers/start.ts';
import { createRecords, type StoredRecords } from '../../src/store/records.ts';
import type { Logger } from '../../src/workflow/ports.ts';
import { binaryOf } from '../support/servers.ts';

export interface QueueRedis {
  readonly server: RunningServer;
  /** A client of its own for the running test. */
  client(): Redis;
  records(): StoredRecords;
  drives(): DriveQueue;
  worker(drive: Drive, lockDurationMs?: number): Promise<JobWorker>;
  /** Drive jobs that wait or run. */
  unfinished(): Promise<number>;
}

/** Call it at the top of a test file; use it inside tests only. */
export function queueRedis(): QueueRedis {
  let started: RunningServer | undefined;
  const server = () => {
    if (started === undefined) throw new Error('The queue Redis is used before it has started.');
    return started;
  };
  const client = () => {
    const redis = new Redis({ host: server().host, port: server().port, maxRetriesPerRequest: null });
    redis.on('error', () => {});
    onTestFinished(() => redis.disconnect());
    return redis;
  };
  const drives = () => {
    const queue = openDriveQueue({ connection: client(), logger: quiet });
    onTestFinished(() => queue.close());
    return queue;
  };
  beforeAll(async () => {
    started = await startServer(binaryOf('redis-7.0'), { settings: { 'maxmemory-policy': 'noeviction' } });
  });
  beforeEach(async () => {
    const redis = new Redis({ host: server().host, port: server().port });
    await redis.flushall();
    redis.disconnect();
  });
  afterAll(async () => {
    await started?.stop();
  });
  return {
    get server() {
      return server();
    },
    client,
    records: () => createRecords(client()),
    drives,
    worker: async (drive, lockDurationMs = 15_000) => {
      const worker = startDriveWorker({
        connection: client(),
        logger: quiet,
        queue: drives(),
        drive,
        lockDurationMs,
      });
      onTestFinished(() => worker.stop(0));
      await worker.ready();
      return worker;
    },
    unfinished: async () => {
      const queue = new Queue(DRIVE_QUEUE, { connection: client(), prefix: BULL_PREFIX });
      try {
        return await queue.getJobCountByTypes('waiting', 'active', 'delayed', 'failed', 'completed');
      } finally {
        await queue.close();
      }
    },
  };
}

export const quiet: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => quiet,
};

/** Resolves with the reason as soon as the signal aborts. */
export function aborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(String(signal.reason));
    signal.addEventListener('abort', () => resolve(String(signal.reason)), { once: true });
  });
}
