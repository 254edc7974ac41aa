// How fast Slack may be spoken to: one message a second and channel, and a bucket for edits of the cards,
// which Slack counts for the whole workspace.

import type { Clock } from '../../workflow/ports.ts';

export const BETWEEN_MESSAGES_MS = 1_100;

/** Tells for each channel how long to wait before the next message. */
export interface Pace {
  waitMs(channel: string): number;
  spoke(channel: string): void;
}

export function createPace(clock: Clock, betweenMs: number = BETWEEN_MESSAGES_MS): Pace {
  const last = new Map<string, number>();
  return {
    waitMs(channel) {
      const at = last.get(channel);
      return at === undefined ? 0 : Math.max(0, at + betweenMs - clock.monotonicMs());
    },
    spoke(channel) {
      last.set(channel, clock.monotonicMs());
    },
  };
}

/** A token bucket: `take` is false when nothing is left, or fewer than `leaving` would be. */
export interface Bucket {
  take(leaving?: number): boolean;
  /** Would `take` be false? */
  isEmpty(): boolean;
  /** Somebody else used one of the same; it may go below nothing. */
  spend(): void;
  /** Slack said that it was too much: nothing for that long. */
  empty(forMs: number): void;
}

export function createBucket(clock: Clock, perMinute: number, capacity: number): Bucket {
  let tokens = capacity;
  let at = clock.monotonicMs();
  let closedUntil = 0;
  function refill(): number {
    const now = clock.monotonicMs();
    tokens = Math.min(capacity, tokens + ((now - at) / 60_000) * perMinute);
    at = now;
    return now;
  }

  return {
    take(leaving = 0) {
      const now = refill();
      if (now < closedUntil || tokens < 1 + leaving) return false;
      tokens -= 1;
      return true;
    },
    isEmpty: () => refill() < closedUntil || tokens < 1,
    spend() {
      refill();
      tokens = Math.max(-capacity, tokens - 1);
    },
    empty(forMs) {
      tokens = 0;
      closedUntil = clock.monotonicMs() + forMs;
    },
  };
}
