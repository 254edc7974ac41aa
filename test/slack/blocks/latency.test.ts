// What the gallery's snapshots do not say: points that were not measured, bars that add up, what is shown where.

import { describe, expect, test } from 'vitest';
import { countOf, histogramOf } from '../../../src/migration/latency/histogram.ts';
import type { ChartPoint } from '../../../src/migration/latency/summary.ts';
import { checkBlocks } from '../../../src/sandbox/slack/blocks/check-blocks.ts';
import type { Style } from '../../../src/slack/blocks/block.ts';
import { card } from '../../../src/slack/blocks/card.ts';
import { detailsView } from '../../../src/slack/blocks/details.ts';
import { eventWords } from '../../../src/slack/blocks/events.ts';
import { incidentWords } from '../../../src/slack/blocks/incident-words.ts';
import { latencyAnswer } from '../../../src/slack/blocks/latency-answer.ts';
import { shareOfCore } from '../../../src/slack/blocks/latency-blocks.ts';
import { barsOf, latencyChart, latencyTrend } from '../../../src/slack/blocks/latency-chart.ts';
import { toPlain } from '../../../src/slack/blocks/render-words.ts';
import { following, liveIn, migrationIn, policy, states, T } from '../sample.ts';
import { BREACHED, incidents, measuredRecord, report, reports, steady } from '../sample-latency.ts';

const STYLES: readonly Style[] = ['rich', 'classic'];

function measured(chart: readonly ChartPoint[]) {
  return { name: 'carts-old', pair: 0, isUsed: true, live: { ...steady, chart } };
}

describe('the chart', () => {
  test('I10: a span without a measurement has no point, and nothing is filled in', () => {
    const [block] = latencyChart(measured(steady.chart), 100, 'rich');
    const text = JSON.stringify(block);
    const missing = new Date(steady.chart[4]?.at ?? 0).toISOString().slice(11, 19);
    expect(steady.chart[4]?.p99Us).toBeNull();
    expect(text).not.toContain(missing);
    expect(checkBlocks([block], 'message', { hasRichBlocks: true })).toEqual([]);
    expect(toPlain(latencyTrend(measured(steady.chart), 100))).toContain(' · – · ');
  });

  test('a span with a stall in it is marked in the text, too', () => {
    const chart = steady.chart.map((point, index) => (index === 7 ? { ...point, maxUs: 812_000 } : point));
    expect(latencyTrend(measured(chart), 100)).toContainEqual({ kind: 'bold', text: '0.8/812' });
    expect(JSON.stringify(latencyChart(measured(chart), 100, 'rich'))).toContain('a stall in 1 of 19 points');
  });

  test('there is none before there are two points', () => {
    const one = measured(steady.chart.slice(0, 1));
    expect(latencyChart(one, 100, 'rich')).toEqual([]);
    expect(latencyTrend(one, 100)).toEqual([]);
  });

  test.each(STYLES)('%s: of the server that clients use alone, with its words in the text', (style) => {
    const shown = card(migrationIn(following), liveIn('online'), style);
    const charts = shown.blocks.filter(({ type }) => type === 'data_visualization');
    expect(charts).toHaveLength(style === 'rich' ? 1 : 0);
    expect(shown.text).toContain('Latency of carts-old: p50 0.06 ms, p99 0.8 ms, worst 92 ms (the fork, ');
    expect(shown.text).not.toContain('carts-new: p50');
  });
});

test('an incident that lasted when the migration ended is told as it was, without a claim about now', () => {
  for (const lasting of incidents.filter(({ overAt }) => overAt === null)) {
    const words = toPlain(incidentWords(lasting, migrationIn(states.completed)));
    expect(words).toMatch(/It was so until .* UTC at least; m42 is over, and nobody measures any more\.$/);
    expect(words).not.toMatch(/so far|goes on| is (slow|not known|held)|does not answer/);
  }
});

describe('the bars', () => {
  test('hold every ping once, from the quickest to the slowest', () => {
    const counts = histogramOf([1, 20, 21, 99, 101, 5_000, 999_999, 120_000_000]);
    const bars = barsOf(counts);
    expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(countOf(counts));
    expect(bars.length).toBeLessThanOrEqual(20);
    expect(bars[0]).toEqual({ label: 'to 0.02 ms', count: 2 });
    expect(bars.at(-1)).toEqual({ label: 'to 60 s', count: 1 });
    expect(barsOf([])).toEqual([]);
  });
});

describe('the answer to the command', () => {
  test.each(STYLES)('%s: keeps within what Slack takes', (style) => {
    for (const each of reports) {
      const { blocks, text } = latencyAnswer(each, style);
      expect(checkBlocks(blocks, 'message', { hasRichBlocks: style === 'rich' })).toEqual([]);
      expect(text).not.toMatch(/<!(channel|here)|<@U/);
    }
  });

  test('reads as the storyboard has it', () => {
    expect(latencyAnswer(report, 'rich').text).toBe(
      'carts-old, 10 s, 987 pings: p50 0.06 ms, p99 0.4, p99.9 1.9, worst 3.2. No stall. Verdict: steady.',
    );
  });
});

test('an abort by policy names the breach that it is about', () => {
  const latency = { ...policy.latency, onBreach: 'abort' } as const;
  const migration = migrationIn(states.aborting, {
    policy: { ...policy, latency },
    latency: measuredRecord({ verdict: 'breached', why: BREACHED }),
  });
  const body = { kind: 'aborting', by: 'ferry', waitsForLoad: false } as const;
  expect(toPlain(eventWords(body, migration))).toBe(
    `Ferry aborted m42, as the policy says (onBreach: abort), because the latency is breached: ${BREACHED}. carts-old goes on as before.`,
  );
  expect(toPlain(eventWords({ ...body, by: 'U0ANA' }, migration))).not.toContain('policy');
});

test('I11: what Ferry itself costs a server is in Details, and under its limits', () => {
  const text = JSON.stringify(detailsView(migrationIn(following), liveIn('online'), T + 3_600_000));
  expect(text).toContain('carts-old: 100 PINGs a second, one after another: about ');
  expect(text).toContain('of one core');
  const percent = (perSecond: number) => Number(/[\d.]+/.exec(shareOfCore(perSecond))?.[0]);
  expect(percent(100)).toBeLessThanOrEqual(2);
  expect(percent(20)).toBeLessThanOrEqual(0.5);
});
