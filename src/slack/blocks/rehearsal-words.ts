// A rehearsal in words: what it will do and never does, what it found out, and what became of the copy.

import type { Migration } from '../../migration/migration.ts';
import type { RehearsalOutcome } from '../../migration/rehearsal.ts';
import { verdictOf } from '../../migration/verification.ts';
import { counted, duration, number, size } from './figures.ts';
import { findingWords, notable, summary } from './finding-words.ts';
import { transferLines } from './forecast-words.ts';
import { lagWords, verified } from './measured-words.ts';
import { sourceName, targetName } from './names.ts';
import { clientsSee } from './route-words.ts';
import { worthOf } from './verification-words.ts';
import { bold, join, say, type Words } from './words.ts';

/** Said before Start, on the card and in the question. */
export function promise(migration: Migration): string {
  const target = targetName(migration);
  return `A rehearsal: ${sourceName(migration)} keeps its writes and its role, whatever happens, and nothing is promoted. It ends by itself once the data was compared; then the copy on ${target} is deleted.`;
}

/** What became of the copy; `targetKeys`: what the target holds now. */
export function copyWords(migration: Migration, targetKeys: number | null): string {
  const target = targetName(migration);
  if (targetKeys === null) return `${target} was not touched.`;
  if (targetKeys === 0) return `${target} is an empty primary again.`;
  return `${target} is a primary that holds ${counted(targetKeys, 'key')}. Ferry did not delete them: it may not run FLUSHALL there, or did not make a primary of it itself. Delete them by hand before the next rehearsal.`;
}

/** The thread's message at its end, and the lead of the report. */
export function rehearsedWords(migration: Migration, outcome: RehearsalOutcome): Words {
  const { verification, predictedFenceMs } = outcome;
  const equal = verdictOf(verification) === 'equal';
  const so = equal ? say`The data is equal` : bold('The data is not proven equal');
  return say`${bold('Rehearsed.')} ${so}. Synced in ${duration(syncMs(migration))}; the real one would hold writes for under ${duration(
    predictedFenceMs,
  )}. Now everything is put back; the report follows.`;
}

/** The report, a paragraph an entry. */
export function rehearsalParagraphs(migration: Migration, outcome: RehearsalOutcome): readonly Words[] {
  const { plan, lag, predictedFenceMs, verification } = outcome;
  const lags = lag === null ? 'lag not measured' : lagWords(lag);
  return [
    say`${bold('Survey')}\n${join(
      [say`${summary(plan.findings)}.`, ...notable(plan.findings).slice(0, 8).map(findingWords)],
      '\n',
    )}`,
    say`${bold('Sync')}\n${join([syncLine(migration, outcome), ...transferLines(migration, plan)], '\n')}`,
    say`${bold('Data')}\nCompared: ${verified(verification)}; ${size(verification.comparedBytes)} compared, ${number(
      verification.differenceCount,
    )} different, ${number(verification.unsettledCount)} unsettled. ${worthOf(verification)}`,
    say`${bold('Predicted for the real one')}\nFence under ${duration(predictedFenceMs)} (${clientsSee(plan)}); ${targetName(
      migration,
    )} was ${lags}.`,
  ];
}

function syncLine(migration: Migration, { plan }: RehearsalOutcome): Words {
  const usedBytes = plan.pairs.reduce((sum, pair) => sum + pair.sourceUsedMemoryBytes, 0);
  const keys = plan.pairs.reduce((sum, pair) => sum + pair.sourceKeys, 0);
  return say`${duration(syncMs(migration))} for ${size(usedBytes)} of memory, ${counted(keys, 'key')}.`;
}

/** From Start to in step. */
function syncMs(migration: Migration): number {
  return Math.max(0, reachedAt(migration, 'following') - reachedAt(migration, 'syncing'));
}

function reachedAt(migration: Migration, phase: 'syncing' | 'following'): number {
  return migration.timeline.findLast((entry) => entry.phase === phase)?.at ?? migration.requestedAt;
}
