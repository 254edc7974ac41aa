// The demo's accounting as people read it, and what in it means failure.

import type { DemoResult } from './demo.ts';

/** Sentences; none when every promise was kept. */
export function failuresOf({ account }: DemoResult): string[] {
  const failures: string[] = [];
  const examples = account.lostExamples.map(({ writer, number }) => `${writer} ${number}`).join(', ');
  if (account.lost > 0)
    failures.push(`${count(account.lost)} acknowledged writes are gone, such as ${examples}.`);
  if (account.wrongSide > 0)
    failures.push(`${count(account.wrongSide)} writes were accepted on the wrong side.`);
  if (account.twoWriters === null) failures.push('Nobody watched for two servers that accept at once.');
  else if (account.twoWriters > 0) {
    failures.push(`Both servers accepted writes at once, ${count(account.twoWriters)} times.`);
  }
  if (account.byNew === 0) failures.push('The new server acknowledged nothing.');
  if (account.refusedWhileStaying === 0)
    failures.push('Nobody tried to write to the old server after the switch.');
  return failures;
}

/** `apartMs`: the distance between the servers, which every cutover has to wait out. */
export function accountingLines({ account, fenceTime }: DemoResult, apartMs: number): string[] {
  const rows: readonly (readonly [string, string])[] = [
    [
      'acknowledged',
      `${count(account.acknowledged)} (${count(account.byOld)} old, ${count(account.byNew)} new)`,
    ],
    ['uncertain', `${count(account.uncertain)} (the reply never came)`],
    ['lost', count(account.lost)],
    ['wrong side', count(account.wrongSide)],
    ['two writers', account.twoWriters === null ? 'not watched' : count(account.twoWriters)],
    [
      'refused',
      `${count(account.refusedWhileStaying)} attempts of the writer that stayed on the old address`,
    ],
    ['fence time', `${fenceTime}; the servers are ${apartMs} ms apart`],
    ['switch', `${ms(account.switchGapMs)} without an acknowledged write for a client that moved`],
    ['longest gap', `${ms(account.longestGapMs)} in the whole run`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(14)}${value}`);
}

function ms(gap: number | null): string {
  return gap === null ? 'not measured' : `${gap.toFixed(1)} ms`;
}

function count(n: number): string {
  return n.toLocaleString('en');
}
