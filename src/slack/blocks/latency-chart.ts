// Latency over time, as a native line chart and as a line of text for workspaces without one; and a histogram
// as bars. Points are whole spans of time, so that a chart changes only when a span has ended.

import { countOf, type Histogram, middleOf } from '../../migration/latency/histogram.ts';
import type { ChartPoint } from '../../migration/latency/summary.ts';
import { lengthInWords, milliseconds } from '../../migration/latency/words.ts';
import { type Block, barChart, lineChart, preformatted, type Style } from './block.ts';
import { number } from './figures.ts';
import type { Measured } from './latency-words.ts';
import { atMinute, bold, join, say, type Words } from './words.ts';

/** Slack's limit of categories. */
const MAX_POINTS = 20;

interface Whole {
  readonly at: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

/** A span in which nothing was measured has no point; nothing is ever filled in (I10). */
function wholes(points: readonly ChartPoint[]): readonly Whole[] {
  return points.slice(-MAX_POINTS).flatMap(({ at, p50Us, p99Us, maxUs }) => {
    if (p50Us === null || p99Us === null || maxUs === null) return [];
    return [{ at, p50Us, p99Us, maxUs }];
  });
}

/** Nothing until there are two points to draw a line between. */
export function latencyChart({ name, live }: Measured, stallMs: number, style: Style): readonly Block[] {
  const points = distinct(wholes(live.chart));
  if (points.length < 2 || style === 'classic') return [];
  const series = (of: (point: Whole) => number) => points.map((point) => shownMs(of(point)));
  const stalls = points.filter(({ maxUs }) => maxUs >= stallMs * 1_000).length;
  const note = stalls === 0 ? 'UTC' : `UTC; a stall in ${number(stalls)} of ${number(points.length)} points`;
  return [
    lineChart(`Latency of ${name}`, {
      categories: points.map(({ at }) => clockOf(at)),
      series: [
        { name: 'p50', values: series(({ p50Us }) => p50Us) },
        { name: 'p99', values: series(({ p99Us }) => p99Us) },
        { name: 'max', values: series(({ maxUs }) => maxUs) },
      ],
      xLabel: note,
      yLabel: 'ms',
    }),
  ];
}

/** `p99 and max since 14:03, every 30 s, ms: 0.7 0.9 · …`; a span with a stall in it is bold. */
export function latencyTrend({ live }: Measured, stallMs: number): Words {
  const points = live.chart.slice(-MAX_POINTS);
  const [first, second] = points;
  if (first === undefined || second === undefined || wholes(points).length < 2) return [];
  const entries = points.map(({ p99Us, maxUs }) => {
    if (p99Us === null || maxUs === null) return say`–`;
    const text = `${milliseconds(p99Us / 1_000)}/${milliseconds(maxUs / 1_000)}`;
    return maxUs >= stallMs * 1_000 ? say`${bold(text)}` : say`${text}`;
  });
  const every = lengthInWords(second.at - first.at);
  return say`p99/max in ms since ${atMinute(first.at)}, every ${every}: ${join(entries, ' · ')}`;
}

/** Two points of one second would be one category. */
function distinct(points: readonly Whole[]): readonly Whole[] {
  return [...new Map(points.map((point) => [clockOf(point.at), point])).values()];
}

/** In UTC: a chart has no date tokens. */
function clockOf(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** ms to as many digits as people read. */
function shownMs(us: number): number {
  const ms = us / 1_000;
  return ms >= 100 ? Math.round(ms) : Number(ms.toPrecision(2));
}

/** Upper bounds of the bars, ms: 1, 2, 5 in each power of ten; the last one takes what is longer. */
const BOUNDS_MS = [
  0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 60_000,
];

interface Bar {
  readonly label: string;
  readonly count: number;
}

/** How many waited up to how long; empty bars only between others. */
export function barsOf(counts: Histogram): readonly Bar[] {
  const bars = BOUNDS_MS.map((bound, index) => {
    const over = index === 0 ? -1 : (BOUNDS_MS[index - 1] ?? 0);
    const last = index === BOUNDS_MS.length - 1;
    const inside = counts.filter(([bucket]) => {
      const ms = middleOf(bucket) / 1_000;
      return ms > over && (last || ms <= bound);
    });
    return { label: `to ${bound < 1_000 ? `${bound} ms` : `${bound / 1_000} s`}`, count: countOf(inside) };
  });
  const first = bars.findIndex(({ count }) => count > 0);
  return first < 0 ? [] : bars.slice(first, bars.findLastIndex(({ count }) => count > 0) + 1);
}

export function histogramChart(title: string, counts: Histogram, style: Style): readonly Block[] {
  const bars = barsOf(counts);
  if (bars.length === 0) return [];
  if (style === 'classic') return [preformatted(textBars(bars))];
  return [
    barChart(title, {
      categories: bars.map(({ label }) => label),
      series: [{ name: 'pings', values: bars.map(({ count }) => count) }],
      xLabel: 'reply time',
      yLabel: 'pings, with those that a stall held back',
    }),
  ];
}

const BAR_WIDTH = 24;

function textBars(bars: readonly Bar[]): readonly string[] {
  const top = Math.max(...bars.map(({ count }) => count));
  return bars.map(({ label, count }) => {
    const width = count === 0 ? 0 : Math.max(1, Math.round((count / top) * BAR_WIDTH));
    return `${label.padEnd(9)} ${'█'.repeat(width).padEnd(BAR_WIDTH)} ${number(count)}`;
  });
}
