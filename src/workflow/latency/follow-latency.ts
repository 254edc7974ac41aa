// What the probes have shown since the last look, as events of the migration: verdicts, incidents, summaries.
// It records and tells; what a verdict does is the lifecycle's to decide.

import { effectOf } from '../../migration/latency/effect.ts';
import { type Incident, incidentOf, worse } from '../../migration/latency/incident.ts';
import { addTo, LATENCY_STAGES, type StageMarks } from '../../migration/latency/summary.ts';
import type { Judgement, LatencyVerdict } from '../../migration/latency/verdict.ts';
import type { Migration, State } from '../../migration/migration.ts';
import type { Session } from '../session.ts';
import type { ObservedServer } from './observed-server.ts';

/** An incident that goes on is told anew at most this often: Slack takes 50 edits a minute from all of Ferry. */
const TELL_EVERY_MS = 10_000;
/** What was measured is in the record after this at the latest. */
const SUM_EVERY_MS = 60_000;
/** A server that could not be measured from the start is an incident only after this. */
const FIRST_SIGHT_SECONDS = 15;

/** One look at all probes. Gives false when it changed the phase: what was planned for this tick is void. */
export async function followLatency(session: Session): Promise<boolean> {
  const { phase } = session.migration.state;
  session.latency.look();
  await judge(session);
  for (const server of session.latency.forClients()) await tellIncident(session, server);
  await sumUp(session);
  return session.migration.state.phase === phase;
}

async function judge(session: Session): Promise<void> {
  const servers = session.latency.forClients();
  // A new owner lets the record's verdict stand until its probes have spoken.
  if (servers.length === 0 || servers.some(({ heard }) => !heard)) return;
  const { verdict, why } = servers
    .map(({ track }) => track.judgement)
    .reduce((worst, each) => (worse(worst.verdict, each.verdict) === worst.verdict ? worst : each));
  const recorded = session.migration.latency;
  const news = verdict !== recorded.verdict || (verdict === 'unknown' && !sameReason(why, recorded.why));
  if (news) await session.apply({ kind: 'latency-judged', verdict, why });
}

/** Seconds that run are no other reason. */
function sameReason(a: string, b: string): boolean {
  return a.replace(/\d+/g, '#') === b.replace(/\d+/g, '#');
}

async function tellIncident(session: Session, server: ObservedServer): Promise<void> {
  const { migration } = session;
  const { latency, policy, state } = migration;
  const nowMs = session.workflow.clock.monotonicMs();
  const before = latency.open.find((each) => each.pair === server.pair && each.side === server.side) ?? null;
  const judgement = worthTelling(server, nowMs);
  const incident = incidentOf(
    before,
    { stalls: server.stalls, earlier: server.earlier },
    {
      number: latency.incidents + 1,
      pair: server.pair,
      side: server.side,
      now: server.track.seconds.at(-1)?.at ?? session.now(),
      judgement,
      effect: effectOf(judgement.verdict, policy.latency, state),
      policy: policy.latency,
    },
  );
  if (incident === null) {
    server.stalls.clear();
    return;
  }
  const urgent = before === null || incident.overAt !== null || isNews(before, incident);
  const changed = JSON.stringify(before) !== JSON.stringify(incident);
  if (!changed || (!urgent && nowMs - server.toldMs < TELL_EVERY_MS)) return;
  if (!(await session.apply({ kind: 'incident-changed', incident }))) return;
  server.toldMs = nowMs;
  if (incident.overAt === null) return;
  server.stalls.clear();
  server.earlier = null;
}

/** Until a server was seen at all it is only not known yet; that is no incident for a while. */
function worthTelling(server: ObservedServer, nowMs: number): Judgement {
  const { judgement, seconds } = server.track;
  const notSeenYet = judgement.verdict === 'unknown' && seconds.every(({ pings }) => pings === 0);
  if (!notSeenYet || server.silentSeconds(nowMs) > FIRST_SIGHT_SECONDS) return judgement;
  const waitedSeconds = seconds.length;
  return waitedSeconds > FIRST_SIGHT_SECONDS ? judgement : { ...judgement, verdict: 'steady', why: '' };
}

function isNews(before: Incident, now: Incident): boolean {
  const known: LatencyVerdict = before.verdict;
  return now.verdict !== known || now.effect !== before.effect || now.cause?.kind !== before.cause?.kind;
}

async function sumUp(session: Session): Promise<void> {
  const { clock } = session.workflow;
  const due = clock.monotonicMs() - session.latency.summedMs >= SUM_EVERY_MS;
  if (!due && !isEnding(session.migration.state)) return;
  session.latency.summedMs = clock.monotonicMs();
  const { stallMs } = session.migration.policy.latency;
  const marks = marksOf(session.migration);
  for (const stage of LATENCY_STAGES) {
    const pieces = session.latency.servers.map((server) => server.takeUnsummed(stage, marks));
    const seconds = pieces.flatMap((piece) => piece.seconds);
    if (seconds.length === 0) continue;
    const stalls = pieces.flatMap((piece) => piece.stalls).filter(({ lengthMs }) => lengthMs >= stallMs);
    const summary = addTo(session.migration.latency.stages[stage], seconds, stalls);
    await session.apply({ kind: 'latency-summed', stage, summary });
  }
}

/** The next step may be the last one: what was measured must be in the record for the report. */
function isEnding(state: State): boolean {
  return (
    state.phase === 'aborting' ||
    (state.phase === 'watching' && state.closing !== null) ||
    (state.phase === 'reverting' && state.back !== null)
  );
}

function marksOf({ timeline }: Migration): StageMarks {
  const first = (phase: Migration['state']['phase']) =>
    timeline.find((entry) => entry.phase === phase)?.at ?? null;
  return { syncAt: first('syncing'), promotedAt: first('watching') };
}
