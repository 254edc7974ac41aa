// What one owner remembers of one server's latency: the last minutes, second by second, for the verdict and the
// card. Pure; a successor makes the same from what the probe left behind.

import type { LatencyPolicy } from '../policy.ts';
import { merge } from './histogram.ts';
import type { ProbeNews, ProbeSecond, Stall } from './reading.ts';
import { type ChartPoint, isMeasured, type LiveLatency, percentilesOf, seenByClients } from './summary.ts';
import { type Judgement, judge, unjudged, unseen } from './verdict.ts';

export interface LatencyTrack {
  readonly judgement: Judgement;
  /** Oldest first, ten minutes at the most. */
  readonly seconds: readonly ProbeSecond[];
  /** As they are known now, by id; those of the last ten minutes. */
  readonly stalls: ReadonlyMap<string, Stall>;
}

const REMEMBERED_MS = 600_000;
/** A point of the chart is this long: twenty make the ten minutes. */
const POINT_MS = 30_000;
const MOST_POINTS = 20;
/** The figures move in steps of this, so that a card is not edited every second. */
const STEP_MS = 10_000;

export function trackFrom(at: number): LatencyTrack {
  return { judgement: unjudged(at), seconds: [], stalls: new Map() };
}

/** What the probe has to say since the last time. */
export function follow(track: LatencyTrack, news: ProbeNews, policy: LatencyPolicy): LatencyTrack {
  const { seconds: fresh } = news;
  if (fresh.length === 0 && news.stalls.length === 0) return track;
  const judgement = fresh.reduce((so, second) => judge(so, second, policy), track.judgement);
  const newest = fresh.at(-1)?.at ?? track.seconds.at(-1)?.at ?? 0;
  const seconds = [...track.seconds, ...fresh].filter(({ at }) => at > newest - REMEMBERED_MS);
  const stalls = new Map(track.stalls);
  for (const stall of news.stalls) stalls.set(stall.id, stall);
  for (const [id, { startedAt }] of stalls) if (startedAt <= newest - REMEMBERED_MS) stalls.delete(id);
  return { judgement, seconds, stalls };
}

/** Nothing came from the probe for `forSeconds`: nothing is known, however calm it was. */
export function loseSight(track: LatencyTrack, at: number, forSeconds: number): LatencyTrack {
  return { ...track, judgement: unseen(track.judgement, at, forSeconds) };
}

/** For the card. null: nothing was measured yet. */
export function liveOf(track: LatencyTrack, policy: LatencyPolicy): LiveLatency | null {
  const newest = track.seconds.at(-1);
  if (newest === undefined) return null;
  const { verdict, why } = track.judgement;
  // Whole steps only: what is still being filled would change the card every second.
  const whole = Math.floor(newest.at / STEP_MS) * STEP_MS;
  const measured = track.seconds.filter(isMeasured);
  const inWhole = measured.filter(({ at }) => at < whole);
  // The first step shows what there is: measured is measured.
  const seen = inWhole.length === 0 ? measured : inWhole;
  const stalls = [...track.stalls.values()].filter(({ lengthMs }) => lengthMs >= policy.stallMs);
  const worst = stalls.reduce<Stall | null>(
    (most, stall) => (most === null || stall.lengthMs > most.lengthMs ? stall : most),
    null,
  );
  return {
    verdict,
    why,
    perSecond: newest.perSecond,
    wantedPerSecond: newest.wantedPerSecond,
    percentiles: percentilesOf(merge(seen.map(seenByClients)), longest(seen)),
    worst: worst === null ? null : { ms: worst.lengthMs, at: worst.startedAt, cause: worst.cause },
    stalls: stalls.length,
    chart: chartOf(track.seconds, newest.at),
  };
}

function longest(seconds: readonly ProbeSecond[]): number {
  return seconds.reduce((most, { maxUs }) => Math.max(most, maxUs), 0);
}

/** Points that lie on whole half minutes, so that yesterday's points are today's. The last one is over, too. */
function chartOf(seconds: readonly ProbeSecond[], newestAt: number): readonly ChartPoint[] {
  const end = Math.floor(newestAt / POINT_MS) * POINT_MS;
  const spans = new Map<number, ProbeSecond[]>();
  for (const second of seconds) {
    if (second.at >= end) continue;
    const at = Math.floor(second.at / POINT_MS) * POINT_MS;
    spans.set(at, [...(spans.get(at) ?? []), second]);
  }
  return [...spans]
    .sort(([a], [b]) => a - b)
    .slice(-MOST_POINTS)
    .map(([at, span]) => {
      const seen = span.filter(isMeasured);
      const found = percentilesOf(merge(seen.map(seenByClients)), longest(seen));
      return {
        at,
        p50Us: found?.p50Us ?? null,
        p99Us: found?.p99Us ?? null,
        maxUs: found?.maxUs ?? null,
      };
    });
}
