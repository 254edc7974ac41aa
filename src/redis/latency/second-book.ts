// Books what a probe saw into one-second pieces. A reply belongs to the second in which its ping was sent, and each
// ping that was omitted to the second in which it would have been sent. A second is handed over when it is over and
// none of its pings waits, or shortly after; what still comes for it then goes into the second in which it came, so
// that nothing is counted twice and nothing is lost.

import { bucketOf, type Histogram } from '../../migration/latency/histogram.ts';
import type { ProbeSecond, ProbeState } from '../../migration/latency/reading.ts';

export const SECOND_MS = 1_000;
/** So long a reply may be late for its second without being a wait worth telling. */
const GRACE_MS = 20;
/** Of a longer gap (a process that was stopped) only the end is told: a hole says the same. */
const MOST_MISSED = 60;

/** What the probe knows of its connection at the end of a second. */
export interface LineState {
  /** Since when a reply is waited for, epoch ms; null: none is. */
  readonly waitingSinceAt: number | null;
  /** Why there is no connection; null: there is one. */
  readonly down: string | null;
  readonly perSecond: number;
  readonly wantedPerSecond: number;
}

interface OpenSecond {
  readonly at: number;
  readonly measured: Map<number, number>;
  readonly omitted: Map<number, number>;
  pings: number;
  /** Replies of which nobody knows how much of their time was the thread's own. */
  discarded: number;
  sumUs: number;
  maxUs: number;
  loading: boolean;
  ownDelayMs: number;
  down: string | null;
  /** A reply that came before this second was handed over was waited for at its end, since then. */
  waitedSinceAt: number | null;
}

export class SecondBook {
  readonly #open: OpenSecond[] = [];
  #nextAt: number;

  constructor(at: number) {
    this.#nextAt = Math.floor(at / SECOND_MS) * SECOND_MS;
    this.#openUntil(at);
  }

  /** A reply: when its ping was sent and the reply read, epoch ms, and how long the server took, ms. */
  reply(sentAt: number, readAt: number, tookMs: number, intervalMs: number): void {
    this.#openUntil(readAt);
    for (const each of this.#open)
      if (sentAt < each.at + SECOND_MS && readAt >= each.at + SECOND_MS) each.waitedSinceAt = sentAt;
    const second = this.#secondOf(sentAt, readAt);
    const us = tookMs * 1_000;
    second.pings += 1;
    second.sumUs += us;
    second.maxUs = Math.max(second.maxUs, us);
    count(second.measured, us);
    for (let laterMs = intervalMs; laterMs < tookMs; laterMs += intervalMs)
      count(this.#secondOf(sentAt + laterMs, readAt).omitted, us - laterMs * 1_000);
  }

  discard(sentAt: number, readAt: number): void {
    this.#openUntil(readAt);
    this.#secondOf(sentAt, readAt).discarded += 1;
  }

  loading(at: number): void {
    this.#openUntil(at);
    this.#secondOf(at, at).loading = true;
  }

  /** There was no connection at this moment. */
  down(at: number, why: string): void {
    this.#openUntil(at);
    this.#secondOf(at, at).down = why;
  }

  /** The thread was held up, epoch ms. */
  heldUp(fromAt: number, toAt: number): void {
    this.#openUntil(toAt);
    for (const second of this.#open) {
      const heldMs = Math.min(toAt, second.at + SECOND_MS) - Math.max(fromAt, second.at);
      second.ownDelayMs = Math.max(second.ownDelayMs, heldMs);
    }
  }

  /** Seconds that are complete now, oldest first; they are not given again. */
  complete(now: number, line: LineState): ProbeSecond[] {
    this.#openUntil(now);
    const waits = line.waitingSinceAt;
    const isComplete = ({ at }: OpenSecond): boolean => {
      const endAt = at + SECOND_MS;
      return now >= endAt && (now >= endAt + GRACE_MS || waits === null || waits >= endAt);
    };
    const done: ProbeSecond[] = [];
    for (let first = this.#open[0]; first !== undefined && isComplete(first); first = this.#open[0]) {
      this.#open.shift();
      done.push(close(first, line));
    }
    return done;
  }

  #openUntil(at: number): void {
    this.#nextAt = Math.max(this.#nextAt, Math.floor(at / SECOND_MS - MOST_MISSED) * SECOND_MS);
    for (; this.#nextAt <= at; this.#nextAt += SECOND_MS) this.#open.push(openSecond(this.#nextAt));
  }

  /** The open second of a moment, or else the one in which it became known. */
  #secondOf(at: number, knownAt: number): OpenSecond {
    const find = (moment: number): OpenSecond | undefined =>
      this.#open.find((second) => moment >= second.at && moment < second.at + SECOND_MS);
    return find(at) ?? find(knownAt) ?? this.#open.at(-1) ?? openSecond(this.#nextAt);
  }
}

function openSecond(at: number): OpenSecond {
  return {
    at,
    measured: new Map(),
    omitted: new Map(),
    pings: 0,
    discarded: 0,
    sumUs: 0,
    maxUs: 0,
    loading: false,
    ownDelayMs: 0,
    down: null,
    waitedSinceAt: null,
  };
}

function count(counts: Map<number, number>, us: number): void {
  const bucket = bucketOf(us);
  counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
}

function close(second: OpenSecond, line: LineState): ProbeSecond {
  const endAt = second.at + SECOND_MS;
  // Where other replies came, one that comes a moment later is no wait worth telling.
  const sinceAt = line.waitingSinceAt ?? (second.pings === 0 ? second.waitedSinceAt : null);
  const waitedMs = sinceAt !== null && sinceAt < endAt ? tenths(endAt - sinceAt) : null;
  const { state, why } = stateOf(second, line, waitedMs !== null);
  return {
    at: second.at,
    state,
    loading: second.loading,
    why,
    perSecond: line.perSecond,
    wantedPerSecond: line.wantedPerSecond,
    pings: second.pings,
    sumUs: Math.round(second.sumUs),
    maxUs: Math.round(second.maxUs),
    measured: sorted(second.measured),
    omitted: sorted(second.omitted),
    waitingMs: waitedMs,
    ownDelayMs: tenths(second.ownDelayMs),
  };
}

function stateOf(
  second: OpenSecond,
  line: LineState,
  waits: boolean,
): { readonly state: ProbeState; readonly why: string | null } {
  if (second.pings > 0) return { state: 'answering', why: null };
  // A process that was stopped does not know whether the server answered.
  if (second.discarded > 0 || second.ownDelayMs > SECOND_MS / 2) {
    return {
      state: 'unmeasured',
      why: `Ferry's own thread was held up for ${Math.round(second.ownDelayMs)} ms`,
    };
  }
  if (waits) return { state: 'silent', why: null };
  const down = second.down ?? line.down;
  if (down !== null) return { state: 'unreachable', why: down };
  return { state: 'unmeasured', why: 'the measurement has just begun' };
}

function sorted(counts: ReadonlyMap<number, number>): Histogram {
  return [...counts].sort(([a], [b]) => a - b);
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
