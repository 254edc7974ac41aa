// An incident: stalls and slow time that belong together, told in one message that is edited while it lasts.
// Opened by the first stall or by a verdict that leaves steady, closed by Ferry after a calm while.

import type { Side } from '../instance.ts';
import type { Cause } from './cause.ts';
import type { LatencyVerdict } from './verdict.ts';

export interface Incident {
  /** Counted in its migration from 1: `incident:3` is the key of its message. */
  readonly number: number;
  readonly pair: number;
  /** The server that it happened on: the one that clients used then. */
  readonly side: Side;
  /** Epoch ms: its first stall or slow second, and the last one so far. */
  readonly openedAt: number;
  readonly lastAt: number;
  readonly stalls: number;
  /** The longest stall and all of them together, ms; 0: none was as long as a stall. */
  readonly worstMs: number;
  readonly worstAt: number | null;
  /** Is `worstMs` exact, by the fork time or SLOWLOG, or at least so long? */
  readonly worstExact: boolean;
  readonly stalledMs: number;
  readonly commandsWaited: number | null;
  /** Of the longest stall; null: there was none. */
  readonly cause: Cause | null;
  /** Other causes that were seen in it, once each. */
  readonly alsoSeen: readonly Cause[];
  /** The worst verdict while it lasted, and how it reads. */
  readonly verdict: LatencyVerdict;
  readonly why: string;
  /** What Ferry did about it. */
  readonly effect: 'none' | 'promotion-held' | 'aborted';
  /** When it was over, epoch ms; null: it lasts. */
  readonly overAt: number | null;
}
