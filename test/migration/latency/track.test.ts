// Ten minutes of one server for the card: points that stay where they are, figures that do not move every second.

import { describe, expect, it } from 'vitest';
import { follow, liveOf, loseSight, trackFrom } from '../../../src/migration/latency/track.ts';
import { policy, second, stall, stalledSecond, T0, unmeasured } from './seconds.ts';

/** T0 is no whole half minute; the chart's points are. */
const HALF = 30_000;
const from = Math.ceil(T0 / HALF) * (HALF / 1_000) - T0 / 1_000;

function measured(seconds: number) {
  const news = Array.from({ length: seconds }, (_, i) => second(from + i, 1));
  return follow(trackFrom(T0), { seconds: news, stalls: [] }, policy);
}

it('without a second there is nothing to show', () => {
  expect(liveOf(trackFrom(T0), policy)).toBeNull();
});

describe('the chart', () => {
  it('has a point for each half minute that is over, twenty at the most', () => {
    expect(liveOf(measured(29), policy)?.chart).toEqual([]);
    expect(liveOf(measured(65), policy)?.chart).toHaveLength(2);
    expect(liveOf(measured(1_000), policy)?.chart.length).toBeLessThanOrEqual(20);
  });

  it('does not change while its newest point stays the same', () => {
    expect(liveOf(measured(61), policy)?.chart).toEqual(liveOf(measured(89), policy)?.chart);
  });

  it('I10 leaves a gap where nothing was measured', () => {
    const gap = Array.from({ length: 31 }, (_, i) => unmeasured(from + i));
    const track = follow(trackFrom(T0), { seconds: gap, stalls: [] }, policy);
    expect(liveOf(track, policy)?.chart).toMatchObject([{ p50Us: null, p99Us: null, maxUs: null }]);
  });
});

it('the figures move in steps of ten seconds', () => {
  const track = measured(30);
  const more = follow(track, { seconds: [stalledSecond(from + 31, 400)], stalls: [] }, policy);
  expect(liveOf(more, policy)?.percentiles).toEqual(liveOf(measured(32), policy)?.percentiles);
});

it('what was measured in the first step is shown at once', () => {
  expect(liveOf(measured(2), policy)?.percentiles).toMatchObject({ maxUs: 1_000 });
});

it('the worst stall is named with its cause; shorter gaps than a stall are none', () => {
  const cause = { kind: 'fork', durationMs: 91 } as const;
  const stalls = [stall('a', T0, 92, { cause }), stall('b', T0 + 1_000, 130, { cause }), stall('c', T0, 20)];
  const track = follow(measured(5), { seconds: [], stalls }, policy);
  expect(liveOf(track, policy)).toMatchObject({ stalls: 1, worst: { ms: 130, at: T0 + 1_000, cause } });
});

it('what is older than ten minutes is forgotten', () => {
  const track = follow(measured(5), { seconds: [], stalls: [stall('a', T0, 500)] }, policy);
  const later = follow(track, { seconds: [second(700, 1)], stalls: [] }, policy);
  expect(later.seconds).toHaveLength(1);
  expect(later.stalls.size).toBe(0);
});

it('I10 a probe that fell silent leaves a verdict of unknown', () => {
  expect(loseSight(measured(60), T0 + 90_000, 8).judgement.verdict).toBe('unknown');
});
