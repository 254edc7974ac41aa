// Who works on a server, by the keys that a migration keeps there (I6). Takes nothing off.

import { FerryError } from '../../migration/errors.ts';
import type { LockFacts } from '../../migration/survey-facts.ts';
import type { Reply, ServerConnection } from '../connect.ts';
import { GUARD_KEY, guardedBy, LOCK_KEY } from '../guard.ts';

/** What a migration of this Ferry left, and could not take off a server that was read-only by then, keeps nobody out. */
export async function readLock(
  connection: ServerConnection,
  inMilliseconds: boolean,
  isOver: (uid: string) => Promise<boolean> = async () => false,
): Promise<LockFacts> {
  for (const key of [LOCK_KEY, GUARD_KEY]) {
    const [held, left] = await connection.pipeline([
      ['GET', key],
      [inMilliseconds ? 'PTTL' : 'TTL', key],
    ]);
    if (held === null) continue;
    if (typeof held !== 'string') return { kind: 'unknown', why: reasonOf(held) };
    // Anybody can write that key: no more of it is shown than a name needs.
    if (await isOver(key === GUARD_KEY ? guardedBy(held) : held)) continue;
    const by = held.replace(/[^\w.:@-]/g, '').slice(0, 60);
    const leftMs = typeof left === 'number' && left >= 0 ? left * (inMilliseconds ? 1 : 1_000) : null;
    return { kind: 'held', key, by, leftMs };
  }
  return { kind: 'free' };
}

function reasonOf(reply: Reply | undefined): string {
  return reply instanceof FerryError ? reply.message : 'the answer was not understood.';
}
