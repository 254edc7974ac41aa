// What was measured, in words: how far behind a target is, and what comparing the data was worth.

import type { Lag } from '../../migration/migration.ts';
import type { LivePair } from '../../migration/progress.ts';
import { type VerificationResult, verdictOf } from '../../migration/verification.ts';
import { duration, number, size } from './figures.ts';
import { at, say, type Words } from './words.ts';

/** `312 bytes behind (2.0 ms)`; empty when not measured. */
export function lagOf(pair: LivePair): string {
  const { lagBytes, lagMs } = pair.observation;
  if (lagMs !== null) return lagWords({ bytes: lagBytes, ms: lagMs });
  return lagBytes === null ? '' : `${size(lagBytes)} behind`;
}

/** Servers without offsets are told by what was measured: how long a write takes to arrive. */
export function lagWords({ bytes, ms }: Lag): string {
  return bytes === null
    ? `in step (a test write arrived after ${duration(ms)})`
    : `${size(bytes)} behind (${duration(ms)})`;
}

/** `sample of 20,000 keys equal at 14:05:02`. */
export function verified(result: VerificationResult): Words {
  const verdict = {
    equal: 'equal',
    different: `compared, ${number(result.differenceCount)} different`,
    unproven: 'not proven equal',
  }[verdictOf(result)];
  return say`${scopeOf(result)} ${verdict} at ${at(result.finishedAt)}`;
}

/** What was compared, and where the servers allowed less than was asked for, that. */
function scopeOf(result: VerificationResult): string {
  const counts = `counts of ${number(result.sourceKeys)} and ${number(result.targetKeys)} keys`;
  if (result.level === 'counts') return counts;
  const some = `${result.level === 'full' ? 'all' : 'sample of'} ${number(result.comparedKeys)} keys`;
  switch (result.basis) {
    case 'both':
      return some;
    case 'one':
      return `${some} that one side can list, and the ${counts}`;
    case 'drawn':
      return `${number(result.comparedKeys)} keys drawn at random, and the ${counts}`;
    case 'counts':
      return counts;
  }
}
