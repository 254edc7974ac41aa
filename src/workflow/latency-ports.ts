// What the workflow asks of the latency probe: to measure a server for as long as somebody watches it.

import type { Instance } from '../migration/instance.ts';
import type { ProbeNews, ProbeSecond, Stall } from '../migration/latency/reading.ts';

/** full: 100 pings a second, for baseline, sync and cutover; rest: 20. */
export type ProbeRate = 'full' | 'rest';

export interface LatencyProbes {
  /**
   * Begins to measure a server, or joins whoever measures it already, in this process or another. Never rejects:
   * a server that cannot be measured is `unreachable` or `unmeasured` in what it hands over. The first news has
   * what others measured before, as far back as `sinceAt` (epoch ms), so that a successor knows it.
   */
  watch(instance: Instance, options: WatchOptions): LatencyWatch;
  /** Ends all probes of this process. */
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly rate: ProbeRate;
  /** A gap of this length is a stall, ms. */
  readonly stallMs: number;
  /** null: nothing from before. */
  readonly sinceAt: number | null;
  /** The other server of a pair: where both fall silent at once it is neither of them. null: there is none. */
  readonly beside: Instance | null;
}

export interface LatencyWatch {
  /** The highest rate that anybody asks for is in force. */
  setRate(rate: ProbeRate): void;
  /** What came since the last call, oldest first. */
  take(): ProbeNews;
  close(): void;
}

/** Where probes leave what they measured, for other processes and for successors. */
export interface LatencyLog {
  /** The lease of the one probe of a server; false: another process has it. `server`: its address. */
  lead(server: string, holder: string, leaseMs: number): Promise<boolean>;
  release(server: string, holder: string): Promise<void>;
  append(server: string, entries: readonly LoggedReading[]): Promise<void>;
  /** Entries after a cursor, at most `limit`; from `sinceAt` (epoch ms) on where the cursor is null. */
  read(
    server: string,
    from: { readonly cursor: string | null; readonly sinceAt: number },
    limit: number,
  ): Promise<{ readonly cursor: string | null; readonly entries: readonly LoggedReading[] }>;
  /** What others want of the one probe: the highest rate and the shortest stall count. Expires by itself. */
  want(server: string, holder: string, wanted: Wanted, forMs: number): Promise<void>;
  wanted(server: string): Promise<readonly Wanted[]>;
}

export interface Wanted {
  readonly rate: ProbeRate;
  readonly stallMs: number;
}

export type LoggedReading =
  | { readonly kind: 'second'; readonly second: ProbeSecond }
  | { readonly kind: 'stall'; readonly stall: Stall };
