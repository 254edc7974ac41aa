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

const LOOK_MS = 250;
/** Seconds are handed over when they are complete: the last one comes a little later. */
const LAST_SECOND_MS = 1_500;

export async function measureLatency(
  workflow: Workflow,
  instance: Instance,
  forMs: number,
): Promise<LatencyReport> {
  const { clock, inventory, probes } = workflow;
  const policy = inventory.policyOf(instance).latency;
  const { stallMs } = policy;
  const watch = probes.watch(instance, { rate: 'full', stallMs, sinceAt: null, beside: null });
  try {
    const seconds: ProbeSecond[] = [];
    const stalls = new Map<string, Stall>();
    let track = trackFrom(clock.now());
    const startedMs = clock.monotonicMs();
    while (clock.monotonicMs() - startedMs < forMs + LAST_SECOND_MS) {
      await clock.sleep(LOOK_MS);
      const news = watch.take();
      seconds.push(...news.seconds);
      for (const stall of news.stalls) stalls.set(stall.id, stall);
      track = follow(track, news, policy);
    }
    const seen = seconds.filter(isMeasured);
    const counts = merge(seen.map(seenByClients));
    const { verdict, why } = track.judgement;
    return {
      instance: instance.name,
      tookMs: seconds.length * 1_000,
      pings: seen.reduce((sum, { pings }) => sum + pings, 0),
      percentiles: percentilesOf(
        counts,
        seen.reduce((most, { maxUs }) => Math.max(most, maxUs), 0),
      ),
      counts,
      stalls: [...stalls.values()],
      verdict,
      why,
    };
  } finally {
    watch.close();
  }
}
