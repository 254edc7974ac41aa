// Measures one server for a while because somebody asked: `/redis latency`. Changes nothing and records nothing.

import type { Instance } from '../../migration/instance.ts';
import { merge } from '../../migration/latency/histogram.ts';
import type { ProbeSecond, Stall } from '../../migration/latency/reading.ts';
import {
  isMeasured,
  type LatencyReport,
  percentilesOf,
  seenByClients,
} from '../../migration/latency/summary.ts';
import { follow, trackFrom } from '../../migration/latency/track.ts';
import type { Workflow } from '../workflow.ts';

const SECOND_MS = 1_000;
const LOOK_MS = 250;
/** Seconds are handed over when they are complete, and why a stall came to be is found out a little later. */
const LAST_WORD_MS = 1_500;

const MUTE = { verdict: 'unknown', why: 'it answered nothing in that time' } as const;

/** Whole seconds from the next one on, so that the first is not one in which the probe was still connecting. */
export async function measureLatency(
  workflow: Workflow,
  instance: Instance,
  forMs: number,
): Promise<LatencyReport> {
  const { clock, inventory, probes } = workflow;
  const policy = inventory.policyOf(instance).latency;
  const { stallMs } = policy;
  const fromAt = Math.ceil(clock.now() / SECOND_MS) * SECOND_MS;
  const toAt = fromAt + forMs;
  const watch = probes.watch(instance, { rate: 'full', stallMs, sinceAt: null, beside: null });
  try {
    const seconds: ProbeSecond[] = [];
    const stalls = new Map<string, Stall>();
    let track = trackFrom(fromAt);
    const endMs = clock.monotonicMs() + (toAt - clock.now()) + LAST_WORD_MS;
    while (clock.monotonicMs() < endMs) {
      await clock.sleep(LOOK_MS);
      const news = watch.take();
      const within = news.seconds.filter(({ at }) => at >= fromAt && at < toAt);
      seconds.push(...within);
      for (const stall of news.stalls) stalls.set(stall.id, stall);
      track = follow(track, { seconds: within, stalls: [] }, policy);
    }
    const isWithin = ({ startedAt, lengthMs }: Stall) => startedAt < toAt && startedAt + lengthMs > fromAt;
    return reportOf(instance.name, seconds, [...stalls.values()].filter(isWithin), track.judgement);
  } finally {
    watch.close();
  }
}

function reportOf(
  instance: string,
  seconds: readonly ProbeSecond[],
  stalls: readonly Stall[],
  judged: Pick<LatencyReport, 'verdict' | 'why'>,
): LatencyReport {
  const seen = seconds.filter(isMeasured);
  const counts = merge(seen.map(seenByClients));
  // A stall may be longer than any ping that was answered in this time.
  const longestUs = Math.max(
    0,
    ...seen.map(({ maxUs }) => maxUs),
    ...stalls.map(({ lengthMs }) => lengthMs * 1_000),
  );
  const pings = seen.reduce((sum, each) => sum + each.pings, 0);
  // Silence that is too short for a verdict is no calm (I10).
  const isMute = pings === 0 && judged.verdict === 'steady';
  const { verdict, why } = isMute ? MUTE : judged;
  return {
    instance,
    tookMs: seconds.length * SECOND_MS,
    pings,
    percentiles: percentilesOf(counts, longestUs),
    counts,
    stalls,
    verdict,
    why,
  };
}
