// The port Meters on the metrics: what the workflow tells becomes counts. What was a figure of a migration is gone
// as soon as this process does not drive it any more; its counts stay a while, so that the last scrape has them.

import type { Counter, Histogram } from 'prom-client';
import { otherSide, SIDES } from '../migration/instance.ts';
import { merge, middleOf } from '../migration/latency/histogram.ts';
import type { ProbeSecond } from '../migration/latency/reading.ts';
import type { LatencyVerdict } from '../migration/latency/verdict.ts';
import { type Migration, PHASES, type Phase, type State } from '../migration/migration.ts';
import type { LivePair } from '../migration/progress.ts';
import type { Meters, Recorded } from '../workflow/metrics-port.ts';
import { countChange, showVerification } from './change-counts.ts';
import type { Metrics } from './metrics.ts';
import { labelsOf, type ServerLabels } from './server-labels.ts';
import { StallCounts } from './stall-counts.ts';

/** Longer than scrapes are apart. */
const KEEP_COUNTS_MS = 300_000;
const VERDICTS: readonly LatencyVerdict[] = ['steady', 'strained', 'breached', 'unknown'];

interface Driven {
  readonly phase: Phase;
  /** Monotonic ms; null: it is driven. */
  readonly releasedMs: number | null;
}

export interface CountingMeters extends Meters {
  /** Brings up to date what time alone changes; before each scrape. */
  settle(): Promise<void>;
}

/** `monotonicMs`: ms since some instant, never steps. */
export function createMeters(metrics: Metrics, monotonicMs: () => number): CountingMeters {
  const driven = new Map<string, Driven>();
  const stalls = new StallCounts(metrics);
  const seen = ({ id, state }: Migration) => driven.set(id, { phase: state.phase, releasedMs: null });
  return {
    driving(migration) {
      seen(migration);
      showVerification(metrics, migration);
    },
    recorded(change: Recorded) {
      seen(change.after);
      countChange(metrics, change);
    },
    looked(migration, live) {
      for (const pair of migration.pairs.keys()) showLink(metrics, migration, pair, live.pairs[pair] ?? null);
    },
    probed(server, news) {
      const labels = labelsOf(server.migration, server.pair, server.side);
      for (const verdict of VERDICTS)
        metrics.verdict.set({ ...labels, verdict }, verdict === server.verdict ? 1 : 0);
      for (const second of news.seconds) {
        if (second.at >= server.sinceAt) countSecond(metrics, labels, second);
      }
      for (const stall of news.stalls) stalls.see(server, labels, stall, monotonicMs());
      stalls.settle(monotonicMs());
    },
    released(migration, lost) {
      if (lost) metrics.lostDrives.inc();
      driven.set(migration.id, { phase: migration.state.phase, releasedMs: monotonicMs() });
      stalls.end(migration.id);
      forgetFigures(metrics, migration);
    },
    async settle() {
      const nowMs = monotonicMs();
      stalls.settle(nowMs);
      for (const phase of PHASES) metrics.migrations.set({ phase }, 0);
      for (const [id, { phase, releasedMs }] of driven) {
        if (releasedMs === null) metrics.migrations.inc({ phase });
        else if (nowMs - releasedMs >= KEEP_COUNTS_MS) {
          driven.delete(id);
          await forgetCounts(metrics, id);
        }
      }
    },
  };
}

/** What was measured and what was omitted are one: what clients saw. Each count of theirs is one here. */
function countSecond(metrics: Metrics, labels: ServerLabels, second: ProbeSecond): void {
  const { state, measured, omitted, ownDelayMs } = second;
  metrics.probeDelay.observe(ownDelayMs / 1_000);
  if (state === 'unreachable' || state === 'unmeasured') metrics.unmeasured.inc({ ...labels, state });
  const ping = metrics.ping.labels(labels);
  for (const [bucket, count] of merge([measured, omitted])) {
    const seconds = middleOf(bucket) / 1e6;
    for (let each = 0; each < count; each += 1) ping.observe(seconds);
  }
}

/** Figures that are not known are absent, never 0 (I10). */
function showLink(metrics: Metrics, migration: Migration, pair: number, live: LivePair | null): void {
  const follower = followerIn(migration.state);
  for (const side of SIDES) {
    const labels = labelsOf(migration, pair, side);
    const observed = side === follower ? (live?.observation ?? null) : null;
    const figures = [
      [metrics.linkUp, observed === null ? null : Number(observed.stage === 'online')],
      [metrics.lagBytes, observed?.lagBytes ?? null],
      [metrics.lagSeconds, observed === null || observed.lagMs === null ? null : observed.lagMs / 1_000],
    ] as const;
    for (const [gauge, value] of figures) {
      if (value === null) gauge.remove(labels);
      else gauge.set(labels, value);
    }
  }
}

/** Who follows while a link is looked at; null: nobody, or nobody looks. */
function followerIn(state: State): ServerLabels['side'] | null {
  switch (state.phase) {
    case 'syncing':
    case 'following':
    case 'cutting-over':
      return 'target';
    case 'watching':
      return state.wayBack.state === 'open' ? otherSide('target') : null;
    case 'surveying':
    case 'refused':
    case 'planned':
    case 'reverting':
    case 'reverted':
    case 'completed':
    case 'aborting':
    case 'aborted':
    case 'needs-human':
      return null;
  }
}

function forgetFigures(metrics: Metrics, migration: Migration): void {
  for (const pair of migration.pairs.keys()) {
    for (const side of SIDES) {
      const labels = labelsOf(migration, pair, side);
      for (const gauge of [metrics.linkUp, metrics.lagBytes, metrics.lagSeconds]) gauge.remove(labels);
      for (const verdict of VERDICTS) metrics.verdict.remove({ ...labels, verdict });
    }
  }
  const { id } = migration;
  for (const gauge of [metrics.comparedKeys, metrics.differences, metrics.unsettled]) {
    gauge.remove({ migration: id });
  }
}

async function forgetCounts(metrics: Metrics, migration: string): Promise<void> {
  const { ping, unmeasured, stalls, stalledSeconds } = metrics;
  const counts: readonly (Counter<string> | Histogram<string>)[] = [ping, unmeasured, stalls, stalledSeconds];
  for (const metric of counts) {
    const { values } = await metric.get();
    for (const { labels } of values) {
      // Of the buckets of a histogram each is a value, and none is a series.
      const { le: _, ...series } = { le: '', ...labels };
      if (labels['migration'] === migration) metric.remove(series);
    }
  }
}
