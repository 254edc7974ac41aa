// Ferry's keys at the end of a migration, while the former primary still follows: what is deleted on the side that
// takes writes is deleted there too. Once it is parked nobody can, and the next migration would find it guarded.

import { type Direction, newSide, oldSide } from '../migration/cutover.ts';
import { roleOf } from './roles.ts';
import { CONTROL_TIMEOUT_MS, type Session } from './session.ts';

const ARRIVES_WITHIN_MS = 2_000;
const LOOK_MS = 20;

/** `direction`: of the cutover that is being closed. Where it does not follow, or not in time, the keys expire there. */
export async function clearFollower(session: Session, direction: Direction): Promise<void> {
  for (const index of session.migration.pairs.keys()) {
    try {
      await clearOne(session, index, direction);
    } catch (error) {
      session.assertOwner();
      session.log.warn({ err: error }, "Ferry's keys on the former primary expire by themselves");
    }
  }
}

async function clearOne(session: Session, index: number, direction: Direction): Promise<void> {
  const { clock } = session.workflow;
  const follower = await session.control(index, oldSide(direction));
  const observed = await follower.observe(CONTROL_TIMEOUT_MS);
  const follows =
    roleOf(observed) === 'follows-peer' && observed.role.kind === 'replica' && observed.role.linkUp;
  if (!follows || !(await follower.hasOwnKeys(CONTROL_TIMEOUT_MS))) return;
  const writable = await session.control(index, newSide(direction));
  const removed = await writable.removeOwnKeys(CONTROL_TIMEOUT_MS);
  if (removed.kind !== 'done') {
    session.log.warn({ why: removed.why }, "Ferry's keys on the former primary expire by themselves");
    return;
  }
  const since = clock.monotonicMs();
  while (await follower.hasOwnKeys(CONTROL_TIMEOUT_MS)) {
    if (clock.monotonicMs() - since > ARRIVES_WITHIN_MS) return;
    await clock.sleep(LOOK_MS, session.signal);
  }
}
