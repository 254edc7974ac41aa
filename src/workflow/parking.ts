// Looks at both sides afresh before a former primary is set aside: the only one that takes writes is never parked,
// whoever made it a primary. What cannot be known is not assumed (I10).

import { FerryError } from '../migration/errors.ts';
import { otherSide, type Side, sameRun } from '../migration/instance.ts';
import { mayPark, type Parking } from '../migration/parking.ts';
import { type SeenServer, seeServer } from './roles.ts';
import { identitiesOf } from './routing.ts';
import type { Session } from './session.ts';

export interface SeenSides {
  readonly former: SeenServer;
  readonly fresh: SeenServer;
  readonly freshRestarted: boolean;
  readonly parking: Parking;
}

/** `side`: the one that gave its writes away. Never throws for a server that does not answer. */
export async function lookBeforeParking(session: Session, index: number, side: Side): Promise<SeenSides> {
  const [former, fresh] = await Promise.all([
    seeServer(session, index, side),
    seeServer(session, index, otherSide(side)),
  ]);
  const freshRestarted = isRestarted(session, index, otherSide(side), fresh);
  return {
    former,
    fresh,
    freshRestarted,
    parking: mayPark(former.role, fresh.role, freshRestarted),
  };
}

/** The same for a server that is known to be a primary: asks only the other one. */
export async function mayParkPrimary(session: Session, index: number, side: Side): Promise<boolean> {
  const fresh = await seeServer(session, index, otherSide(side));
  return mayPark('primary', fresh.role, isRestarted(session, index, otherSide(side), fresh)) === 'park';
}

/** Thrown where parking would take the only primary's writes, as far as can be told now. */
export function notToBeParked(session: Session, index: number, side: Side, seen: SeenSides): FerryError {
  const pair = session.pair(index);
  return new FerryError(
    'not-parked',
    `${pair[side].name} was not parked: ${freshInWords(pair[otherSide(side)].name, seen)}`,
  );
}

/** What the side that was promoted says now, as a sentence. */
export function freshInWords(
  name: string,
  { fresh, freshRestarted }: Pick<SeenSides, 'fresh' | 'freshRestarted'>,
): string {
  switch (fresh.role) {
    case 'primary':
      return freshRestarted
        ? `${name} is a primary that was restarted and may have lost writes.`
        : `${name} is a primary.`;
    case 'held':
      return `${name} is a primary that lets only Ferry's password in.`;
    case 'unreachable':
      return `${name} does not answer.`;
    case 'follows-peer':
    case 'follows-other':
    case 'set-aside':
      return `${name} is a replica and takes no writes.`;
  }
}

function isRestarted(session: Session, index: number, side: Side, { observed }: SeenServer): boolean {
  const known = identitiesOf(session.migration.state)[index]?.[side].runId ?? '';
  return observed !== null && !sameRun(observed.runId, known);
}
