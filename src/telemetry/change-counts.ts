// What a recorded event adds to the counts: changes of phase, ends of cutovers, comparisons.

import type { Direction } from '../migration/cutover.ts';
import type { Migration, State } from '../migration/migration.ts';
import { type VerificationResult, verdictOf } from '../migration/verification.ts';
import type { Recorded } from '../workflow/metrics-port.ts';
import type { Metrics } from './metrics.ts';

export function countChange(metrics: Metrics, change: Recorded): void {
  countPhase(metrics, change);
  countCutover(metrics, change);
  if (change.event.kind !== 'verified') return;
  metrics.verifications.inc({ result: verdictOf(change.event.result) });
  show(metrics, change.after.id, change.event.result);
}

/** An owner that took over shows what is in the record. */
export function showVerification(metrics: Metrics, { id, state }: Migration): void {
  if ('verification' in state && state.verification !== null) show(metrics, id, state.verification);
}

function show(metrics: Metrics, migration: string, result: VerificationResult): void {
  metrics.comparedKeys.set({ migration }, result.comparedKeys);
  metrics.differences.set({ migration }, result.differenceCount);
  metrics.unsettled.set({ migration }, result.unsettledCount);
}

function countPhase(metrics: Metrics, { before, after }: Recorded): void {
  const [from, to] = [before.state.phase, after.state.phase];
  if (from === to) return;
  metrics.transitions.inc({ from, to });
  const enteredAt = before.timeline.at(-1)?.at ?? before.requestedAt;
  const leftAt = after.timeline.at(-1)?.at ?? enteredAt;
  metrics.phaseSeconds.observe({ phase: from }, Math.max(0, leftAt - enteredAt) / 1_000);
}

/** A fence that nobody timed, because its owner ended, is not observed (I10). */
function countCutover(metrics: Metrics, { before, event }: Recorded): void {
  const direction = directionOf(before.state);
  if (direction === null) return;
  const count = (result: 'promoted' | 'undone' | 'stuck', fenceMs: number | null): void => {
    metrics.cutovers.inc({ direction, result });
    if (fenceMs !== null) metrics.fence.observe({ direction, result }, fenceMs / 1_000);
  };
  if (event.kind === 'promoted') count('promoted', event.outcome.fenceTimeMs);
  if (event.kind === 'undone') count('undone', event.pausedMs);
  if (event.kind === 'stuck') count('stuck', null);
}

/** null: no attempt is under way. */
function directionOf(state: State): Direction | null {
  if (state.phase === 'cutting-over') return state.cutover.direction;
  return state.phase === 'reverting' && state.back === null ? state.cutover.direction : null;
}
