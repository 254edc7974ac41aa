// What a server of a pair is, seen from the cutover: the input of the recovery table.

import type { Side } from '../migration/instance.ts';
import type { ServerObservation } from '../migration/progress.ts';
import type { SeenRole } from '../migration/recovery.ts';
import type { Session } from './session.ts';

export interface SeenServer {
  readonly role: SeenRole;
  readonly observed: ServerObservation | null;
}

/** Reads one side afresh. A server that does not answer is a role, not an error (I10). */
export async function seeServer(session: Session, index: number, side: Side): Promise<SeenServer> {
  try {
    const observed = await session.workflow.servers.observe(session.pair(index), side);
    return { role: roleOf(observed), observed };
  } catch (error) {
    session.log.debug({ side, err: error }, 'server does not answer');
    return { role: 'unreachable', observed: null };
  }
}

/** A demoted server under Ferry's password is what it follows: only a primary is `held`. */
export function roleOf(observed: ServerObservation): SeenRole {
  const { role, held } = observed;
  if (role.kind === 'primary') return held ? 'held' : 'primary';
  switch (role.of) {
    case 'peer':
      return 'follows-peer';
    case 'nobody':
      return 'set-aside';
    case 'other':
      return 'follows-other';
  }
}
