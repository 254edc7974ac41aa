// What a transfer will cost and did cost, in words: what was foreseen beside what came. What was not measured is left
// out or said, never shown as 0.

import type { Forecast, Range } from '../../migration/forecast.ts';
import type { Migration } from '../../migration/migration.ts';
import type { Plan } from '../../migration/plan.ts';
import { rateOf, type Transfer } from '../../migration/transfer.ts';
import { counted, duration, rate, size } from './figures.ts';
import { say, type Words } from './words.ts';

/** ` Foreseen: sync 50 s to 3 min, fork about 90 ms.` for the slowest pair; empty: a plan that did not foresee it. */
export function foreseen(plan: Plan): string {
  // A plan that was announced by an earlier version has no forecast at all.
  const forecasts = plan.pairs.flatMap(({ forecast }) => forecast ?? []);
  if (forecasts.length === 0) return '';
  const syncMs = worst(forecasts.map((forecast) => forecast.syncMs));
  const forkMs = Math.max(...forecasts.map(({ expectedForkMs }) => expectedForkMs));
  return ` Foreseen: sync ${between(syncMs)}, fork about ${duration(Math.max(1, forkMs))}.`;
}

/** A line of the report for each pair; one that was not measured says so. */
export function transferLines(migration: Migration, plan: Plan): readonly Words[] {
  return migration.pairs.map(({ source }, pair) => {
    const label = migration.pairs.length === 1 ? 'Transfer' : `Transfer of ${source.name}`;
    const transfer = migration.transfers[pair] ?? null;
    if (transfer === null) return say`${label}: not measured.`;
    return say`${label}: ${costs(transfer, plan.pairs[pair]?.forecast ?? null)}.`;
  });
}

/** `fork 92 ms (foreseen 90 ms); 4.41 GB in 2 min 51 s (foreseen 2 to 3 min): snapshot 38 s, …; copy-on-write …`. */
function costs(transfer: Transfer, forecast: Forecast | null): string {
  const { forkMs, tookMs, copyOnWriteBytes, sourcePeakBytes } = transfer;
  return [
    forkMs === null ? 'fork not measured' : `fork ${duration(forkMs)}${foreseenFork(forecast)}`,
    `${sizeOf(transfer)}${duration(tookMs)}${forecast === null ? '' : ` (foreseen ${between(forecast.syncMs)})`}${stages(transfer)}`,
    copyOnWriteBytes === null
      ? 'copy-on-write not measured'
      : `copy-on-write ${size(copyOnWriteBytes)}${foreseenCopy(forecast)}`,
    ...(sourcePeakBytes === null ? [] : [`the source's memory at most ${size(sourcePeakBytes)}`]),
    ...(transfer.forks === null || transfer.forks < 2
      ? []
      : [`${counted(transfer.forks, 'fork')} of the source meanwhile`]),
  ].join('; ');
}

function foreseenFork(forecast: Forecast | null): string {
  if (forecast === null) return '';
  const { forkFrom, forkMs, expectedForkMs } = forecast;
  const figure = forkFrom === 'memory' ? between(forkMs) : duration(Math.max(1, expectedForkMs));
  return ` (foreseen ${figure})`;
}

function foreseenCopy(forecast: Forecast | null): string {
  return forecast === null ? '' : ` (foreseen up to ${size(forecast.copyOnWriteBytes)})`;
}

function sizeOf({ transferredBytes, isWhole }: Transfer): string {
  if (transferredBytes === null) return 'synced in ';
  return `${isWhole ? '' : 'at least '}${size(transferredBytes)} in `;
}

/** Each stage that was seen; a second apart is as close as Ferry looks. */
function stages(transfer: Transfer): string {
  const { waiting, transferring, loading } = transfer.stageMs;
  const bytesPerSecond = rateOf(transfer);
  const speed = bytesPerSecond === null ? '' : ` at ${rate(bytesPerSecond)}`;
  const seen = [
    ...(waiting === null ? [] : [`snapshot ${duration(waiting)}`]),
    ...(transferring === null ? [] : [`transfer ${duration(transferring)}${speed}`]),
    ...(loading === null ? [] : [`load ${duration(loading)}`]),
  ];
  return seen.length === 0 ? '' : `: ${seen.join(', ')}`;
}

function worst(ranges: readonly Range[]): Range {
  return {
    least: Math.max(...ranges.map(({ least }) => least)),
    most: Math.max(...ranges.map(({ most }) => most)),
  };
}

/** `2 to 3 min`, `10 s to 1 min 5 s`; an estimate is not told to the second. */
function between({ least, most }: Range): string {
  const [from, to] = [duration(coarse(least)), duration(coarse(most))];
  if (from === to) return to;
  const [, unit] = to.split(' ');
  const isShared = to.split(' ').length === 2 && from.endsWith(` ${unit}`);
  return `${isShared ? from.slice(0, from.lastIndexOf(' ')) : from} to ${to}`;
}

function coarse(ms: number): number {
  if (ms < 10_000) return ms;
  const step = ms < 120_000 ? 5_000 : 60_000;
  return Math.round(ms / step) * step;
}
