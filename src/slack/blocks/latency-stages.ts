// Before, during and after the move: what clients saw, for the closing lines and the report. A stage that was not
// measured says so, and so do seconds that could not be.

import {
  countsOf,
  LATENCY_STAGES,
  type LatencyRecord,
  type LatencyStage,
  type LatencySummary,
  latencyAtFirst,
  percentilesOf,
} from '../../migration/latency/summary.ts';
import { lengthInWords, told } from '../../migration/latency/words.ts';
import type { Migration } from '../../migration/migration.ts';
import { type Block, table } from './block.ts';
import { counted, number } from './figures.ts';
import { inOneUnit, ofUs, percentileWords } from './latency-words.ts';
import { sourceName, targetName } from './names.ts';
import { prose, say, type Words } from './words.ts';

/** `Latency before / during / after: p99 0.7 / 0.9 / 0.6 ms, stalls 0 / 1 / 0.` */
export function stagesLine({ latency }: Pick<Migration, 'latency'>): Words {
  const stages = LATENCY_STAGES.map((stage) => latency.stages[stage]);
  if (stages.every((stage) => stage === null)) return notMeasured(latency);
  const p99 = stages.map((stage) => percentiles(stage)?.p99Us ?? null);
  const stalls = stages.map((stage) => (stage === null ? '–' : number(stage.stalls)));
  const missing = LATENCY_STAGES.flatMap((stage) => {
    const missed = latency.stages[stage]?.unmeasuredSeconds ?? 0;
    return missed === 0 ? [] : [`${seconds(missed)} ${stage}`];
  });
  const gaps = missing.length === 0 ? '' : ` Not measured: ${missing.join(', ')}.`;
  return say`Latency before / during / after: p99 ${inOneUnit(p99)}, stalls ${stalls.join(' / ')}.${gaps}`;
}

function notMeasured({ verdict, why, since }: LatencyRecord): Words {
  const known = verdict === 'unknown' && why !== latencyAtFirst(since).why;
  return known ? say`Latency: not measured (${prose(told(why))}).` : say`Latency: not measured.`;
}

function percentiles(stage: LatencySummary | null) {
  return stage === null ? null : percentilesOf(countsOf(stage), stage.maxUs);
}

/** A line a stage that was reached: `during, on carts-old: 171 s measured, p50 …, 1 stall (92 ms)`. */
export function stageLines(migration: Migration): readonly Words[] {
  return LATENCY_STAGES.flatMap((stage) => {
    const summary = migration.latency.stages[stage];
    if (summary === null) return [];
    const seen = percentiles(summary);
    const figures = seen === null ? 'no reply' : percentileWords(seen);
    return [
      say`${stage}, on ${nameIn(stage, migration)}: ${seconds(summary.measuredSeconds)} measured${gapsOf(summary)}; ${figures}; ${stallsOf(
        summary,
      )}`,
    ];
  });
}

/** The same as a table; nothing where no stage was measured. */
export function stagesTable(migration: Migration): readonly Block[] {
  const rows = LATENCY_STAGES.flatMap((stage) => {
    const summary = migration.latency.stages[stage];
    if (summary === null) return [];
    const seen = percentiles(summary);
    const of = (us: number | undefined) => (us === undefined ? '–' : ofUs(us));
    return [
      [
        `${stage}: ${nameIn(stage, migration)}`,
        of(seen?.p50Us),
        of(seen?.p99Us),
        of(seen?.p999Us),
        of(seen?.maxUs),
        stallsOf(summary),
        `${seconds(summary.measuredSeconds)}${gapsOf(summary)}`,
      ],
    ];
  });
  if (rows.length === 0) return [];
  return [table([['Latency', 'p50', 'p99', 'p99.9', 'worst', 'stalls', 'measured'], ...rows])];
}

function stallsOf({ stalls, stalledMs }: LatencySummary): string {
  if (stalls === 0) return 'no stall';
  return `${counted(stalls, 'stall')}, ${lengthInWords(stalledMs)}${stalls > 1 ? ' together' : ''}`;
}

function gapsOf({ unmeasuredSeconds }: LatencySummary): string {
  return unmeasuredSeconds === 0 ? '' : `, ${seconds(unmeasuredSeconds)} not`;
}

function nameIn(stage: LatencyStage, migration: Migration): string {
  return stage === 'after' ? targetName(migration) : sourceName(migration);
}

function seconds(count: number): string {
  return lengthInWords(count * 1_000).replace('.0 s', ' s');
}
