// The answer to `latency <instance>`: the figures in a sentence, the stalls with their causes, the verdict, and the
// histogram as bars.

import type { LatencyReport } from '../../migration/latency/summary.ts';
import { lengthInWords, told } from '../../migration/latency/words.ts';
import { type Message, message, type Style, section } from './block.ts';
import { counted, more } from './figures.ts';
import { histogramChart } from './latency-chart.ts';
import { percentileWords, stallWords } from './latency-words.ts';
import { bold, join, prose, say, type Words } from './words.ts';

const MAX_STALLS = 5;

/** `carts-old, 10 s, 987 pings: p50 0.06 ms, p99 0.4, p99.9 1.9, worst 3.2. No stall. Verdict: steady.` */
export function latencyAnswer(report: LatencyReport, style: Style): Message {
  const parts = [figures(report), stalls(report), verdict(report)].filter((words) => words.length > 0);
  const text = join(parts, ' ');
  const title = `Reply times of ${report.instance}`;
  return message(text, [section(text), ...histogramChart(title, report.counts, style)]);
}

function figures({ instance, tookMs, pings, percentiles }: LatencyReport): Words {
  const took = lengthInWords(Math.round(tookMs / 1_000) * 1_000).replace('.0 s', ' s');
  if (percentiles === null) return say`${instance}, ${took}: no ping was answered.`;
  return say`${instance}, ${took}, ${counted(pings, 'ping')}: ${percentileWords(percentiles)}.`;
}

/** The longest first. */
function stalls({ stalls: all, pings }: LatencyReport): Words {
  if (all.length === 0) return pings === 0 ? [] : say`No stall.`;
  const shown = [...all].sort((a, b) => b.lengthMs - a.lengthMs).slice(0, MAX_STALLS);
  const rest = more(all.length, shown.length);
  const list = join([...shown.map(stallWords), ...(rest === '' ? [] : [say`${rest}`])], '; ');
  return say`${bold(counted(all.length, 'stall'))}: ${list}.`;
}

function verdict({ verdict: judged, why }: LatencyReport): Words {
  if (judged === 'steady') return say`Verdict: steady.`;
  return say`Verdict: ${bold(judged)}${why === '' ? [] : say`: ${prose(told(why))}`}.`;
}
