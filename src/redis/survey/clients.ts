// Who is connected to a server, apart from replicas and Ferry, as far as the survey may ask (I11).

import { capabilitiesOf } from '../../migration/capabilities.ts';
import type { ClientsFacts } from '../../migration/survey-facts.ts';
import { findSelf, groupClients, MAX_LISTED_CLIENTS, ordinaryClients, parseClients } from '../clients.ts';
import { isOwnEnd, type ServerConnection } from '../connect.ts';
import { type Info, identityOf, infoNumber } from '../info.ts';

export interface ClientsRead {
  readonly facts: ClientsFacts;
  /** CLIENT LIST as it was answered; empty: not asked, or refused. */
  readonly text: string;
}

/** `info`: read just now, so that a server with too many is not asked. */
export async function readClients(connection: ServerConnection, info: Info): Promise<ClientsRead> {
  const connected = infoNumber(info, 'connected_clients') ?? 0;
  const notListed = (why: string): ClientsRead => ({
    facts: { kind: 'not-listed', connected, why },
    text: '',
  });
  if (connected > MAX_LISTED_CLIENTS) {
    return notListed(`the list is not asked for above ${MAX_LISTED_CLIENTS.toLocaleString('en-US')}.`);
  }
  const [reply = null] = await connection.pipeline([['CLIENT', 'LIST']]);
  if (typeof reply !== 'string') {
    return notListed(reply instanceof Error ? reply.message : 'the answer was not understood.');
  }
  // Where connections have no names (before 2.6.9) Ferry's own are known by their ends.
  const named = capabilitiesOf(identityOf(info)).can('client-names');
  const self = named ? null : findSelf(parseClients(reply), connection.localAddress);
  const isOwn = (address: string): boolean => !named && (address === self || isOwnEnd(address));
  const clients = ordinaryClients(reply).filter(({ address }) => !isOwn(address));
  const subscribed = clients.filter(({ flags }) => flags.includes('P')).length;
  const facts = { kind: 'listed', count: clients.length, subscribed, groups: groupClients(clients) } as const;
  return { facts, text: reply };
}
