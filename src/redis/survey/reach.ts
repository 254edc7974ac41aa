// Can the target connect to the source's replication address, as a replica will have to? Asked of the target
// itself by MIGRATE with a login that cannot succeed; whether it came to the source, the source itself tells: by its
// ACL LOG, or by the connection that MIGRATE keeps open for a few seconds.

import { randomBytes, randomInt } from 'node:crypto';
import { capabilitiesOf, nameOf } from '../../migration/capabilities.ts';
import { FerryError } from '../../migration/errors.ts';
import { type Instance, sameRun } from '../../migration/instance.ts';
import type { Pair } from '../../migration/migration.ts';
import { routeBetween } from '../../migration/route.ts';
import type { Reach } from '../../migration/survey-facts.ts';
import type { Secrets } from '../../workflow/ports.ts';
import { type Command, connectTo, type Reply } from '../connect.ts';
import type { ReadServer, SideRead } from './read-server.ts';

/** MIGRATE stops the server that runs it for this long at most, for each of connecting, writing and reading. */
const MIGRATE_TIMEOUT_MS = 1_000;
const ANSWER_TIMEOUT_MS = 5_000;
/** Newest entries of the ACL LOG that are looked through for the trial's. */
const LOG_ENTRIES = 32;

/**
 * Not tried from the source: MIGRATE stops a server while it connects, and would have to write a key to it.
 * A production server is not held for a question that the first following after the cutover answers anyway.
 */
export const SOURCE_REACH_NOT_MEASURED: Reach = {
  kind: 'not-measured',
  why: 'asking a server to connect stops it meanwhile, which Ferry does not do to a source.',
};

/** A trial that was answered at the source's address: where the source may show that it was the one. */
export interface Answered {
  readonly kind: 'trial';
  readonly user: string;
  /** `log`: the refused login is in the ACL LOG. `db`: the database that the connection left selected. */
  readonly seen:
    | { readonly by: 'log' }
    | { readonly by: 'restore' }
    | { readonly by: 'db'; readonly db: number };
}

/** Leaves no key and no setting (I12), only a line about a refused login in the source's ACL LOG. */
export async function tryReach(
  pair: Pair,
  source: SideRead,
  target: SideRead,
  secrets: Secrets,
): Promise<Reach | Answered> {
  if (source.kind === 'unreachable') return notMeasured(`${pair.source.name} could not be read.`);
  if (target.kind === 'unreachable') return notMeasured(`${pair.target.name} could not be read.`);
  const spared = whySpared(pair, source, target);
  if (spared !== null) return notMeasured(spared);
  const user = `ferry-reach-${randomBytes(9).toString('base64url')}`;
  const seen = whereSeen(source, target);
  try {
    const withLogin = capabilitiesOf(target.identity).can('acl');
    const db = seen.by === 'db' ? seen.db : 0;
    const replies = await askOnce(
      pair.target,
      secrets,
      attempt(pair, user, db, withLogin),
      ANSWER_TIMEOUT_MS,
    );
    const reach = readAttempt(replies);
    return reach.kind === 'answered' ? { kind: 'trial', user, seen } : reach;
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return notMeasured(error.message);
  }
}

/** Did the trial come to the right server? `clients`: CLIENT LIST of the source, asked right after it. */
export async function proveReach(
  trial: Reach | Answered,
  source: Instance,
  clients: string,
  secrets: Secrets,
): Promise<Reach> {
  if (trial.kind !== 'trial') return trial;
  const { user, seen } = trial;
  if (seen.by !== 'log') return readClientList(clients, seen);
  try {
    const log = await askOnce(source, secrets, [
      ['CONFIG', 'GET', 'acllog-max-len'],
      ['ACL', 'LOG', LOG_ENTRIES],
    ]);
    return readLog(log, user);
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return { kind: 'answered', why: error.message };
  }
}

function notMeasured(why: string): Reach {
  return { kind: 'not-measured', why };
}

async function askOnce(
  instance: Instance,
  secrets: Secrets,
  commands: readonly Command[],
  timeoutMs?: number,
): Promise<readonly Reply[]> {
  const connection = await connectTo(instance, secrets);
  try {
    return await connection.pipeline(commands, timeoutMs);
  } finally {
    connection.close();
  }
}

