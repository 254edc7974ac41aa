// Can the target connect to the source's replication address, as a replica will have to? Asked of the target
// itself by MIGRATE with a login that cannot succeed; the source's ACL LOG tells whether the login came to it.

import { randomBytes } from 'node:crypto';
import { FerryError } from '../../migration/errors.ts';
import type { Instance } from '../../migration/instance.ts';
import type { Pair } from '../../migration/migration.ts';
import type { Reach, SideFacts } from '../../migration/survey-facts.ts';
import type { Secrets } from '../../workflow/ports.ts';
import { type Command, connectTo, type Reply } from '../connect.ts';

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

/** Leaves no key and no setting (I12), only a line about a refused login in the source's ACL LOG. */
export async function measureReach(
  pair: Pair,
  source: SideFacts,
  target: SideFacts,
  secrets: Secrets,
): Promise<Reach> {
  const spared = whySpared(pair, source, target);
  if (spared !== null) return { kind: 'not-measured', why: spared };
  const user = `ferry-reach-${randomBytes(9).toString('base64url')}`;
  try {
    const replies = await askOnce(pair.target, secrets, attempt(pair, user), ANSWER_TIMEOUT_MS);
    const reach = readAttempt(replies);
    if (reach.kind !== 'answered') return reach;
    const log = await askOnce(pair.source, secrets, [
      ['CONFIG', 'GET', 'acllog-max-len'],
      ['ACL', 'LOG', LOG_ENTRIES],
    ]);
    return readLog(log, user);
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return { kind: 'not-measured', why: error.message };
  }
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

function whySpared(pair: Pair, source: SideFacts, target: SideFacts): string | null {
  const { name } = pair.target;
  if (source.kind === 'unreachable') return `${pair.source.name} could not be read.`;
  if (target.kind === 'unreachable') return `${name} could not be read.`;
  // Both are refused anyway, and a server in use must not stop for the trial (I11).
  if (target.identity.runId === source.identity.runId) return `${name} is the source itself.`;
  if (target.ferrysOwn === true) return `${name} is the Redis that Ferry runs on.`;
  if (target.mode !== 'standalone') return `${name} is not a standalone server.`;
  if (target.role.kind === 'replica') return `${name} is a replica.`;
  if (target.replicas.length > 0) return `${name} has replicas, which would get the key for the trial.`;
  if (pair.source.tls !== null) return 'a trial connection does not speak TLS.';
  return null;
}

/**
 * In one transaction, in which the key of 1 ms cannot expire before MIGRATE sends it. A source without a
 * password goes on after the refused login and takes the key for as long, COPY or not.
 */
function attempt(pair: Pair, user: string): readonly Command[] {
  const { host, port } = pair.source.replicationAddress;
  const key = `ferry:reach:${user}`;
  return [
    ['MULTI'],
    ['SET', key, '1', 'PX', 1],
    ['MIGRATE', host, port, key, 0, MIGRATE_TIMEOUT_MS, 'COPY', 'AUTH2', user, user],
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
