// The relay of a pair, kept open while it syncs and follows. It lives in this process: with a new owner there is a
// new one, and the target has to take the whole snapshot again.

import type { Event } from '../../migration/events.ts';
import { type Address, formatAddress } from '../../migration/instance.ts';
import type { Following, Syncing } from '../../migration/migration.ts';
import type { Notes } from '../notes.ts';
import { roleOf, seeServer } from '../roles.ts';
import { routeOf } from '../routing.ts';
import type { Session } from '../session.ts';

/** What is to be recorded before the target is pointed there; null: every relay is where it was. */
export async function keepRelays(
  session: Session,
  state: Syncing | Following,
  notes: Notes,
): Promise<Event | null> {
  for (const [index, identity] of state.identities.entries()) {
    const route = routeOf(identity, 'forward');
    if (route.through === 'direct') continue;
    const known = session.migration.relays[index] ?? null;
    const address = await session.workflow.replication.open(session.pair(index), route, known);
    if (address === null) continue;
    const isNew = notes.once(`relay:${index}`);
    if (isSame(address, known) && !(isNew && wasUsed(state, index))) continue;
    const pointed = await wasPointedMeanwhile(session, state, index);
    if (pointed) return { kind: 'stage-changed', pair: index, stage: 'connecting' };
    notes.stream(index).pointed();
    return { kind: 'relay-opened', pair: index, address };
  }
  return null;
}

/**
 * After the promotion nothing goes through a relay any more, and whoever got in would be handed the whole data set.
 * Before that the end of the drive closes it.
 */
export function closeRelays(session: Session, notes: Notes): void {
  if (!notes.once('relays-closed')) return;
  for (const index of session.migration.pairs.keys()) {
    const pair = session.pair(index);
    if (pair.via !== undefined) session.workflow.replication.forget(pair);
  }
}

/** Its predecessor died before it could say that the target follows the old relay: said before that is forgotten. */
async function wasPointedMeanwhile(
  session: Session,
  state: Syncing | Following,
  index: number,
): Promise<boolean> {
  if (state.phase !== 'syncing' || state.progress[index]?.pointed !== 'intended') return false;
  const { observed } = await seeServer(session, index, 'target');
  return observed !== null && roleOf(observed) === 'follows-peer';
}

function wasUsed(state: Syncing | Following, index: number): boolean {
  return state.phase === 'following' || state.progress[index]?.pointed === 'yes';
}

function isSame(a: Address, b: Address | null): boolean {
  return b !== null && formatAddress(a) === formatAddress(b);
}
