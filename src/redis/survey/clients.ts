// Who is connected to a server, apart from replicas and Ferry, as far as the survey may ask (I11).

import type { ClientsFacts } from '../../migration/survey-facts.ts';
import { groupClients, MAX_LISTED_CLIENTS, ordinaryClients } from '../clients.ts';
import type { ServerConnection } from '../connect.ts';

/** `connected`: from INFO, so that a server with too many is not asked. */
export async function readClients(connection: ServerConnection, connected: number): Promise<ClientsFacts> {
  if (connected > MAX_LISTED_CLIENTS) {
    const why = `the list is not asked for above ${MAX_LISTED_CLIENTS.toLocaleString('en-US')}.`;
    return { kind: 'not-listed', connected, why };
  }
  const [reply = null] = await connection.pipeline([['CLIENT', 'LIST']]);
  if (typeof reply !== 'string') {
    const why = reply instanceof Error ? reply.message : 'the answer was not understood.';
    return { kind: 'not-listed', connected, why };
  }
  const clients = ordinaryClients(reply);
  return { kind: 'listed', count: clients.length, groups: groupClients(clients) };
}
