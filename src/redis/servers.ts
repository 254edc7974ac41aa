// The port `Servers`: control connections, single readings, the survey, descriptions.

import { FerryError } from '../migration/errors.ts';
import { formatAddress, type Instance, otherSide, type Side } from '../migration/instance.ts';
import type { Pair } from '../migration/migration.ts';
import { isOver as isOverState } from '../migration/questions.ts';
import type { ActTrace, Records, Secrets, Servers } from '../workflow/ports.ts';
import { clientLists, groupClients } from './clients.ts';
import { connectTo, type ServerConnection } from './connect.ts';
import { openControl } from './control.ts';
import { dial } from './first-word.ts';
import {
  type Info,
  identityOf,
  infoNumber,
  infoText,
  observationOf,
  parseInfo,
  primaryLinkOf,
} from './info.ts';
import { knownAddresses } from './known-addresses.ts';
import { surveyPair } from './survey.ts';

/** One reading for a decision: a server that takes longer is as good as away. */
const OBSERVE_TIMEOUT_MS = 1_500;
const DESCRIBE_TIMEOUT_MS = 5_000;

export interface ServersOptions {
  readonly secrets: Secrets;
  readonly records: Pick<Records, 'enlist' | 'load'>;
  readonly trace: ActTrace;
  /** Run id of the Redis that Ferry keeps its records in (I6). */
  readonly ferrysRunId: string | null;
}

export function createServers(options: ServersOptions): Servers {
  const { secrets } = options;
  const isOver = overIn(options.records);
  const lists = clientLists();
  return {
    control: (pair, side, owner, how) =>
      openControl(pair, side, owner, { ...options, isOver, lists, ...how }),
    dial: (pair, side, owner, how) => dial(pair[side], secrets, owner, how),
    observe: (pair, side) =>
      brief(pair[side], secrets, OBSERVE_TIMEOUT_MS, (connection) => observeOver(connection, pair, side)),
    async ordinaryClients(pair, side) {
      const { address } = pair[side];
      const { clients } =
        lists.recent(address) ??
        (await brief(pair[side], secrets, DESCRIBE_TIMEOUT_MS, (connection) =>
          lists.list(address, connection, DESCRIBE_TIMEOUT_MS),
        ));
      if (clients === null) return null;
      return { clients: groupClients(clients.ordinary), count: clients.ordinary.length };
    },
    survey: (pair) => surveyPair(pair, { secrets, isOver, ferryRunId: options.ferrysRunId }),
    describe: (instance) =>
      brief(instance, secrets, DESCRIBE_TIMEOUT_MS, async (connection) => {
        const at = Date.now();
        const info = parseInfo(String(await connection.ask(['INFO'], DESCRIBE_TIMEOUT_MS)));
        return {
          identity: identityOf(info, at),
          observation: observationOf(info, { peer: [], nobody: [] }, at, connection.heldLogin),
          maxMemoryBytes: infoNumber(info, 'maxmemory') ?? 0,
          evictionPolicy: infoText(info, 'maxmemory_policy') ?? 'unknown',
          uptimeSeconds: infoNumber(info, 'uptime_in_seconds') ?? 0,
          roleText: roleText(info),
        };
      }),
  };
}

/** A migration that is not in Ferry's records is another Ferry's: not known is not over (I6, I10). */
function overIn(records: ServersOptions['records']) {
  return async (uid: string): Promise<boolean> => {
    try {
      const found = await records.load(uid);
      return found !== null && isOverState(found.migration.state);
    } catch (error) {
      if (error instanceof FerryError) return false;
      throw error;
    }
  };
}

async function observeOver(connection: ServerConnection, pair: Pair, side: Side) {
  const at = Date.now();
  const info = parseInfo(String(await connection.ask(['INFO'], OBSERVE_TIMEOUT_MS)));
  return observationOf(info, knownAddresses(pair, otherSide(side)), at, connection.heldLogin);
}

/** A connection for one purpose, closed whatever happens. */
async function brief<T>(
  instance: Instance,
  secrets: Secrets,
  timeoutMs: number,
  use: (connection: ServerConnection) => Promise<T>,
): Promise<T> {
  const connection = await connectTo(instance, secrets, { timeoutMs });
  try {
    return await use(connection);
  } finally {
    connection.close();
  }
}

function roleText(info: Info): string {
  const link = primaryLinkOf(info);
  const replicas = infoNumber(info, 'connected_slaves') ?? 0;
  if (link === null) return replicas === 0 ? 'primary without replicas' : `primary with ${replicas} replicas`;
  return `replica of ${formatAddress(link)}, link ${link.up ? 'up' : 'down'}`;
}
