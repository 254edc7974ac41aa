// How the writes of a pair go over, from the versions that were found at the start. Chooses nothing itself:
// migration/route.ts does.

import {
  type CutoverOrder,
  type CutoverOutcome,
  type Direction,
  newSide,
  oldSide,
  type PairOffsets,
} from '../migration/cutover.ts';
import { FerryError } from '../migration/errors.ts';
import type { PairIdentity, State, WayBack } from '../migration/migration.ts';
import { type Route, routeBetween } from '../migration/route.ts';
import type { Session } from './session.ts';

/** From the side that gives its writes up to the one that takes them. */
export function routeOf(identity: PairIdentity, direction: Direction): Route {
  return routeBetween(identity[oldSide(direction)], identity[newSide(direction)]);
}

/** Of a pair of a migration that was started. */
export function sessionRoute(session: Session, index: number, direction: Direction): Route {
  const identity = identitiesOf(session.migration.state)[index];
  if (identity === undefined)
    throw new FerryError(
      'not-started',
      `${session.migration.id} does not know the servers of pair ${index}.`,
    );
  return routeOf(identity, direction);
}

/** Empty before the start, and where nothing of it is left. */
export function identitiesOf(state: State): readonly PairIdentity[] {
  if (state.phase === 'needs-human') return identitiesOf(state.from);
  return 'identities' in state ? state.identities : [];
}

/** One pair whose old side cannot follow is enough: all of them are promoted first. */
export function orderOf(routes: readonly Route[]): CutoverOrder {
  return routes.every(({ demotion }) => demotion === 'follow') ? 'demote-first' : 'promote-first';
}

/** What the promotion is recorded with; null where a marker was the proof. */
export function finalOffsetsOf(offsets: readonly PairOffsets[]): CutoverOutcome['finalOffsets'] {
  return offsets.map(({ final }) => final);
}

/** Open where the plan says that the old server can follow; watching measures it from then on. */
export function wayBackAfter(session: Session, direction: Direction): WayBack {
  const { state } = session.migration;
  if (direction === 'back') return { state: 'closed', why: 'it was used' };
  const plan = 'plan' in state ? state.plan : null;
  const closed = plan?.pairs.find((pair) => !pair.wayBack.possible);
  return closed === undefined
    ? { state: 'open', lagBytes: null }
    : { state: 'closed', why: closed.wayBack.why };
}
