// Finds every migration that should move and does not, and gives it a drive job. Runs on every worker:
// recovery never depends on the job that was lost (I3, I8).

import type { Logger, Records } from '../workflow/ports.ts';
import type { DriveQueue } from './drive.ts';

const EVERY_MS = 2_000;
const AT_MOST = 1_000;

export interface ReconcilerOptions {
  readonly records: Pick<Records, 'due'>;
  readonly queue: Pick<DriveQueue, 'enqueue'>;
  readonly logger: Logger;
  /** Default 2,000. */
  readonly everyMs?: number;
}

export interface Reconciler {
  /** Ends after the look that is under way. */
  stop(): Promise<void>;
}

/** Looks at once, then again and again, never twice at the same time. */
export function startReconciler(options: ReconcilerOptions): Reconciler {
  const { records, queue, logger } = options;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let failing = false;

  async function look(): Promise<void> {
    try {
      const due = await records.due(AT_MOST);
      await Promise.all(due.map((uid) => queue.enqueue(uid)));
      if (failing) logger.info({}, 'the reconciler works again');
      failing = false;
    } catch (error) {
      if (!failing) logger.warn({ err: error }, 'the reconciler could not look; it goes on trying');
      failing = true;
    }
    if (!stopped) {
      timer = setTimeout(() => {
        looking = look();
      }, options.everyMs ?? EVERY_MS);
    }
  }

  let looking = look();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
