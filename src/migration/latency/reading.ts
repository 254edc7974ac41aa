// What a probe hands over: one-second pieces, and stalls as they happen. Plain data, without a judgement.
// A second in which nothing could be measured says so; nothing is ever filled in (I10).

import type { Cause } from './cause.ts';
import type { Histogram } from './histogram.ts';

/**
 * answering: replies came; -LOADING and refusals are replies, too
 * silent: a ping was sent and waits for its reply, for longer than this second
 * unreachable: there is no connection, and none can be had
 * unmeasured: the probe itself could not (its thread was held up, it was just begun or taken over)
 */
export type ProbeState = 'answering' | 'silent' | 'unreachable' | 'unmeasured';

/** One second of one probe. */
export interface ProbeSecond {
  /** Its beginning, epoch ms of the process that measured. */
  readonly at: number;
  readonly state: ProbeState;
  /** The server answered -LOADING: it lives, and serves nobody. */
  readonly loading: boolean;
  /** Why nothing was measured, for people; null: it was. */
  readonly why: string | null;
  /** Pings a second that the probe meant to send. */
  readonly perSecond: number;
  /** What was asked of it; more than `perSecond` where the probe has too many servers. */
  readonly wantedPerSecond: number;
  /** Replies to pings that were sent in this second. */
  readonly pings: number;
  /** Of those replies, µs: as measured. */
  readonly sumUs: number;
  readonly maxUs: number;
  readonly measured: Histogram;
  /**
   * Pings that would have been sent had the one before not waited, with the time that each would have waited: the
   * correction for coordinated omission. `measured` and `omitted` together are what a client would have seen.
   */
  readonly omitted: Histogram;
  /** How long the ping waits that has had no reply yet, ms at the end of this second; null: none waits. */
  readonly waitingMs: number | null;
  /** The longest that the probe's own thread was held up in this second, ms: never booked on the server. */
  readonly ownDelayMs: number;
}

/** An interval in which the server answered nobody. The same `id` again: what is known of it now. */
export interface Stall {
  readonly id: string;
  /** Epoch ms of the process that measured. */
  readonly startedAt: number;
  /** So far while it lasts. */
  readonly lengthMs: number;
  readonly over: boolean;
  /** true: the fork time or the SLOWLOG gives the length; false: at least this, to one interval of the probe. */
  readonly exact: boolean;
  /** Commands that would have been served in that time, by the rate before; null: the rate is not known. */
  readonly commandsWaited: number | null;
  readonly cause: Cause;
}

/** What a probe has to say since it was last asked, oldest first. */
export interface ProbeNews {
  readonly seconds: readonly ProbeSecond[];
  readonly stalls: readonly Stall[];
}
