// `ferry:lock` on a server that is filled or cleared: a second Ferry sees it. Renewed with every step of the work.

import { FerryError } from '../../migration/errors.ts';
import { LOCK_KEY } from '../guard.ts';
import { serverError } from '../server-error.ts';
import type { Command } from '../wire/command.ts';
import { ErrorReply, type Reply, textOf } from '../wire/reply.ts';
import type { Ground } from './scratch.ts';

/** A worker that was lost keeps nobody out for longer. */
const LOCK_SECONDS = 20;
const TOKENS = 'fill-';

export function newToken(random: string): string {
  return `${TOKENS}${random}`;
}

/** Takes the lock where it is free, and keeps it up; the last reply says whose it is. In one write, so that it always expires. */
export function renewal({ token }: Pick<Ground, 'token'>): readonly Command[] {
  return [
    ['SETNX', LOCK_KEY, token],
    ['EXPIRE', LOCK_KEY, LOCK_SECONDS],
    ['GET', LOCK_KEY],
  ];
}

/** Throws `held` when the last reply of a renewal names somebody else. */
export function assertOurs({ token, name }: Pick<Ground, 'token' | 'name'>, reply: Reply): void {
  const holder = textOf(reply);
  if (holder !== token) throw heldError(name, holder);
}

/** A fill of this Ferry that was lost a moment ago is no obstacle: the lock in Ferry's Redis keeps those apart. */
export async function lockServer(ground: Ground): Promise<void> {
  const { connection, name } = ground;
  const holder = textOf(await connection.ask(['GET', LOCK_KEY]));
  if (holder.startsWith(TOKENS)) await connection.ask(['DEL', LOCK_KEY]);
  else if (holder !== '') throw heldError(name, holder);
  let last: Reply = null;
  await connection.send(renewal(ground), (reply) => {
    if (reply instanceof ErrorReply) throw serverError(connection.who, 'SETNX', new Error(reply.text));
    last = reply;
  });
  assertOurs(ground, last);
}

/** Takes the lock off if it is ours. Never rejects: it ends by itself soon. */
export async function unlockServer({ connection, token }: Ground): Promise<void> {
  try {
    if (textOf(await connection.ask(['GET', LOCK_KEY])) === token) await connection.ask(['DEL', LOCK_KEY]);
  } catch {
    // The connection is gone.
  }
}

function heldError(name: string, holder: string): FerryError {
  const by = holder === '' ? 'nobody' : holder;
  return new FerryError('held', `${name} is held by another Ferry (\`${LOCK_KEY}\` says ${by}).`, {
    hint: `Wait until that is over. If it is long gone, delete the key: \`DEL ${LOCK_KEY}\` on ${name}.`,
  });
}
