// Behind a password a follower that never logged in is refused once a second, and the refusals come in its stream,
// where it counts them and the old side does not (Redis 2.8 to 5.0). It has everything, but its offset is ahead: where
// its link breaks next, or where the old side follows it, the stream would go on at a wrong place (I2).

import { type Direction, newSide, oldSide } from '../migration/cutover.ts';
import { FerryError } from '../migration/errors.ts';
import type { Hold } from '../migration/route.ts';
import { pathBetween } from '../migration/version-paths.ts';
import { identitiesOf, sessionRoute } from './routing.ts';
import type { Session } from './session.ts';

const TIMEOUT_MS = 1_000;

/** May the new side have counted refusals behind this hold? */
export function mayHaveCounted(session: Session, direction: Direction, index: number, hold: Hold): boolean {
  const neverLoggedIn = hold.kind === 'password' && 'text' in hold.was && hold.was.text === '';
  const { through, demotion } = sessionRoute(session, index, direction);
  return neverLoggedIn && through === 'direct' && demotion !== 'password';
}

/**
 * The new side takes a new snapshot. false: not this one, which could not read it and would lose what it has (I5).
 * Throws where it does not do it.
 */
export async function beginAnew(session: Session, direction: Direction, index: number): Promise<boolean> {
  const identity = identitiesOf(session.migration.state)[index];
  const side = newSide(direction);
  if (identity === undefined || pathBetween(identity[oldSide(direction)], identity[side]).kind === 'no')
    return false;
  const control = await session.control(index, side, TIMEOUT_MS);
  const address = session.workflow.replication.addressToFollow(session.pair(index), direction);
  const anew = await control.followAnew(address, TIMEOUT_MS);
  if (anew.kind !== 'done') throw new FerryError('not-anew', anew.why);
  return true;
}
