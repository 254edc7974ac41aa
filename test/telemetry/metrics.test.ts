// Names and labels of the metrics are a contract: a dashboard or an alert breaks in silence when one changes.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { defineMetrics } from '../../src/telemetry/metrics.ts';

/** Name, type and labels, as they stand in the README. */
const TABLE: readonly (readonly [name: string, type: string, labels: string])[] = [
  ['ferry_announcements_waiting', 'gauge', ''],
  ['ferry_cutovers_total', 'counter', 'direction, result'],
  ['ferry_drives_lost_total', 'counter', ''],
  ['ferry_fence_seconds', 'histogram', 'direction, result'],
  ['ferry_latency_verdict', 'gauge', 'migration, instance, side, verdict'],
  ['ferry_migrations', 'gauge', 'phase'],
  ['ferry_own_redis_up', 'gauge', ''],
  ['ferry_phase_seconds', 'histogram', 'phase'],
  ['ferry_phase_transitions_total', 'counter', 'from, to'],
  ['ferry_ping_seconds', 'histogram', 'migration, instance, side'],
  ['ferry_probe_delay_seconds', 'histogram', ''],
  ['ferry_replication_lag_bytes', 'gauge', 'migration, instance, side'],
  ['ferry_replication_lag_seconds', 'gauge', 'migration, instance, side'],
  ['ferry_replication_link_up', 'gauge', 'migration, instance, side'],
  ['ferry_stall_seconds_total', 'counter', 'migration, instance, side, cause'],
  ['ferry_stalls_total', 'counter', 'migration, instance, side, cause'],
  ['ferry_unmeasured_seconds_total', 'counter', 'migration, instance, side, state'],
  ['ferry_verification_compared_keys', 'gauge', 'migration'],
  ['ferry_verification_differences', 'gauge', 'migration'],
  ['ferry_verification_unsettled_keys', 'gauge', 'migration'],
  ['ferry_verifications_total', 'counter', 'result'],
];

it('are these and no others, beside those of the process', () => {
  const { registry, ...metrics } = defineMetrics();
  const own = registry.getMetricsAsArray().filter(({ name }) => name.startsWith('ferry_'));
  const labels = Object.values(metrics).map((metric) => Reflect.get(metric, 'labelNames').join(', '));
  const found = Object.values(metrics).map((metric, index) => [
    Reflect.get(metric, 'name'),
    metric.constructor.name.toLowerCase(),
    labels[index],
  ]);
  expect(found.sort()).toEqual(TABLE.map((row) => [...row]));
  expect(own).toHaveLength(TABLE.length);
  const others = registry.getMetricsAsArray().filter(({ name }) => !name.startsWith('ferry_'));
  expect(others.map(({ name }) => name)).toContain('process_cpu_seconds_total');
});

it('stand in the README with type and labels', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `(ferry_\w+)` \| (\w+) \|([^|]*)\|/gm)].map(
    ([, name, type, labels]) => [name, type, (labels ?? '').replaceAll('`', '').trim()],
  );
  expect(rows.sort()).toEqual(TABLE.map((row) => [...row]));
});
