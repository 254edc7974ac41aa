// Adds up what became of each key. Names the first of what is wrong, counts all of it.

import type { Difference } from '../../migration/verification.ts';
import type { Comparison, Fingerprint } from './fingerprint.ts';
import { printableKey } from './printable-key.ts';

export const NAMED_DIFFERENCES = 100;
const NAMED_UNSETTLED = 20;

export interface Tally {
  /** A key that was compared: equal, different, or not provable. */
  settle(db: number, key: Buffer, comparison: Comparison, source: Fingerprint): void;
  /** Keys that were seen to be equal at first sight, and the bytes of their values. */
  agree(keys: number, bytes: number): void;
  /** A key that never stood still. */
  giveUp(db: number, key: Buffer): void;
  readonly found: Found;
}

export interface Found {
  /** Keys with an answer; those without one are counted as unsettled. */
  readonly comparedKeys: number;
  readonly comparedBytes: number;
  readonly differences: readonly Difference[];
  readonly differenceCount: number;
  readonly unsettled: readonly string[];
  readonly unsettledCount: number;
}

export function createTally(): Tally {
  let comparedKeys = 0;
  let comparedBytes = 0;
  let differenceCount = 0;
  let unsettledCount = 0;
  const differences: Difference[] = [];
  const unsettled: string[] = [];
  const leaveOpen = (db: number, key: Buffer, why: string): void => {
    unsettledCount += 1;
    if (unsettled.length < NAMED_UNSETTLED) unsettled.push(`db${db} ${printableKey(key)}: ${why}`);
  };
  return {
    settle(db, key, comparison, source) {
      if (comparison.kind === 'unprovable') {
        leaveOpen(db, key, comparison.why);
        return;
      }
      comparedKeys += 1;
      comparedBytes += source.bytes;
      if (comparison.kind === 'equal') return;
      differenceCount += 1;
      if (differences.length === NAMED_DIFFERENCES) return;
      const { what, detail } = comparison;
      differences.push({ db, key: printableKey(key), what, detail });
    },
    agree(keys, bytes) {
      comparedKeys += keys;
      comparedBytes += bytes;
    },
    giveUp: (db, key) => leaveOpen(db, key, 'kept changing'),
    get found() {
      return { comparedKeys, comparedBytes, differences, differenceCount, unsettled, unsettledCount };
    },
  };
}
