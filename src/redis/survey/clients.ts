// Who is connected to a server, apart from replicas and Ferry: read from CLIENT LIST, grouped for people.

import type { OldClient } from '../../migration/progress.ts';
import type { ClientsFacts } from '../../migration/survey-facts.ts';
import type { ServerConnection } from '../connect.ts';

/** Above this CLIENT LIST itself costs the server (I11). */
export const MAX_LISTED_CONNECTIONS = 5_000;

/** `connected`: from INFO, so that a server with too many is not asked. */
export async function readClients(connection: ServerConnection, connected: number): Promise<ClientsFacts> {
  if (connected > MAX_LISTED_CONNECTIONS) {
    const why = `the list is not asked for above ${MAX_LISTED_CONNECTIONS.toLocaleString('en-US')}.`;
    return { kind: 'not-listed', connected, why };
  }
  const [reply = null] = await connection.pipeline([['CLIENT', 'LIST']]);
  if (typeof reply !== 'string') {
    const why = reply instanceof Error ? reply.message : 'the answer was not understood.';
    return { kind: 'not-listed', connected, why };
  }
  return { kind: 'listed', ...groupClients(reply) };
}

/** Groups of equal name and host, the largest first. */
export function groupClients(list: string): {
  readonly count: number;
  readonly groups: readonly OldClient[];
} {
  const groups = new Map<string, OldClient>();
  let count = 0;
  for (const line of list.split('\n')) {
    const client = parseClient(line);
    if (client === null) continue;
    count += 1;
    const key = `${client.name} ${client.address}`;
    const before = groups.get(key)?.count ?? 0;
    groups.set(key, { ...client, count: before + 1 });
  }
  return { count, groups: [...groups.values()].sort((a, b) => b.count - a.count) };
}

/** null: an empty line, a replica, the link to a primary, a Sentinel, or Ferry. */
function parseClient(line: string): OldClient | null {
  const fields = new Map(
    line.split(' ').map((part) => {
      const equals = part.indexOf('=');
      return [part.slice(0, equals), part.slice(equals + 1)];
    }),
  );
  const address = fields.get('addr');
  if (address === undefined) return null;
  const name = fields.get('name') ?? '';
  if (/[SM]/.test(fields.get('flags') ?? '') || /^(ferry|sentinel-)/.test(name)) return null;
  return {
    name,
    address: address.replace(/:\d+$/, ''),
    lastCommand: fields.get('cmd') ?? '',
    count: 1,
  };
}
