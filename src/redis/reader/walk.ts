// Walks every key of a database by SCAN, a page at a time, for readers that run side by side.
// Keys are latin1 text, a character a byte. A key may come twice; Ferry's own are left out.

import { FerryError } from '../../migration/errors.ts';
import { ReplyParser } from '../wire/parser.ts';
import { keyed, prepared } from '../wire/prepared.ts';
import { ErrorReply, listOf, type Reply, textOf } from '../wire/reply.ts';
import { refusal } from './collect.ts';
import type { Peer } from './peer.ts';

/** Ferry's own keys (guard, lock, canaries) begin so: renewed all the time, and no customer's. */
export const OWN_PREFIX = 'ferry:';

export interface Walk {
  /** The next page, which may be empty; null: all were given. Calls wait for each other. */
  next(count: number): Promise<readonly string[] | null>;
}

/** Of the database that is selected on the connection. */
export function createWalk(peer: Peer): Walk {
  let cursor = '0';
  let over = false;
  let last: Promise<unknown> = Promise.resolve();
  const page = async (count: number): Promise<readonly string[] | null> => {
    if (over) return null;
    const request = prepared(keyed(['SCAN'], ['COUNT', String(count)])(cursor));
    const replies = await peer.connection.exchange('SCAN', request, 1);
    const [next, keys] = replies === null ? oversize(peer) : parsePage(peer, replies);
    cursor = next;
    over = next === '0';
    return keys;
  };
  return {
    next(count) {
      const turn = last.then(() => page(count));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

function parsePage(peer: Peer, replies: Buffer): readonly [string, readonly string[]] {
  const [reply] = parseReplies(replies);
  if (reply instanceof ErrorReply) throw refusal(peer.who, ['SCAN'], reply);
  const [cursor, names] = listOf(reply);
  const keys: string[] = [];
  for (const name of listOf(names)) {
    const key = Buffer.isBuffer(name) ? name.toString('latin1') : '';
    if (!key.startsWith(OWN_PREFIX)) keys.push(key);
  }
  const next = textOf(cursor);
  if (next === '') throw new FerryError('protocol', `${peer.who} answered SCAN without a cursor.`);
  return [next, keys];
}

function oversize(peer: Peer): never {
  throw new FerryError('protocol', `${peer.who} gave more names of keys at once than can be held.`);
}

/** Whole replies as values. */
export function parseReplies(bytes: Buffer): readonly Reply[] {
  const replies: Reply[] = [];
  new ReplyParser(Number.POSITIVE_INFINITY, (reply) => replies.push(reply) > 0).feed(bytes);
  return replies;
}
