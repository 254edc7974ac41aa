// What comparing the data of a pair found. A difference blocks promotion until a person looks;
// keys that never settled under load are counted and named, not waved through.

import type { VerificationLevel } from './policy.ts';

export interface Difference {
  readonly db: number;
  /** Printable form of the key, at most 80 characters. */
  readonly key: string;
  readonly what: 'missing' | 'extra' | 'type' | 'value' | 'expiry';
  readonly detail: string;
}

/**
 * both: every key of both sides (full), or keys drawn on both (sample)
 * one: only one side can be walked key by key: each of its keys was looked up on the other, and the counts agree
 * drawn: neither can be walked: keys that the servers gave at random, and the counts
 * counts: the numbers of keys alone
 */
export type VerificationBasis = 'both' | 'one' | 'drawn' | 'counts';

export interface VerificationResult {
  readonly level: VerificationLevel;
  /** What the servers allowed: what the result is worth. */
  readonly basis: VerificationBasis;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly comparedKeys: number;
  readonly comparedBytes: number;
  readonly sourceKeys: number;
  readonly targetKeys: number;
  /** The first 100 by name; `differenceCount` is the number of all. */
  readonly differences: readonly Difference[];
  readonly differenceCount: number;
  /** Keys that kept changing while they were compared. */
  readonly unsettledCount: number;
  readonly unsettled: readonly string[];
}

export type VerificationVerdict = 'equal' | 'different' | 'unproven';

/** At most this share of compared keys may stay unsettled for a result to count as equal. */
export const MAX_UNSETTLED_SHARE = 0.01;

/** `unproven` (nothing compared though there are keys, or too much unsettled) never passes a gate (I10). */
export function verdictOf(result: VerificationResult): VerificationVerdict {
  if (result.differenceCount > 0) return 'different';
  if (result.level === 'counts') return result.sourceKeys === result.targetKeys ? 'equal' : 'unproven';
  // Keys that only one side has were looked for by the counts alone.
  const byCounts = result.basis !== 'both';
  if (byCounts && result.sourceKeys !== result.targetKeys) return 'unproven';
  const somethingToCompare = result.sourceKeys > 0 || result.targetKeys > 0;
  if (somethingToCompare && result.comparedKeys === 0) return 'unproven';
  return result.unsettledCount > Math.max(20, result.comparedKeys * MAX_UNSETTLED_SHARE)
    ? 'unproven'
    : 'equal';
}
