// What the thread that measures and the rest of Ferry say to each other. Plain data. All times of `…Ms` fields are
// monotonic and the same in every thread of the process (`monotonicMs`), unless a field says epoch.

import type { Address } from '../../migration/instance.ts';
import type { ProbeSecond } from '../../migration/latency/reading.ts';

/** A server to be measured. Holds its password: handed to the thread, kept nowhere else (I9). */
export interface ProbeOrder {
  readonly key: string;
  /** The server in sentences: `carts-old (10.0.0.5:6379)`. */
  readonly who: string;
  readonly address: Address;
  readonly tls: { readonly ca: string | null; readonly servername: string | null } | null;
  readonly username: string | null;
  readonly password: string | null;
}

/** How a server is to be measured. */
export interface ProbePace {
  /** Between two pings, ms. */
  readonly intervalMs: number;
  /** A reply that is waited for so long makes a stall, ms. */
  readonly stallMs: number;
}

export type ToThread =
  /** `at` (epoch ms) = monotonic + `aheadMs`. Sent first, and again when the machine's clock was set forward. */
  | { readonly kind: 'clock'; readonly aheadMs: number }
  | { readonly kind: 'probe'; readonly order: ProbeOrder; readonly pace: ProbePace }
  | { readonly kind: 'pace'; readonly key: string; readonly pace: ProbePace }
  | { readonly kind: 'end'; readonly key: string };

export type FromThread =
  | { readonly kind: 'second'; readonly key: string; readonly second: ProbeSecond }
  | { readonly kind: 'silence'; readonly key: string; readonly silence: Silence }
  /** This end of a connection that was opened or has ended, `host:port`. */
  | { readonly kind: 'end-of-line'; readonly end: string; readonly open: boolean };

/** A reply was waited for longer than a stall: the same `number` again as more is known. */
export interface Silence {
  /** Counted for each probe, from 1. */
  readonly number: number;
  /** Epoch ms: when the ping was due that waited. */
  readonly startedAt: number;
  readonly startedMs: number;
  /** How long it waited, so far while it lasts; the thread's own delay at the end taken off. */
  readonly lengthMs: number;
  readonly over: boolean;
  /** Between two pings then, ms: the silence may have begun this much earlier. */
  readonly intervalMs: number;
  /** The connection ended before a reply came. */
  readonly lost: boolean;
  /** The reply was -LOADING. */
  readonly loading: boolean;
}

/** ms since some instant, never steps, the same in every thread of this process. */
export function monotonicMs(): number {
  return OFFSET_MS + performance.now();
}

/** `performance` begins anew in each thread, `hrtime` does not. */
const OFFSET_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();
