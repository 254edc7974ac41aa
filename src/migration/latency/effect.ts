// What a verdict does to a migration, by the policy of its environment. A spike alone does nothing here: the
// verdict is what rose and stayed. Unknown holds, whatever the policy says (I10).

import type { State } from '../migration.ts';
import type { LatencyPolicy } from '../policy.ts';
import { writesGoTo } from '../questions.ts';
import type { Incident } from './incident.ts';
import type { LatencyRecord } from './summary.ts';
import type { LatencyVerdict } from './verdict.ts';

/** Does this verdict keep a promotion from being asked for or begun? */
export function holdsPromotion(verdict: LatencyVerdict, { onBreach }: LatencyPolicy): boolean {
  switch (verdict) {
    case 'unknown':
      return true;
    case 'breached':
      return onBreach !== 'notify';
    case 'strained':
    case 'steady':
      return false;
  }
}

/** Is the sync to be stopped? Only before anything was promoted, and never in the middle of a cutover. */
export function stopsSync(verdict: LatencyVerdict, { onBreach }: LatencyPolicy, state: State): boolean {
  return (
    verdict === 'breached' &&
    onBreach === 'abort' &&
    (state.phase === 'syncing' || state.phase === 'following')
  );
}

/** What an incident's message says that Ferry did. */
export function effectOf(verdict: LatencyVerdict, policy: LatencyPolicy, state: State): Incident['effect'] {
  if (stopsSync(verdict, policy, state)) return 'aborted';
  const mayPromote = state.phase === 'syncing' || state.phase === 'following';
  return mayPromote && holdsPromotion(verdict, policy) ? 'promotion-held' : 'none';
}

/** Why a promotion is held, completing "because …"; null: it is not. */
export function whyHeld(latency: LatencyRecord, policy: LatencyPolicy, name: string): string | null {
  if (!holdsPromotion(latency.verdict, policy)) return null;
  return latency.verdict === 'unknown'
    ? `the latency of ${name} is not known: ${latency.why}`
    : `the latency of ${name} is breached: ${latency.why}`;
}

/** The server whose latency clients feel. While nobody takes writes it is the one that took them before. */
export function clientsSide(state: State): 'source' | 'target' {
  if (state.phase === 'needs-human') return clientsSide(state.from);
  const writes = writesGoTo(state);
  if (writes === 'source' || writes === 'target') return writes;
  return state.phase === 'reverting' ? 'target' : 'source';
}
