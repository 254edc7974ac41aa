// What the probe's news change in a migration: the same in every phase, and in following and syncing also what
// the verdict does there. A verdict never touches a cutover under way, a watch or a revert.

import { type Answered, type Change, notNow, type Saying, event as said } from '../change.ts';
import type { Event } from '../events.ts';
import { holdsPromotion, stopsSync, whyHeld } from '../latency/effect.ts';
import type { Incident } from '../latency/incident.ts';
import type { LatencyRecord } from '../latency/summary.ts';
import type { Following, Migration, State } from '../migration.ts';
import { isOver } from '../questions.ts';
import { unasked, withdraw } from './approval-round.ts';

/** Who aborts, where nobody clicked. */
const FERRY = 'ferry';

type LatencyEvent = Extract<Event, { kind: 'latency-judged' | 'incident-changed' | 'latency-summed' }>;

export function isAboutLatency(event: Event): event is LatencyEvent {
  return (
    event.kind === 'latency-judged' || event.kind === 'incident-changed' || event.kind === 'latency-summed'
  );
}

export function latencyChanged(migration: Migration, event: LatencyEvent, now: number): Answered {
  const { state, latency } = migration;
  if (isOver(state)) return notNow(migration, event.kind);
  switch (event.kind) {
    case 'latency-judged':
      return judged(migration, { ...latency, verdict: event.verdict, why: event.why, since: now });
    case 'incident-changed':
      return incidentChanged(migration, event.incident);
    case 'latency-summed': {
      const stages = { ...latency.stages, [event.stage]: event.summary };
      return { state, latency: { ...latency, stages } };
    }
  }
}

function judged(migration: Migration, latency: LatencyRecord): Change {
  const { state, policy, pairs } = migration;
  const held = holdsPromotion(latency.verdict, policy.latency);
  if (stopsSync(latency.verdict, policy.latency, state)) return { ...stopped(migration, state), latency };
  if (state.phase !== 'following') return { state, latency };
  const name = pairs[0]?.source.name ?? 'the source';
  // Not known is waited for, at the gates as well; what was seen to be slow takes the approvals back (I4).
  if (latency.verdict === 'breached' && held && state.askedAt !== null) {
    const reason = whyHeld(latency, policy.latency, name) ?? '';
    return { ...withdraw(migration, state, unasked(state), reason, null), latency };
  }
  const wasHeld = holdsPromotion(migration.latency.verdict, policy.latency);
  // Approval is asked for with a comparison of the data as it is now.
  const next = wasHeld && !held && state.askedAt === null ? { ...state, verification: null } : state;
  return { state: next, latency };
}

function stopped(migration: Migration, state: State): Change {
  if (state.phase !== 'syncing' && state.phase !== 'following') return { state };
  const { plan, identities } = state;
  const next: State = { phase: 'aborting', by: FERRY, from: state.phase, plan, identities };
  const waitsForLoad = state.phase === 'syncing' && state.progress.some(({ stage }) => stage === 'loading');
  const told: Saying = said({ kind: 'aborting', by: FERRY, waitsForLoad });
  if (state.phase === 'syncing') return { state: next, digest: '', say: [told] };
  const change = withdraw(migration, state satisfies Following, next, 'aborted', null);
  return { ...change, say: [...(change.say ?? []), told] };
}

function incidentChanged(migration: Migration, incident: Incident): Answered {
  const { state, latency } = migration;
  if (incident.number > latency.incidents + 1) return notNow(migration, 'incident-changed');
  const others = latency.open.filter(({ number }) => number !== incident.number);
  const open = incident.overAt === null ? [...others, incident] : others;
  return {
    state,
    latency: {
      ...latency,
      incidents: Math.max(latency.incidents, incident.number),
      toldUntilAt: Math.max(latency.toldUntilAt, incident.lastAt),
      open,
    },
    say: [incidentTold(incident)],
  };
}

/** Nobody measures any more: what lasts is told once more, and its words say so. */
export function leftOpen({ state, latency }: Migration): readonly Saying[] {
  return isOver(state) ? latency.open.map(incidentTold) : [];
}

function incidentTold(incident: Incident): Saying {
  return { weight: 'incident', key: `incident:${incident.number}`, body: { kind: 'incident', incident } };
}
