// What `latency` measures: as many whole seconds as were asked for, and what happened in them, no more.

import { expect, test } from 'vitest';
import type { Instance } from '../../src/migration/instance.ts';
import type { ProbeNews } from '../../src/migration/latency/reading.ts';
import { measureLatency } from '../../src/workflow/latency/measure-latency.ts';
import type { LatencyProbes } from '../../src/workflow/latency-ports.ts';
import type { Clock, Inventory } from '../../src/workflow/ports.ts';
import type { Workflow } from '../../src/workflow/workflow.ts';
import { policy as latency, second, silent, stall, T0, unmeasured } from '../migration/latency/seconds.ts';
import { draftOf } from '../store/sample-records.ts';

const draft = draftOf();

/** Measures for 10 s by a clock that the test turns, 300 ms after T0. */
async function measured(news: ProbeNews) {
  const time = { ms: T0 + 300 };
  const clock: Clock = {
    now: () => time.ms,
    monotonicMs: () => time.ms - T0,
    sleep: async (ms) => {
      time.ms += ms;
    },
  };
  let left: ProbeNews = news;
  let closed = 0;
  const probes: LatencyProbes = {
    watch: () => ({
      setRate: () => {},
      take: () => {
        const due = left.seconds.filter(({ at }) => at + 1_000 <= time.ms);
        const taken = { seconds: due, stalls: left.stalls };
        left = { seconds: left.seconds.filter((each) => !due.includes(each)), stalls: [] };
        return taken;
      },
      close: () => {
        closed += 1;
      },
    }),
    close: async () => {},
  };
  const inventory: Pick<Inventory, 'policyOf'> = { policyOf: () => ({ ...draft.policy, latency }) };
  const instance: Instance | undefined = draft.pairs[0]?.source;
  if (instance === undefined) throw new Error('the sample has no pair');
  const workflow = { clock, probes, inventory: inventory as Inventory } as Workflow;
  const report = await measureLatency(workflow, instance, 10_000);
  expect(closed).toBe(1);
  return report;
}

const seconds = Array.from({ length: 14 }, (_, index) => second(index, 0.4));

test('ten whole seconds, without the one in which the probe was connecting', async () => {
  const begun = unmeasured(0, 'the measurement has just begun');
  const report = await measured({ seconds: [begun, ...seconds.slice(1)], stalls: [] });
  expect(report).toMatchObject({ tookMs: 10_000, pings: 1_000, verdict: 'steady', stalls: [] });
});

test('stalls within that time, and the worst is at least as long as the longest of them', async () => {
  const inside = stall('a', T0 + 4_000, 812);
  const report = await measured({ seconds, stalls: [stall('b', T0 - 5_000, 900), inside] });
  expect(report.stalls).toEqual([inside]);
  expect(report.percentiles?.maxUs).toBe(812_000);
});

test('I10: a server that answers nothing is not steady', async () => {
  const mute = seconds.map((_, index) => silent(index, index * 5));
  const report = await measured({ seconds: mute, stalls: [] });
  expect(report).toMatchObject({ pings: 0, percentiles: null, verdict: 'unknown' });
  expect(report.why).toBe('it answered nothing in that time');
});
