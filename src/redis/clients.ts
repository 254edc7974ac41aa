// Who is connected to a server: ordinary clients, not replicas, not monitors, not Ferry itself.

import type { OldClient } from '../migration/progress.ts';
import type { ServerConnection } from './connect.ts';
import { infoNumber, parseInfo } from './info.ts';

/** CLIENT LIST costs the server time for each connection; above this it is not asked (I11). */
export const MAX_LISTED_CLIENTS = 5_000;

export interface ListedClient {
  readonly id: number;
  readonly name: string;
  readonly host: string;
  readonly lastCommand: string;
}

/** null: too many connections to list. */
export async function listClients(
  connection: ServerConnection,
  timeoutMs: number,
): Promise<readonly ListedClient[] | null> {
  const info = await connection.ask(['INFO', 'clients'], timeoutMs);
  const connected = infoNumber(parseInfo(String(info)), 'connected_clients') ?? Number.POSITIVE_INFINITY;
  if (connected > MAX_LISTED_CLIENTS) return null;
  return ordinaryClients(String(await connection.ask(['CLIENT', 'LIST'], timeoutMs)));
}

/** From CLIENT LIST's text. Flags: N ordinary, P in pub/sub, x in MULTI, b blocked; S, M, O are not. */
export function ordinaryClients(text: string): readonly ListedClient[] {
  return text.split('\n').flatMap((line): ListedClient[] => {
    const fields = new Map(
      line
        .trim()
        .split(' ')
        .map((field) => {
          const equals = field.indexOf('=');
          return [field.slice(0, equals), field.slice(equals + 1)] as const;
        }),
    );
    const id = Number(fields.get('id'));
    const flags = fields.get('flags') ?? '';
    const name = fields.get('name') ?? '';
    const address = fields.get('addr') ?? '';
    const isFerry = name === 'ferry' || name.startsWith('ferry:');
    if (!Number.isInteger(id) || /[SMO]/.test(flags) || isFerry) return [];
    const host = address.slice(0, address.lastIndexOf(':'));
    return [{ id, name, host, lastCommand: fields.get('cmd') ?? '' }];
  });
}

/** One line for each name, address and last command, the most connections first. */
export function groupClients(clients: readonly ListedClient[]): readonly OldClient[] {
  const groups = new Map<string, OldClient>();
  for (const { name, host, lastCommand } of clients) {
    const key = JSON.stringify([name, host, lastCommand]);
    const count = (groups.get(key)?.count ?? 0) + 1;
    groups.set(key, { name, address: host, lastCommand, count });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}
