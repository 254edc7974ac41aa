// What the workflow tells is what a scrape shows: each count once, nothing for what is not known, and nothing left of
// a migration that is driven elsewhere.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Event } from '../../src/migration/events.ts';
import { countOf, histogramOf, merge } from '../../src/migration/latency/histogram.ts';
import type { ProbeNews } from '../../src/migration/latency/reading.ts';
import { advance } from '../../src/migration/lifecycle.ts';
import type { Migration } from '../../src/migration/migration.ts';
import type { LiveFigures, PairObservation } from '../../src/migration/progress.ts';
import { type CountingMeters, createMeters } from '../../src/telemetry/meters.ts';
import { defineMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import type { MeasuredServer } from '../../src/workflow/metrics-port.ts';
import { second, stall, stalledSecond, T0, unmeasured } from '../migration/latency/seconds.ts';
import { look } from '../migration/looks.ts';
import * as walks from '../support/walk.ts';

let metrics: Metrics;
let meters: CountingMeters;
let nowMs: number;

beforeEach(() => {
  nowMs = 0;
  metrics = defineMetrics();
  meters = createMeters(metrics, () => nowMs);
});

/** The series of one metric, as `{labels} value`; empty: it has none. */
async function scraped(name: string): Promise<readonly string[]> {
  await meters.settle();
  const text = await metrics.registry.getSingleMetricAsString(name);
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const syncing = () => walks.inPhase('syncing');
const following = () => walks.inPhase('following');
const SOURCE = 'migration="m42",instance="carts-old",side="source"';
const TARGET = 'migration="m42",instance="carts-new",side="target"';

function server(change: Partial<MeasuredServer> = {}): MeasuredServer {
  return { migration: syncing(), pair: 0, side: 'source', verdict: 'steady', sinceAt: T0, ...change };
}

const news = (change: Partial<ProbeNews>): ProbeNews => ({ seconds: [], stalls: [], ...change });

function live(observation: PairObservation): LiveFigures {
  return {
    at: observation.at,
    pairs: [{ observation, bytesPerSecond: null, eta: 'ready' }],
    verification: null,
    oldClients: null,
    oldClientCount: null,
    latency: [],
  };
}

/** Records an event as the session does. */
function record(before: Migration, event: Event, at: number): Migration {
  const advanced = advance(before, event, at);
  if (advanced.kind === 'refused') throw new Error(advanced.refusal.message);
  meters.recorded({ before, after: advanced.migration, event });
  return advanced.migration;
}

describe('pings', () => {
  it('count as clients saw them: none is lost between two bounds, and those that could not be sent are there', async () => {
    const spread = Array.from({ length: 3_000 }, (_, index) => Math.floor(1.008 ** index) + index);
    const seconds = [second(0, 0.06), stalledSecond(1, 800), second(2, 0, { measured: histogramOf(spread) })];
    meters.probed(server(), news({ seconds }));
    const all = merge(seconds.flatMap(({ measured, omitted }) => [measured, omitted]));
    const lines = await scraped('ferry_ping_seconds');
    expect(lines).toContain(`ferry_ping_seconds_count{${SOURCE}} ${countOf(all)}`);
    for (let exponent = 6; exponent < 24; exponent += 1) {
      const exact = [...spread, ...Array(100).fill(60), ...Array(20).fill(60), ...stalled()].filter(
        (us) => us < 2 ** exponent,
      );
      const bound = 2 ** exponent / 1e6;
      expect(lines).toContain(`ferry_ping_seconds_bucket{le="${bound}",${SOURCE}} ${exact.length}`);
    }
  });

  it('of an earlier owner are not counted again, nor its stalls', async () => {
    const seconds = [second(-1, 1), second(0, 1)];
    const before = stall('a', T0 - 2_000, 500);
    const across = stall('b', T0 - 100, 500);
    meters.probed(server(), news({ seconds, stalls: [before, across] }));
    nowMs += 10_000;
    expect(await scraped('ferry_ping_seconds')).toContain(`ferry_ping_seconds_count{${SOURCE}} 100`);
    expect(await scraped('ferry_stalls_total')).toEqual([`ferry_stalls_total{${SOURCE},cause="unknown"} 1`]);
  });

  it('I10 that could not be sent are told as seconds, with the reason, and the thread by its own delay', async () => {
    const held = second(1, 0, { state: 'unmeasured', measured: [], ownDelayMs: 700 });
    meters.probed(server(), news({ seconds: [unmeasured(0), held] }));
    expect(await scraped('ferry_unmeasured_seconds_total')).toEqual([
      `ferry_unmeasured_seconds_total{${SOURCE},state="unreachable"} 1`,
      `ferry_unmeasured_seconds_total{${SOURCE},state="unmeasured"} 1`,
    ]);
    expect(await scraped('ferry_probe_delay_seconds')).toContain('ferry_probe_delay_seconds_sum 0.7');
  });
});

/** The stalled ping of `stalledSecond(_, 800)` and those that waited with it, µs. */
function stalled(): readonly number[] {
  return [800_000, ...Array.from({ length: 79 }, (_, index) => (800 - (index + 1) * 10) * 1_000)];
}

describe('stalls', () => {
  it('count once, with the cause that is found a moment later', async () => {
    const first = stall('a', T0, 300, { over: false });
    const over = { ...first, lengthMs: 812, over: true };
    const explained = { ...over, cause: { kind: 'fork', durationMs: 810 } as const };
    for (const each of [first, over, explained]) {
      meters.probed(server(), news({ stalls: [each] }));
      expect(await scraped('ferry_stalls_total')).toEqual([]);
    }
    nowMs += 5_000;
    expect(await scraped('ferry_stalls_total')).toEqual([`ferry_stalls_total{${SOURCE},cause="fork"} 1`]);
    expect(await scraped('ferry_stall_seconds_total')).toEqual([
      `ferry_stall_seconds_total{${SOURCE},cause="fork"} 0.812`,
    ]);
    meters.probed(server(), news({ stalls: [explained] }));
    nowMs += 5_000;
    expect(await scraped('ferry_stalls_total')).toEqual([`ferry_stalls_total{${SOURCE},cause="fork"} 1`]);
  });

  it('shorter than the policy says are none', async () => {
    meters.probed(server(), news({ stalls: [stall('a', T0, 60)] }));
    nowMs += 5_000;
    expect(await scraped('ferry_stalls_total')).toEqual([]);
  });

  it('that are over count at once when the migration is let go', async () => {
    meters.probed(server(), news({ stalls: [stall('a', T0, 200), stall('b', T0, 900, { over: false })] }));
    meters.released(syncing(), false);
    expect(await scraped('ferry_stall_seconds_total')).toEqual([
      `ferry_stall_seconds_total{${SOURCE},cause="unknown"} 0.2`,
    ]);
  });
});

it('a verdict is one of four at any time', async () => {
  meters.probed(server({ verdict: 'steady' }), news({}));
  meters.probed(server({ verdict: 'breached' }), news({}));
  expect(await scraped('ferry_latency_verdict')).toEqual([
    `ferry_latency_verdict{${SOURCE},verdict="steady"} 0`,
    `ferry_latency_verdict{${SOURCE},verdict="strained"} 0`,
    `ferry_latency_verdict{${SOURCE},verdict="breached"} 1`,
    `ferry_latency_verdict{${SOURCE},verdict="unknown"} 0`,
  ]);
});

describe('replication', () => {
  it('shows the follower: its link, its lag', async () => {
    meters.looked(following(), live(look(1, 'online', { lagBytes: 312, lagMs: 2 })));
    expect(await scraped('ferry_replication_link_up')).toEqual([`ferry_replication_link_up{${TARGET}} 1`]);
    expect(await scraped('ferry_replication_lag_bytes')).toEqual([
      `ferry_replication_lag_bytes{${TARGET}} 312`,
    ]);
    expect(await scraped('ferry_replication_lag_seconds')).toEqual([
      `ferry_replication_lag_seconds{${TARGET}} 0.002`,
    ]);
  });

  it('I10 a lag that is not known is absent, not 0', async () => {
    meters.looked(following(), live(look(1, 'online', { lagBytes: 312, lagMs: 2 })));
    meters.looked(following(), live(look(2, 'connecting')));
    expect(await scraped('ferry_replication_link_up')).toEqual([`ferry_replication_link_up{${TARGET}} 0`]);
    expect(await scraped('ferry_replication_lag_bytes')).toEqual([]);
    expect(await scraped('ferry_replication_lag_seconds')).toEqual([]);
  });

  it('turns around with the promotion, and is absent where nobody follows', async () => {
    meters.looked(following(), live(look(1, 'online', { lagBytes: 312, lagMs: 2 })));
    meters.looked(walks.inPhase('watching'), live(look(2, 'online', { lagBytes: 5, lagMs: 1 })));
    expect(await scraped('ferry_replication_lag_bytes')).toEqual([
      `ferry_replication_lag_bytes{${SOURCE}} 5`,
    ]);
    meters.looked(walks.inPhase('needs-human'), live(look(3, 'online', { lagBytes: 5, lagMs: 1 })));
    expect(await scraped('ferry_replication_link_up')).toEqual([]);
  });
});

describe('what is recorded', () => {
  it('counts changes of phase and how long a phase was', async () => {
    const before = syncing();
    const enteredAt = before.timeline.at(-1)?.at ?? 0;
    meters.driving(before);
    record(before, walks.caughtUp, enteredAt + 90_000);
    expect(await scraped('ferry_phase_transitions_total')).toEqual([
      'ferry_phase_transitions_total{from="syncing",to="following"} 1',
    ]);
    expect(await scraped('ferry_phase_seconds')).toContain('ferry_phase_seconds_sum{phase="syncing"} 90');
    const migrations = await scraped('ferry_migrations');
    expect(migrations).toContain('ferry_migrations{phase="following"} 1');
    expect(migrations).toContain('ferry_migrations{phase="syncing"} 0');
  });

  it('counts cutovers by their end, with the time that writes were held', async () => {
    const cutting = walks.inPhase('cutting-over');
    record(cutting, { kind: 'undoing', reason: 'carts-new was behind' }, walks.T0 + 90_000);
    expect(await scraped('ferry_cutovers_total')).toEqual([]);
    const undoing = record(cutting, { kind: 'undoing', reason: 'carts-new was behind' }, walks.T0 + 90_000);
    record(undoing, { kind: 'undone', pausedMs: 2_000 }, walks.T0 + 91_000);
    expect(await scraped('ferry_cutovers_total')).toEqual([
      'ferry_cutovers_total{direction="forward",result="undone"} 1',
    ]);
    expect(await scraped('ferry_fence_seconds')).toContain(
      'ferry_fence_seconds_bucket{le="2",direction="forward",result="undone"} 1',
    );
  });

  it('I10 a fence that nobody timed is not one of 0 s', async () => {
    const cutting = walks.inPhase('cutting-over');
    const undoing = record(cutting, { kind: 'undoing', reason: 'its owner ended' }, walks.T0 + 90_000);
    record(undoing, { kind: 'undone', pausedMs: null }, walks.T0 + 91_000);
    expect(await scraped('ferry_fence_seconds')).toEqual([]);
  });

  it('shows what was compared, also by an owner before', async () => {
    const result = { ...walks.equal, comparedKeys: 20_000, differenceCount: 0 };
    const verified = record(
      following(),
      { kind: 'verified', result, digest: 'd', lag: null },
      walks.T0 + 90_000,
    );
    expect(await scraped('ferry_verifications_total')).toEqual([
      'ferry_verifications_total{result="equal"} 1',
    ]);
    const fresh = defineMetrics();
    createMeters(fresh, () => 0).driving(verified);
    expect(await fresh.registry.getSingleMetricAsString('ferry_verification_compared_keys')).toContain(
      'ferry_verification_compared_keys{migration="m42"} 20000',
    );
  });
});

describe('a migration that is let go', () => {
  beforeEach(() => {
    meters.driving(following());
    meters.looked(following(), live(look(1, 'online', { lagBytes: 312, lagMs: 2 })));
    meters.probed(server(), news({ seconds: [second(0, 1), unmeasured(1)], stalls: [stall('a', T0, 900)] }));
  });

  const FIGURES = [
    'latency_verdict',
    'replication_link_up',
    'replication_lag_bytes',
    'replication_lag_seconds',
  ];
  const COUNTS = ['ping_seconds', 'unmeasured_seconds_total', 'stalls_total', 'stall_seconds_total'];

  it('leaves no figure, and its counts for five minutes', async () => {
    meters.released(following(), false);
    for (const name of FIGURES) expect(await scraped(`ferry_${name}`)).toEqual([]);
    for (const name of COUNTS) expect(await scraped(`ferry_${name}`)).not.toEqual([]);
    expect(await scraped('ferry_migrations')).toContain('ferry_migrations{phase="following"} 0');
    nowMs += 300_000;
    for (const name of COUNTS) expect(await scraped(`ferry_${name}`)).toEqual([]);
  });

  it('keeps its counts where it comes back in time', async () => {
    meters.released(following(), false);
    nowMs += 200_000;
    meters.driving(following());
    nowMs += 200_000;
    for (const name of COUNTS) expect(await scraped(`ferry_${name}`)).not.toEqual([]);
  });

  it('counts as lost only where another process took it', async () => {
    meters.released(following(), false);
    expect(await scraped('ferry_drives_lost_total')).toEqual(['ferry_drives_lost_total 0']);
    meters.released(following(), true);
    expect(await scraped('ferry_drives_lost_total')).toEqual(['ferry_drives_lost_total 1']);
  });
});
