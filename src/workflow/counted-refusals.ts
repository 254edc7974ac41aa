// Behind a password a follower that never logged in is refused once a second, and the refusals come in its stream,
// where it counts them and the old side does not (Redis 2.8 to 5.0). It has everything, but its offset is ahead: where
// its link breaks next, or where the old side follows it, the stream would go on at a wrong place (I2).

import { type Cutover, newSide } from '../migration/cutover.ts';
import type { Hold } from '../migration/route.ts';
import type { ActResult } from './ports.ts';
import { sessionRoute } from './routing.ts';
import type { Session } from './session.ts';

/** After an undone attempt: the new side takes a new snapshot where it may have counted. null: it need not. */
export async function followAnew(
  session: Session,
  cutover: Cutover,
  index: number,
  hold: Hold,
  timeoutMs: number,
): Promise<ActResult<void> | null> {
  const { direction } = cutover;
  const neverLoggedIn = hold.kind === 'password' && 'text' in hold.was && hold.was.text === '';
  const { through, demotion } = sessionRoute(session, index, direction);
  if (!neverLoggedIn || through === 'relay' || demotion === 'password') return null;
  const address = session.workflow.replication.addressToFollow(session.pair(index), direction);
  const control = await session.control(index, newSide(direction), timeoutMs);
  return control.followAnew(address, timeoutMs);
}
