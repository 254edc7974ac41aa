// Verification in the background of an owner: started when it is due, its result taken when it is there.

import type { Following } from '../migration/migration.ts';
import type { VerificationBasis, VerificationResult } from '../migration/verification.ts';
import { anyOf } from './any-of.ts';
import type { Notes } from './notes.ts';
import type { Session } from './session.ts';

const RETRY_MS = 10_000;

/** A fresh result to record, once; null: running, or not due. Never waits. */
export function verifyAgain(
  session: Session,
  state: Following,
  notes: Notes,
  everyMs: number,
): VerificationResult | null {
  const run = notes.verification;
  const now = session.workflow.clock.monotonicMs();
  if (run?.kind === 'running') return null;
  if (run?.kind === 'finished') {
    notes.stopVerification();
    return run.result;
  }
  if (run?.kind === 'failed' && now - run.at < RETRY_MS) return null;
  const last = state.verification;
  if (last === null || session.now() - last.finishedAt >= Math.max(everyMs, tookMs(last))) {
    start(session, notes);
  }
  return null;
}

/** A comparison that takes long rests as long before the next one: the source is in use (I11). */
function tookMs({ startedAt, finishedAt }: VerificationResult): number {
  return finishedAt - startedAt;
}

function start(session: Session, notes: Notes): void {
  const abort = new AbortController();
  notes.verification = { kind: 'running', abort };
  const ends = anyOf([abort.signal, session.signal]);
  const { signal } = ends;
  const verified = verifyPairs(session, notes, signal).then(
    (result) => {
      if (!signal.aborted) notes.verification = { kind: 'finished', result };
    },
    (error: unknown) => {
      if (signal.aborted) return;
      session.log.warn({ err: error }, 'verification failed; it is tried again');
      notes.verification = { kind: 'failed', error, at: session.workflow.clock.monotonicMs() };
    },
  );
  void verified.finally(() => ends.end());
}

/** All pairs one after the other, so that their reading adds up to one verification's load (I11). */
async function verifyPairs(session: Session, notes: Notes, signal: AbortSignal): Promise<VerificationResult> {
  const { pairs, policy } = session.migration;
  const startedAt = session.now();
  const results: VerificationResult[] = [];
  for (const pair of pairs) {
    const onProgress = (comparedKeys: number, totalKeys: number) => {
      notes.verificationProgress = { comparedKeys, totalKeys };
    };
    const options = { pace: policy.verificationPace, signal, onProgress };
    results.push(await session.workflow.verifier.verify(pair, policy.verification, options));
  }
  return { ...merge(results), startedAt, finishedAt: session.now() };
}

const NAMED_DIFFERENCES = 100;

/** From worth most to worth least. */
const BASES: readonly VerificationBasis[] = ['both', 'one', 'drawn', 'counts'];

function merge(results: readonly VerificationResult[]): VerificationResult {
  const [first] = results;
  if (first === undefined) throw new RangeError('a migration without pairs');
  const sum = (figure: (result: VerificationResult) => number) =>
    results.reduce((total, result) => total + figure(result), 0);
  return {
    ...first,
    // What all pairs together are worth is what the weakest is.
    basis: BASES.findLast((basis) => results.some((result) => result.basis === basis)) ?? first.basis,
    comparedKeys: sum((result) => result.comparedKeys),
    comparedBytes: sum((result) => result.comparedBytes),
    sourceKeys: sum((result) => result.sourceKeys),
    targetKeys: sum((result) => result.targetKeys),
    differences: results.flatMap((result) => result.differences).slice(0, NAMED_DIFFERENCES),
    differenceCount: sum((result) => result.differenceCount),
    unsettledCount: sum((result) => result.unsettledCount),
    unsettled: results.flatMap((result) => result.unsettled).slice(0, NAMED_DIFFERENCES),
  };
}
