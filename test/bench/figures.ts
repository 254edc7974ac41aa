// What a measurement found: a table for people on standard output, and JSON where FERRY_BENCH_JSON says.

import { writeFileSync } from 'node:fs';

export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly ferry: number | null;
  /** What does the same without Ferry, in the same run. */
  readonly bare: number | null;
  /** What `bare` is, and whatever else a reader must know. */
  readonly note: string;
}

/** What Ferry needs for each unit that the bare way needs. */
export function ratioOf({ ferry, bare }: Figure): number | null {
  return ferry === null || bare === null || bare === 0 ? null : ferry / bare;
}

export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.what,
    shown(figure.ferry),
    shown(figure.bare),
    shown(ratioOf(figure)),
    figure.unit,
    figure.note,
  ]);
  const all = [['', 'Ferry', 'bare', 'ratio', 'unit', ''], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column >= 1 && column <= 3 ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function publish(figures: readonly Figure[], path: string | undefined): void {
  process.stdout.write(`\n${table(figures)}\n\n`);
  if (path === undefined || path === '') return;
  const withRatios = figures.map((figure) => ({ ...figure, ratio: ratioOf(figure) }));
  writeFileSync(path, `${JSON.stringify({ at: new Date().toISOString(), figures: withRatios }, null, 2)}\n`);
}

function shown(value: number | null): string {
  if (value === null) return '';
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
}
