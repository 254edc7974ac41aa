// Tells when a job's lock has not been renewed for too long. BullMQ says nothing while its Redis is away,
// and on its return gives the job to another worker before this one has renewed (I8).

/** A job whose last renewal is older than this share of its lock counts as lost. */
const LATE_SHARE = 0.8;
const LOOKS_PER_LOCK = 20;

export interface LockWatch {
  began(jobId: string): void;
  renewed(jobIds: readonly string[]): void;
  ended(jobId: string): void;
  close(): void;
}

/** Calls `onLate` once for each job that is late. */
export function watchLocks(lockDurationMs: number, onLate: (jobId: string) => void): LockWatch {
  const renewedAt = new Map<string, number>();
  const timer = setInterval(() => {
    const lateSince = performance.now() - lockDurationMs * LATE_SHARE;
    for (const [jobId, at] of renewedAt) {
      if (at > lateSince) continue;
      renewedAt.delete(jobId);
      onLate(jobId);
    }
  }, lockDurationMs / LOOKS_PER_LOCK);
  timer.unref();
  return {
    began: (jobId) => {
      renewedAt.set(jobId, performance.now());
    },
    renewed: (jobIds) => {
      for (const jobId of jobIds) {
        if (renewedAt.has(jobId)) renewedAt.set(jobId, performance.now());
      }
    },
    ended: (jobId) => {
      renewedAt.delete(jobId);
    },
    close: () => clearInterval(timer),
  };
}
