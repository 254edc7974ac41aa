// Can the target connect to the source's replication address, as a replica will have to? Asked of the target
// itself by MIGRATE with a login that cannot succeed: any answer proves that a Redis answered.

import { randomBytes } from 'node:crypto';
import { FerryError } from '../../migration/errors.ts';
import type { Pair } from '../../migration/migration.ts';
import type { Reach, SideFacts } from '../../migration/survey-facts.ts';
import type { Secrets } from '../../workflow/ports.ts';
import { type Command, connectTo, type Reply } from '../connect.ts';

/** MIGRATE stops the server that runs it for this long at most, for each of connecting, writing and reading. */
const MIGRATE_TIMEOUT_MS = 1_000;
const ANSWER_TIMEOUT_MS = 5_000;

/**
 * Not tried from the source: MIGRATE stops a server while it connects, and would have to write a key to it.
 * A production server is not held for a question that the first following after the cutover answers anyway.
 */
export const SOURCE_REACH_NOT_MEASURED: Reach = {
  kind: 'not-measured',
  why: 'asking a server to connect stops it meanwhile, which Ferry does not do to a source.',
};

/** Changes nothing that lasts: the key lives for a millisecond (I12). */
export async function measureReach(pair: Pair, target: SideFacts, secrets: Secrets): Promise<Reach> {
  const spared = whySpared(pair, target);
  if (spared !== null) return { kind: 'not-measured', why: spared };
  try {
    const connection = await connectTo(pair.target, secrets);
    try {
      const replies = await connection.pipeline(attempt(pair), ANSWER_TIMEOUT_MS);
      return readAttempt(replies);
    } finally {
      connection.close();
    }
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return { kind: 'not-measured', why: error.message };
  }
}

function whySpared(pair: Pair, target: SideFacts): string | null {
  const { name } = pair.target;
  if (target.kind === 'unreachable') return `${name} could not be read.`;
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
function attempt(pair: Pair): readonly Command[] {
  const { host, port } = pair.source.replicationAddress;
  const random = randomBytes(9).toString('base64url');
  const key = `ferry:reach:${random}`;
  return [
    ['MULTI'],
    ['SET', key, '1', 'PX', 1],
    ['MIGRATE', host, port, key, 0, MIGRATE_TIMEOUT_MS, 'COPY', 'AUTH2', 'ferry-reach', random],
    ['DEL', key],
    ['EXEC'],
  ];
}

function readAttempt(replies: readonly Reply[]): Reach {
  const executed = replies[4];
  const answer = Array.isArray(executed)
    ? executed[1]
    : (replies.find((reply) => reply instanceof Error) ?? null);
  // `auth-failed`: the source refused the login of the trial; Ferry's own had succeeded.
  if (answer === 'OK' || (answer instanceof FerryError && answer.code === 'auth-failed')) {
    return { kind: 'answered' };
  }
  if (!(answer instanceof FerryError)) return { kind: 'not-measured', why: 'the trial was not carried out.' };
  if (/IOERR/.test(answer.message)) {
    return {
      kind: 'no-answer',
      detail: `no connection within ${MIGRATE_TIMEOUT_MS.toLocaleString('en-US')} ms.`,
    };
  }
  if (/replied with error/.test(answer.message)) {
    const shut = /DENIED|max number of clients/.exec(answer.message);
    if (shut === null) return { kind: 'answered' };
    const why = shut[0] === 'DENIED' ? 'it is in protected mode' : 'it has no connection left (maxclients)';
    return { kind: 'no-answer', detail: `the source turns it away: ${why}.` };
  }
  return { kind: 'not-measured', why: answer.message };
}
