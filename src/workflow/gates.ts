// Everything that must be true, freshly measured, before the fence. A missing measurement never passes (I10).

import { type Direction, newSide, oldSide } from '../migration/cutover.ts';
import { formatAddress } from '../migration/instance.ts';
import type { PairIdentity } from '../migration/migration.ts';
import { isOpen } from '../migration/window.ts';
import type { CutoverControls } from './cutover.ts';
import { roleOf } from './roles.ts';
import type { Session } from './session.ts';

const LOOK_TIMEOUT_MS = 1_000;
/** Longer than three times the longest fence (4 s), and over soon enough for a successor to act within 15 s (I3). */
const LEASE_OVER_MS = 500;

export type Gates =
  | { readonly kind: 'passed'; readonly controls: readonly CutoverControls[] }
  | { readonly kind: 'held'; readonly reason: string };

/**
 * Lease, window, identities, roles, lag and warm control connections. Leaves the lease long enough for a
 * cutover: longer than three times its budget, and still short enough that a successor ends a hold in 15 s (I3).
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
  session.leaseMs = policy.cutover.fenceMs * 3 + LEASE_OVER_MS;
  if (!(await session.renew())) return held('this worker is not the owner any more');
  const controls: CutoverControls[] = [];
  for (const index of session.migration.pairs.keys()) {
    const gate = await passPair(session, direction, index, identities[index]);
    if (typeof gate === 'string') return held(gate);
    controls.push(gate);
  }
  return { kind: 'passed', controls };
}

async function passPair(
  session: Session,
  direction: Direction,
  index: number,
  identity: PairIdentity | undefined,
): Promise<CutoverControls | string> {
  const { replication, clock } = session.workflow;
  const { policy } = session.migration;
  const pair = session.pair(index);
  const old = pair[oldSide(direction)];
  const fresh = pair[newSide(direction)];
  const observation = await replication.observe(pair, direction);
  if (observation.lagBytes === null || observation.lagMs === null) {
    return `the lag of ${fresh.name} could not be measured`;
  }
  if (observation.lagBytes > policy.cutover.maxLagBytes) {
    return `${fresh.name} is ${observation.lagBytes} bytes behind, over the budget of ${policy.cutover.maxLagBytes}`;
  }
  const controls = {
    old: await session.control(index, oldSide(direction)),
    new: await session.control(index, newSide(direction)),
  };
  // The last word before the fence comes over the very connections that will act, and warms them.
  const startedMs = clock.monotonicMs();
  const [oldSeen, newSeen] = await Promise.all([
    controls.old.observe(LOOK_TIMEOUT_MS),
    controls.new.observe(LOOK_TIMEOUT_MS),
  ]);
  if (clock.monotonicMs() - startedMs > policy.cutover.fenceMs / 4) return 'the servers answer too slowly';
  if (roleOf(oldSeen) !== 'primary') return `${old.name} is not a primary`;
  if (roleOf(newSeen) !== 'follows-peer')
    return `${fresh.name} does not follow ${formatAddress(old.replicationAddress)}`;
  if (
    identity === undefined ||
    oldSeen.runId !== identity[oldSide(direction)].runId ||
    newSeen.runId !== identity[newSide(direction)].runId
  ) {
    return 'a server was restarted or exchanged since the start';
  }
  // The new side's guard came anew with the snapshot, and a watch from before would refuse the promotion once:
  // a round trip under the fence. Watched afresh here, each act is sent exactly once.
  const armed = await Promise.all([controls.old.arm(LOOK_TIMEOUT_MS), controls.new.arm(LOOK_TIMEOUT_MS)]);
  if (armed.includes(false)) return 'the control connections are not ready';
  return controls;
}

function held(reason: string): Gates {
  return { kind: 'held', reason };
}
