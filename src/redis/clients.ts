// Who is connected to a server: ordinary clients, not replicas, not monitors, not Ferry itself; and how a
// connection is ended. Reads CLIENT LIST of every version from 2.4 on.

import { capabilitiesOf } from '../migration/capabilities.ts';
import { type Address, formatAddress } from '../migration/instance.ts';
import type { OldClient } from '../migration/progress.ts';
import { type Command, isOwnEnd, type ServerConnection } from './connect.ts';
import { identityOf, infoNumber, parseInfo } from './info.ts';

/** CLIENT LIST costs the server time for each connection; above this it is not asked (I11). */
export const MAX_LISTED_CLIENTS = 5_000;

/** A client says something, were it a login, within this time. */
const OPENING_SECONDS = 2;

export interface ListedClient {
  /** null before 2.8.12. */
  readonly id: number | null;
  /** Empty before 2.6.9. */
  readonly name: string;
  /** `host:port` as the server sees it, or the path of a socket file. */
  readonly address: string;
  readonly host: string;
  /** N ordinary, P in pub/sub, x in MULTI, b blocked, U over a socket file; S replica, M primary, O monitor. */
  readonly flags: string;
  readonly lastCommand: string;
  /** It was opened a moment ago and has said nothing yet: whose it is cannot be told, it may be Ferry's own. */
  readonly isBeingOpened: boolean;
}

export interface Clients {
  readonly all: readonly ListedClient[];
  readonly ordinary: readonly ListedClient[];
}

/** null: too many connections to list. */
export async function listClients(connection: ServerConnection, timeoutMs: number): Promise<Clients | null> {
  const info = parseInfo(String(await connection.ask(['INFO'], timeoutMs)));
  const connected = infoNumber(info, 'connected_clients') ?? Number.POSITIVE_INFINITY;
  if (connected > MAX_LISTED_CLIENTS) return null;
  const text = String(await connection.ask(['CLIENT', 'LIST'], timeoutMs));
  if (capabilitiesOf(identityOf(info)).can('client-names')) {
    return { all: parseClients(text), ordinary: ordinaryClients(text) };
  }
  const self = findSelf(parseClients(text), connection.localAddress);
  const others = ordinaryClients(text).filter(({ address }) => address !== self && !isOwnEnd(address));
  return { all: parseClients(text), ordinary: others };
}

/** CLIENT LIST is asked so often of one server, whoever asks (I11). */
const LIST_EVERY_MS = 10_000;

/** `clients`: null: too many connections to list. */
export interface Listed {
  readonly clients: Clients | null;
  /** Asked just now; false: remembered, at most 10 s old. */
  readonly isFresh: boolean;
}

export interface ClientLists {
  /** What was listed less than 10 s ago at this address; null: nothing, it may be asked. */
  recent(address: Address): Listed | null;
  /** That, or else asks over the connection. */
  list(address: Address, connection: ServerConnection, timeoutMs: number): Promise<Listed>;
}

/** The lists of one process, by the server's address. `everyMs`: for tests. */
export function clientLists(everyMs = LIST_EVERY_MS): ClientLists {
  const last = new Map<string, { readonly at: number; readonly clients: Clients | null }>();
  const recent = (address: Address): Listed | null => {
    const seen = last.get(formatAddress(address));
    if (seen === undefined || performance.now() - seen.at >= everyMs) return null;
    return { clients: seen.clients, isFresh: false };
  };
  return {
    recent,
    async list(address, connection, timeoutMs) {
      const known = recent(address);
      if (known !== null) return known;
      const at = performance.now();
      const clients = await listClients(connection, timeoutMs);
      last.set(formatAddress(address), { at, clients });
      return { clients, isFresh: true };
    },
  };
}

/** From CLIENT LIST's text, without Ferry's connections where they have names. */
export function ordinaryClients(text: string): readonly ListedClient[] {
  return parseClients(text).filter(({ flags, name, isBeingOpened }) => {
    const isFerry = name === 'ferry' || name.startsWith('ferry:');
    return !/[SMO]/.test(flags) && !isFerry && !isBeingOpened;
  });
}

/** Every connection of CLIENT LIST's text. */
export function parseClients(text: string): readonly ListedClient[] {
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
    const address = fields.get('addr');
    if (address === undefined) return [];
    const id = Number(fields.get('id') ?? Number.NaN);
    return [
      {
        id: Number.isInteger(id) ? id : null,
        name: fields.get('name') ?? '',
        address,
        host: address.slice(0, address.lastIndexOf(':')),
        flags: fields.get('flags') ?? '',
        lastCommand: fields.get('cmd') ?? '',
        isBeingOpened: fields.get('cmd') === 'NULL' && Number(fields.get('age')) < OPENING_SECONDS,
      },
    ];
  });
}

/**
 * The address, as the server sees it, of the connection that asked for the list, alone and in no transaction: its
 * last command is CLIENT. Others may have asked at the same time: then its own port tells. null: it cannot be told.
 */
export function findSelf(clients: readonly ListedClient[], localAddress: string): string | null {
  const asking = clients.filter(({ lastCommand }) => /^client(\||$)/i.test(lastCommand));
  const [only] = asking;
  if (asking.length === 1 && only !== undefined) return only.address;
  const port = localAddress.slice(localAddress.lastIndexOf(':'));
  const [mine, another] = asking.filter(({ address }) => address.endsWith(port));
  return another === undefined ? (mine?.address ?? null) : null;
}

/** Ends one connection, by id where there is one. */
export function killCommand({ id, address }: Pick<ListedClient, 'id' | 'address'>): Command {
  return id === null ? ['CLIENT', 'KILL', address] : ['CLIENT', 'KILL', 'ID', id];
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
