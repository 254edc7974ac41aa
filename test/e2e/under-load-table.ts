// The figures of many cutovers as a table that people can read.

import type { Moment } from '../../src/migration/cutover.ts';
import type { Account } from '../../src/sandbox/load/load.ts';
import type { Failover } from '../support/by-hand.ts';
import type { Passage } from '../support/passage.ts';

const ACTS: readonly Moment['what'][] = [
  'fenced',
  'reached',
  'demoted',
  'final-reached',
  'promoted',
  'lifted',
];

/** The smallest value that at least this share of the values does not exceed. Throws for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new RangeError('a percentile of nothing');
  return value;
}

export function fencePercentile(passages: readonly Passage[], what: Passage['what'], share: number): number {
  return percentile(fenceTimes(passages.filter((each) => each.what === what)), share);
}

export function fenceTable(passages: readonly Passage[]): string {
  return (['cutover', 'revert'] as const)
    .flatMap((what) => {
      const of = passages.filter((each) => each.what === what);
      return of.length === 0 ? [] : [`${of.length} ${what}s`, ...lines(of), ''];
    })
    .join('\n');
}

/** What Redis's own way takes; empty when nobody measured it. */
export function failoverTable(failovers: readonly Failover[]): string {
  if (failovers.length === 0) return '';
  const rows = [
    `${failovers.length} times FAILOVER`,
    row('', 'p50', 'p99', 'max'),
    spread(
      'until promoted, ms',
      failovers.map(({ fenceTimeMs }) => fenceTimeMs),
    ),
    spread(
      'gap of a moving writer, ms',
      failovers.map(({ gapMs }) => gapMs),
    ),
  ];
  return `${rows.join('\n')}\n`;
}

function lines(passages: readonly Passage[]): string[] {
  const gaps = passages.flatMap(({ account }) => account.switchGapMs ?? []);
  const sum = (figure: (account: Account) => number) =>
    String(passages.reduce((total, { account }) => total + figure(account), 0));
  return [
    row('', 'p50', 'p99', 'max'),
    spread('fence time, ms', fenceTimes(passages)),
    ...ACTS.map((act) => spread(`  ${act} after, ms`, momentsOf(passages, act))),
    spread('gap of a moving writer, ms', gaps),
    row(
      'acknowledged writes',
      sum((account) => account.acknowledged),
    ),
    row(
      'lost',
      sum((account) => account.lost),
    ),
    row(
      'two writers',
      sum((account) => account.twoWriters ?? 0),
    ),
    row(
      'accepted on the wrong side',
      sum((account) => account.wrongSide),
    ),
  ];
}

function fenceTimes(passages: readonly Passage[]): number[] {
  return passages.flatMap(({ outcome }) => outcome.fenceTimeMs ?? []);
}

function momentsOf(passages: readonly Passage[], what: Moment['what']): number[] {
  return passages.flatMap(({ outcome }) =>
    outcome.moments.filter((moment) => moment.what === what).map((moment) => moment.afterMs),
  );
}

function spread(name: string, values: readonly number[]): string {
  if (values.length === 0) return row(name, 'none');
  return row(name, ...[0.5, 0.99, 1].map((share) => percentile(values, share).toFixed(2)));
}

function row(name: string, ...cells: readonly string[]): string {
  return `${name.padEnd(28)}${cells.map((cell) => cell.padStart(10)).join('')}`;
}
