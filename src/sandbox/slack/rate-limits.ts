// Slack's rate limits as token buckets, off unless a test or the sandbox switches them on.
import type { Clock } from './clock.ts';

interface Bucket {
  tokens: number;
  atMs: number;
}

export interface Limit {
  readonly capacity: number;
  readonly perSecond: number;
  /** Counted per channel rather than for the whole workspace. */
  readonly perChannel?: boolean;
}

/** chat.postMessage has a rule of its own; the others follow their tier (2: 20, 3: 50, 4: 100 a minute). */
export const SLACK_LIMITS: { readonly [method: string]: Limit } = {
  'chat.postMessage': { capacity: 2, perSecond: 1, perChannel: true },
  'chat.update': { capacity: 50, perSecond: 50 / 60 },
  'chat.delete': { capacity: 50, perSecond: 50 / 60 },
  'chat.postEphemeral': { capacity: 100, perSecond: 100 / 60 },
  'usergroups.users.list': { capacity: 20, perSecond: 20 / 60 },
  'views.open': { capacity: 100, perSecond: 100 / 60 },
  'views.update': { capacity: 100, perSecond: 100 / 60 },
  'views.publish': { capacity: 100, perSecond: 100 / 60 },
};

export class RateLimits {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();
  #limits: { readonly [method: string]: Limit };

  constructor(clock: Clock, limits: { readonly [method: string]: Limit }) {
    this.#clock = clock;
    this.#limits = limits;
  }

  set(limits: { readonly [method: string]: Limit }): void {
    this.#limits = limits;
    this.#buckets.clear();
  }

  /** Counts a call; returns the seconds to wait when it is one too many, else undefined. */
  spend(method: string, channel: string): number | undefined {
    const limit = this.#limits[method];
    if (!limit) return undefined;
    const key = limit.perChannel ? `${method} ${channel}` : method;
    const nowMs = this.#clock.nowMs();
    const bucket = this.#buckets.get(key) ?? { tokens: limit.capacity, atMs: nowMs };
    const refilled = bucket.tokens + ((nowMs - bucket.atMs) / 1000) * limit.perSecond;
    bucket.tokens = Math.min(limit.capacity, refilled);
    bucket.atMs = nowMs;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / limit.perSecond));
    bucket.tokens -= 1;
    return undefined;
  }
}

/** True stands for Slack's own limits, false for none. */
export function limitsOf(limits: boolean | { readonly [method: string]: Limit }): {
  readonly [method: string]: Limit;
} {
  if (typeof limits === 'object') return limits;
  return limits ? SLACK_LIMITS : {};
}