function whySpared(pair: Pair, source: ReadServer, target: ReadServer): string | null {
  const { name } = pair.target;
  // Refused anyway, or of no use, and a server in use must not stop for the trial (I11).
  if (sameRun(target.identity.runId, source.identity.runId)) return `${name} is the source itself.`;
  if (target.ferrysOwn === true) return `${name} is the Redis that Ferry runs on.`;
  if (target.mode !== 'standalone') return `${name} is not a standalone server.`;
  if (target.role.kind === 'replica') return `${name} is a replica.`;
  if (target.replicas.length > 0) return `${name} has replicas, which would get the key for the trial.`;
  if (routeBetween(source.identity, target.identity).through === 'relay') {
    return `${name} connects to Ferry's relay instead.`;
  }
  if (!capabilitiesOf(target.identity).can('scripts')) {
    return `${nameOf(target.identity)} has no command to try it with (MIGRATE).`;
  }
  if (pair.source.tls !== null) return 'a trial connection does not speak TLS.';
  return null;
}

/** A server before 6.0 keeps no log of logins, and one before 2.6 does not know RESTORE, which MIGRATE sends. */
function whereSeen(source: ReadServer, target: ReadServer): Answered['seen'] {
  const from = capabilitiesOf(source.identity);
  if (from.can('acl') && capabilitiesOf(target.identity).can('acl')) return { by: 'log' };
  if (from.can('scripts')) return { by: 'restore' };
  const databases = Number(source.settings.databases ?? 1);
  return { by: 'db', db: databases > 1 ? 1 + randomInt(databases - 1) : 0 };
}

/**
 * In one transaction, in which the key of 1 ms cannot expire before MIGRATE sends it. A source without a
 * password goes on after the refused login and takes the key for as long.
 */
function attempt(pair: Pair, user: string, db: number, withLogin: boolean): readonly Command[] {
  const { host, port } = pair.source.replicationAddress;
  const key = `ferry:reach:${user}`;
  const login = withLogin ? ['AUTH2', user, user] : [];
  return [
    ['MULTI'],
    ['PSETEX', key, 1, '1'],
    ['MIGRATE', host, port, key, db, MIGRATE_TIMEOUT_MS, ...login],
    ['DEL', key],
    ['EXEC'],
  ];
}

/** What the transaction's replies say: did any Redis answer? Anything not understood is not measured (I10). */
export function readAttempt(replies: readonly Reply[]): Reach {
  const executed = replies.at(-1);
  const answer = Array.isArray(executed)
    ? executed[1]
    : (replies.find((reply) => reply instanceof Error) ?? null);
  const answered: Reach = { kind: 'answered', why: 'its log was not read.' };
  if (!(answer instanceof FerryError)) {
    return answer === 'OK' ? answered : { kind: 'not-measured', why: 'the trial was not carried out.' };
  }
  // The login of the trial was refused; Ferry's own at the target had succeeded before.
  if (answer.code === 'auth-failed') return answered;
  if (/IOERR/.test(answer.message)) {
    const seconds = MIGRATE_TIMEOUT_MS / 1_000;
    return { kind: 'no-answer', detail: `it could not connect (tried for at most ${seconds} s).` };
  }
  if (!/replied with error/.test(answer.message)) return { kind: 'not-measured', why: answer.message };
  if (/DENIED/.test(answer.message)) {
    return { kind: 'no-answer', detail: 'it is turned away there by protected mode.' };
  }
  if (/max number of clients/.test(answer.message)) {
    return { kind: 'no-answer', detail: 'it is turned away there, all connections are taken (maxclients).' };
  }
  return answered;
}

/** Did the login come to the source? A source that keeps no log cannot tell. */
export function readLog(replies: readonly Reply[], user: string): Reach {
  const [setting, log] = replies;
  if (!Array.isArray(log)) {
    const why = log instanceof FerryError ? log.message : 'its log was not understood.';
    return { kind: 'answered', why };
  }
  if (log.some((entry) => Array.isArray(entry) && entry.includes(user))) return { kind: 'proven' };
  const keepsLog = Array.isArray(setting) && Number(setting[1]) > 0;
  return keepsLog ? { kind: 'other' } : { kind: 'answered', why: 'it keeps no ACL LOG (acllog-max-len 0).' };
}

/** Is the connection of the trial among the source's clients? Before 3.0 MIGRATE closes it at once. */
export function readClientList(text: string, seen: Exclude<Answered['seen'], { by: 'log' }>): Reach {
  if (text === '') return { kind: 'answered', why: 'its clients were not listed.' };
  const shown = text.split('\n').some((line) => {
    if (seen.by === 'restore') return / cmd=restore\b/.test(line);
    return seen.db > 0 && new RegExp(` db=${seen.db} .* cmd=NULL\\b`).test(line);
  });
  return shown
    ? { kind: 'proven' }
    : {
        kind: 'answered',
        why: 'it keeps no log of logins, and the connection was gone before it was asked.',
      };
}
