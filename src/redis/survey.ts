// Reads everything that the checks need of both servers of a pair, with cheap commands only (I11).
// It judges nothing, and a server that cannot be read is a fact, not an error.

import { FerryError } from '../migration/errors.ts';
import { type Instance, SIDES, type Side } from '../migration/instance.ts';
import type { Pair } from '../migration/migration.ts';
import { holdRef } from '../migration/route.ts';
import type {
  ClientsFacts,
  LoginFacts,
  SideFacts,
  SurveyFacts,
  UnreachableWhy,
} from '../migration/survey-facts.ts';
import type { Secrets } from '../workflow/ports.ts';
import { connectTo } from './connect.ts';
import { type ClientsRead, readClients } from './survey/clients.ts';
import { compareLogins } from './survey/logins.ts';
import { proveReach, SOURCE_REACH_NOT_MEASURED, tryReach } from './survey/reach.ts';
import { readInfo, readServer, type SideRead, type SurveyOptions } from './survey/read-server.ts';

/**
 * Reads both servers at the same time, then tries the way from the target to the source. Never rejects.
 * CLIENT LIST is asked once a server (I11): of the target before the trial, which opens a connection to the
 * source, and of the source after it, where that connection is the trial's proof.
 */
export async function surveyPair(pair: Pair, options: SurveyOptions): Promise<SurveyFacts> {
  const { secrets } = options;
  const [source, target] = await Promise.all(SIDES.map((side) => readSide(pair, side, options)));
  if (source === undefined || target === undefined) throw new RangeError('A pair has two sides.');
  const targetClients = await listClients(pair.target, target, secrets);
  const trial = await tryReach(pair, source, target, secrets);
  const sourceClients = await listClients(pair.source, source, secrets);
  return {
    source: withClients(source, sourceClients.facts),
    target: withClients(target, targetClients.facts),
    targetReachesSource: await proveReach(trial, pair.source, sourceClients.text, secrets),
    sourceReachesTarget: SOURCE_REACH_NOT_MEASURED,
    logins: loginsOf(source, target),
    secretAvailable: await canResolve(holdRef('trial', 1), secrets),
  };
}

async function readSide(pair: Pair, side: Side, options: SurveyOptions): Promise<SideRead> {
  try {
    return { kind: 'read', ...(await readServer(pair, side, options)) };
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return { kind: 'unreachable', why: whyOf(error), detail: error.message };
  }
}

async function listClients(instance: Instance, side: SideRead, secrets: Secrets): Promise<ClientsRead> {
  try {
    if (side.kind === 'unreachable') throw new FerryError('unreachable', side.detail);
    const connection = await connectTo(instance, secrets);
    try {
      return await readClients(connection, await readInfo(connection));
    } finally {
      connection.close();
    }
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return { facts: { kind: 'not-listed', connected: 0, why: error.message }, text: '' };
  }
}

/** What a server said of its users ends with their comparison (I9). */
function withClients(side: SideRead, clients: ClientsFacts): SideFacts {
  if (side.kind === 'unreachable') return side;
  const { logins: _, ...facts } = side;
  return { ...facts, clients };
}

function loginsOf(source: SideRead, target: SideRead): LoginFacts {
  const sides = {
    source: source.kind === 'read' ? source : null,
    target: target.kind === 'read' ? target : null,
  };
  const own = [sides.source?.user, sides.target?.user].flatMap((user) => user ?? []);
  return compareLogins(sides, own);
}

async function canResolve(ref: string, secrets: Secrets): Promise<boolean> {
  try {
    return (await secrets.resolve(ref)) !== '';
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return false;
  }
}

function whyOf(error: FerryError): UnreachableWhy {
  switch (error.code) {
    case 'timeout':
    case 'tls':
    case 'loading':
      return error.code;
    case 'auth-failed':
      return 'auth';
    case 'no-permission':
      return 'permission';
    case 'server-refused':
      return /unknown command/i.test(error.message) ? 'renamed' : 'other';
    case 'unreachable':
      if (/ECONNREFUSED/.test(error.message)) return 'refused';
      return /ENOTFOUND|EAI_AGAIN/.test(error.message) ? 'name' : 'other';
    default:
      return /secret|password/.test(error.code) ? 'secret' : 'other';
  }
}
