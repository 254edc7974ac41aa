// What a config file says of a role at the end of a migration, in words for people where Ferry could not write it.

import { capabilitiesOf } from '../migration/capabilities.ts';
import { otherSide, type Side } from '../migration/instance.ts';
import type { ActResult } from './ports.ts';
import { identitiesOf } from './routing.ts';
import type { Session } from './session.ts';

/** What became of the config file of one pair's parked server. */
export interface KeptRole {
  readonly index: number;
  readonly written: ActResult<boolean>;
}

/** The file still names the new server: after a restart the old one would follow it, by a full resync. */
export function roleNotKept(session: Session, index: number, side: Side, why: string): string {
  const pair = session.pair(index);
  const { host, port } = session.workflow.replication.parkingAddress;
  const line = `\`${directive(session, index, side)} ${host} ${port}\``;
  const other = pair[otherSide(side)].name;
  return `${pair[side].name} refused CONFIG REWRITE: ${trimmed(why)}. Put the line ${line} into its config file, in place of the one that names ${other}: else it follows ${other} after a restart, and loses its own data to a full resync.`;
}

/** The file still says that it is a replica, though it takes the writes. */
export function primaryNotKept(session: Session, index: number, side: Side, why: string): string {
  const { name } = session.pair(index)[side];
  const word = directive(session, index, side);
  return `${name} refused CONFIG REWRITE: ${trimmed(why)}. Take the line that begins with \`${word}\` out of its config file: else a restart makes a replica of it.`;
}

function directive(session: Session, index: number, side: Side): 'replicaof' | 'slaveof' {
  const identity = identitiesOf(session.migration.state)[index]?.[side];
  return identity === undefined || capabilitiesOf(identity).can('replica-words') ? 'replicaof' : 'slaveof';
}

function trimmed(why: string): string {
  return why.replace(/[.\s]+$/, '');
}
