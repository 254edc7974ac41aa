// What the levels of a verification share: the servers, what both of them can, and who is told of progress.

import { randomBytes } from 'node:crypto';
import type { VerificationPace } from '../../migration/policy.ts';
import type { VerificationBasis, VerificationResult } from '../../migration/verification.ts';
import type { Clock } from '../../workflow/ports.ts';
import { READS } from './bursts.ts';
import { hasFieldExpiries, type SettledCounts } from './counts.ts';
import { expiryReads, expiryRules } from './expiry.ts';
import { EXACT_EXPIRY, type ExpiryRules } from './fingerprint.ts';
import { createInStep } from './in-step.ts';
import type { Pace } from './pace.ts';
import type { Peer } from './peer.ts';
import type { Compared } from './settle.ts';
import { createSideReader } from './side.ts';
import { createTally, type Found, NAMED_DIFFERENCES } from './tally.ts';
import { DEFAULT_SCAN_LIMITS } from './value-scan.ts';

export interface Both {
  readonly source: Peer;
  readonly target: Peer;
}

export interface Run extends Both {
  readonly clock: Clock;
  /** 0 to 1; which keys are drawn. */
  readonly random: () => number;
  readonly keysPerSecond: number;
  readonly sampleKeys: number;
  readonly pace: VerificationPace;
  readonly signal: AbortSignal;
  readonly onProgress: (comparedKeys: number, totalKeys: number) => void;
  /** More connections to both; they end with the run. */
  connect(): Promise<Both>;
}

export type Untimed = Omit<VerificationResult, 'startedAt' | 'finishedAt'>;

/** What comparing key by key can be worth with these two. */
export function basisOf({ source, target }: Both): Exclude<VerificationBasis, 'counts'> {
  const walkable = [source, target].filter(({ able }) => able.can('scan')).length;
  return walkable === 2 ? 'both' : walkable === 1 ? 'one' : 'drawn';
}

/** The target reads along with the source, and serves nobody yet. */
export const UNPACED: Pace = { spend: async () => undefined };
const PROGRESS_EVERY_MS = 1_000;

/** What holds for reading both sides. */
export interface Terms {
  readonly rules: ExpiryRules;
  /** Payloads of DUMP are comparable. */
  readonly sameVersion: boolean;
  /** Fields of hashes have expiries of their own. */
  readonly fieldExpiries: boolean;
}

export async function termsOf({ source, target }: Both): Promise<Terms> {
  const [one, other] = [source.identity, target.identity];
  return {
    rules: expiryRules(source, target),
    sameVersion: one.product === other.product && one.version === other.version && source.able.can('scripts'),
    fieldExpiries: (await hasFieldExpiries(source)) || (await hasFieldExpiries(target)),
  };
}

/** Readers of both sides, key by key. `pace` is for the source. */
export function prepare(run: Run, { source, target }: Both, terms: Terms, pace: Pace): Compared {
  const { rules, sameVersion, fieldExpiries } = terms;
  const { clock, signal } = run;
  const { burst, chunks } = READS[run.pace];
  const limits = { ...DEFAULT_SCAN_LIMITS, ...chunks, salt: randomBytes(16), fieldExpiries };
  const reader = (peer: Peer, paced: Pace) =>
    createSideReader({
      connection: peer.connection,
      limits: { ...limits, inChunks: peer.able.can('scan') },
      expiry: expiryReads(peer, rules === EXACT_EXPIRY),
      sameVersion,
      burst,
      pace: paced,
      clock,
    });
  return {
    source: reader(source, pace),
    target: reader(target, UNPACED),
    rules,
    inStep: createInStep(source, target, clock, signal),
    tally: createTally(),
    clock,
    signal,
  };
}

/** Where not both sides were walked, counts that differ are a finding of their own. */
export function withCounts(found: Found, counts: SettledCounts, basis: VerificationBasis): Found {
  if (basis === 'both') return found;
  return {
    ...found,
    differences: [...counts.differences, ...found.differences].slice(0, NAMED_DIFFERENCES),
    differenceCount: found.differenceCount + counts.differences.length,
  };
}

/** Adds to what is compared, and tells it at most once a second. */
export function progress({ clock, onProgress }: Run, totalKeys: number): (keys: number) => void {
  let comparedKeys = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return (keys) => {
    comparedKeys += keys;
    const now = clock.monotonicMs();
    if (now - toldAt < PROGRESS_EVERY_MS) return;
    toldAt = now;
    onProgress(comparedKeys, Math.max(comparedKeys, totalKeys));
  };
}
