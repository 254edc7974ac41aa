// Everything that must be true, freshly measured, before the fence. A missing measurement never passes (I10).

import { type CutoverOrder, type Direction, newSide, oldSide } from '../migration/cutover.ts';
import { formatAddress, sameRun } from '../migration/instance.ts';
import { whyHeld } from '../migration/latency/effect.ts';
import type { PairIdentity } from '../migration/migration.ts';
import type { Route } from '../migration/route.ts';
import { isOpen } from '../migration/window.ts';
import type { CutoverPair } from './cutover.ts';
import { followLatency } from './latency/follow-latency.ts';
import type { Canary, ControlConnection } from './ports.ts';
import { roleOf } from './roles.ts';
import { orderOf, routeOf } from './routing.ts';
import type { Session } from './session.ts';

const LOOK_TIMEOUT_MS = 1_000;
/** The probe hands over every second. */
const FRESH_SECONDS = 3;
/** Longer than three times the longest fence (4 s), and over soon enough for a successor to act within 15 s (I3). */
const LEASE_OVER_MS = 500;

export type Gates =
  | { readonly kind: 'passed'; readonly order: CutoverOrder; readonly pairs: readonly CutoverPair[] }
  | { readonly kind: 'held'; readonly reason: string };

/** Both ends of a pair. */
type Ends = Pick<CutoverPair, 'old' | 'new'>;

/**
 * Lease, window, identities, roles, lag, warm control connections, and what the fence will change. Leaves the lease
 * long enough for a cutover: longer than three times its budget, and still short enough that a successor ends a
 * hold in 15 s (I3).
 */
export async function passGates(
  session: Session,
  direction: Direction,
  identities: readonly PairIdentity[],
): Promise<Gates> {
  const { policy } = session.migration;
  if (direction === 'forward' && !isOpen(policy.window, session.now())) {
    const { from, to, zone, days } = policy.window ?? { from: '', to: '', zone: '', days: [] };
    return held(`the cutover window is closed (${days.join(', ')} ${from} to ${to}, ${zone})`);
  }
  const slow = direction === 'forward' ? await whySlow(session) : null;
  if (slow !== null) return held(slow);
  session.leaseMs = policy.cutover.fenceMs * 3 + LEASE_OVER_MS;
  if (!(await session.renew())) return held('this worker is not the owner any more');
  const pairs: CutoverPair[] = [];
  for (const index of session.migration.pairs.keys()) {
    const gate = await passPair(session, direction, index, identities[index]);
    if (typeof gate === 'string') return held(gate);
    pairs.push(gate);
  }
  return { kind: 'passed', order: orderOf(pairs.map(({ route }) => route)), pairs };
}

/**
 * A promotion waits for a source that is not too slow, and that was measured until a moment ago. Not so a revert: it
 * may be the very way out.
 */
async function whySlow(session: Session): Promise<string | null> {
  await followLatency(session);
  const { latency, policy, state } = session.migration;
  if (state.phase !== 'following') return 'the latency is breached';
  const name = session.pair(0).source.name;
  const nowMs = session.workflow.clock.monotonicMs();
  const unheard = session.latency.forClients().find((server) => server.silentSeconds(nowMs) > FRESH_SECONDS);
  if (unheard !== undefined)
    return `the latency of ${session.pair(unheard.pair).source.name} is not measured right now`;
  return whyHeld(latency, policy.latency, name);
}

async function passPair(
  session: Session,
  direction: Direction,
  index: number,
  identity: PairIdentity | undefined,
): Promise<CutoverPair | string> {
  if (identity === undefined) return 'the servers of the start are not known';
  const route = routeOf(identity, direction);
  const ends: Ends = {
    old: await session.control(index, oldSide(direction)),
    new: await session.control(index, newSide(direction)),
  };
  const obstacle =
    (await whyBehind(session, direction, index, route, ends.old)) ??
    (await whyNotThemselves(session, direction, index, identity, ends));
  if (obstacle !== null) return obstacle;
  // What cannot be put back exactly is not begun (I3, I12).
  const attempt = session.migration.cutoverAttempts + 1;
  const planned = await ends.old.planHold(route.fence, attempt, LOOK_TIMEOUT_MS);
  if (planned.kind !== 'done') return planned.why;
  // The new side's guard came anew with the snapshot, and a watch from before would refuse the promotion once:
  // a round trip under the fence. Watched afresh here, each act is sent exactly once.
  const armed = await Promise.all([ends.old.arm(LOOK_TIMEOUT_MS), ends.new.arm(LOOK_TIMEOUT_MS)]);
  if (armed.includes(false)) return 'the control connections are not ready';
  return { ...ends, route, hold: planned.value };
}

/** Why the new side is not close enough, by offsets or, where there are none, by a canary; null: it is. */
async function whyBehind(
  session: Session,
  direction: Direction,
  index: number,
  route: Route,
  old: ControlConnection,
): Promise<string | null> {
  const { maxLagBytes } = session.migration.policy.cutover;
  const pair = session.pair(index);
  const { name } = pair[newSide(direction)];
  let canary: Canary | null = null;
  if (route.proof === 'marker') {
    const written = await old.writeCanary(LOOK_TIMEOUT_MS);
    if (written.kind !== 'done') return written.why;
    canary = written.value;
  }
  const { lagBytes, lagMs } = await session.workflow.replication.observe(pair, direction, canary);
  if (lagMs === null || (lagBytes === null && route.proof === 'offset'))
    return `the lag of ${name} could not be measured`;
  if (lagBytes !== null && lagBytes > maxLagBytes)
    return `${name} is ${lagBytes} bytes behind, over the budget of ${maxLagBytes}`;
  return null;
}

/** The last word before the fence comes over the very connections that will act, and warms them. null: all is as it was. */
async function whyNotThemselves(
  session: Session,
  direction: Direction,
  index: number,
  identity: PairIdentity,
  ends: Ends,
): Promise<string | null> {
  const { clock } = session.workflow;
  const { fenceMs } = session.migration.policy.cutover;
  const pair = session.pair(index);
  const old = pair[oldSide(direction)];
  const startedMs = clock.monotonicMs();
  const [oldSeen, newSeen] = await Promise.all([
    ends.old.observe(LOOK_TIMEOUT_MS),
    ends.new.observe(LOOK_TIMEOUT_MS),
  ]);
  if (clock.monotonicMs() - startedMs > fenceMs / 4) return 'the servers answer too slowly';
  if (roleOf(oldSeen) !== 'primary') return `${old.name} is not a primary`;
  if (roleOf(newSeen) !== 'follows-peer')
    return `${pair[newSide(direction)].name} does not follow ${formatAddress(pair.via ?? old.replicationAddress)}`;
  const same =
    sameRun(oldSeen.runId, identity[oldSide(direction)].runId) &&
    sameRun(newSeen.runId, identity[newSide(direction)].runId);
  return same ? null : 'a server was restarted or exchanged since the start';
}

function held(reason: string): Gates {
  return { kind: 'held', reason };
}
