// A server that was restarted or exchanged while it synced or followed. Where it is still what Ferry made of it, the
// question offers to go on with exactly this run of it; what else it may be, a person finds out.

import type { Event } from '../../migration/events.ts';
import { type Identity, SIDES, type Side, sameRun } from '../../migration/instance.ts';
import type { Answer, Following, PairIdentity, Syncing } from '../../migration/migration.ts';
import { usualAnswers } from '../../migration/phases/needs-human.ts';
import { type PairObservation, type ServerObservation, totalKeys } from '../../migration/progress.ts';
import { takenAs } from '../../migration/task.ts';
import type { Session } from '../session.ts';

interface Exchanged {
  readonly side: Side;
  readonly name: string;
  readonly known: Identity;
  readonly seen: ServerObservation;
}

/**
 * For a pair whose servers have the roles that they should have; null: they are the runs that are recorded. A server
 * that still loads is looked at again first: what it holds is not known before.
 */
export async function exchanged(
  session: Session,
  index: number,
  state: Syncing | Following,
  observation: PairObservation,
): Promise<Event | null> {
  const identity = state.identities[index];
  if (identity === undefined) return null;
  const servers = SIDES.flatMap((side): Exchanged[] => {
    const seen = observation[side];
    const known = identity[side];
    if (seen === null || sameRun(seen.runId, known.runId)) return [];
    return [{ side, name: session.pair(index)[side].name, known, seen }];
  });
  if (servers.length === 0 || servers.some(({ seen }) => seen.loading)) return null;
  const names = servers.map(({ name }) => name).join(' and ');
  const facts = servers.flatMap((server) => factsOf(server, state.plan.pairs[index]?.sourceKeys ?? null));
  const question = `${names} ${servers.length === 1 ? 'was' : 'were'} restarted or exchanged. Is the data what it should be?`;
  const now = await newIdentity(session, index, identity, servers);
  const answers = usualAnswers(state);
  if (typeof now === 'string') return { kind: 'stuck', question, facts: [...facts, now], answers };
  return {
    kind: 'stuck',
    question,
    facts: [...facts, ...carriedOver(session, index, servers)],
    answers: answers.map((answer) => (answer.id === 'recheck' ? goOn(session, index, servers) : answer)),
    accepts: state.identities.map((each, pair) => (pair === index ? now : each)),
  };
}

function factsOf({ side, name, known, seen }: Exchanged, plannedKeys: number | null): readonly string[] {
  const counted =
    side === 'source' && plannedKeys !== null ? `; the plan counted ${plannedKeys} on the source` : '';
  return [
    `The run id of ${name} was ${shortened(known.runId)} at the start and is ${shortened(seen.runId)} now.`,
    `${name} holds ${totalKeys(seen.keysByDb)} keys now${counted}.`,
  ];
}

/**
 * Who the servers are now, locked for this migration (I6) before anybody can accept them; a sentence: why they cannot
 * be accepted. Only the run may be another one: the plan stands on product and version.
 */
async function newIdentity(
  session: Session,
  index: number,
  identity: PairIdentity,
  servers: readonly Exchanged[],
): Promise<PairIdentity | string> {
  const { records } = session.workflow;
  let now = identity;
  for (const { side, name, known, seen } of servers) {
    const found = await identityNow(session, index, side);
    if (found === null || !sameRun(found.runId, seen.runId))
      return `${name} does not say who it is now, so Ferry cannot go on with it yet.`;
    if (found.product !== known.product || found.version !== known.version)
      return `${name} ran ${known.product} ${known.version} when it was surveyed and runs ${found.product} ${found.version} now; that needs a new plan.`;
    now = { ...now, [side]: found };
  }
  const runIds = servers.map(({ side }) => now[side].runId);
  const holder = await records.lockRunIds(session.owner.uid, runIds);
  return holder === null ? now : `One of these servers is ${takenAs(holder)}.`;
}

async function identityNow(session: Session, index: number, side: Side): Promise<Identity | null> {
  try {
    const { identity } = await session.workflow.servers.describe(session.pair(index)[side]);
    return identity;
  } catch (error) {
    session.assertOwner();
    session.log.warn({ err: error, side }, 'a restarted server does not say who it is');
    return null;
  }
}

/** The follower does not wait for anybody's answer. */
function carriedOver(session: Session, index: number, servers: readonly Exchanged[]): readonly string[] {
  if (!servers.some(({ side }) => side === 'source')) return [];
  const { source, target } = session.pair(index);
  return [`${target.name} follows ${source.name} by itself, so it takes over what ${source.name} holds now.`];
}

function goOn(session: Session, index: number, servers: readonly Exchanged[]): Answer {
  const { source, target } = session.pair(index);
  const lost = servers.some(({ side }) => side === 'source')
    ? `Whatever ${source.name} lost in the restart is lost for its clients already.`
    : `${source.name} was not restarted.`;
  return {
    id: 'recheck',
    label: `Go on with the restarted ${servers.map(({ name }) => name).join(' and ')}`,
    effect: `${lost} ${target.name} takes a new snapshot unless it can go on from where it was; the data is compared again, and approval is asked anew.`,
  };
}

/** A run id is long; `process-…` of 2.4 is told apart by its end. */
function shortened(runId: string): string {
  return runId.startsWith('process-') ? runId : runId.slice(0, 8);
}
