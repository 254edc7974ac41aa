// How far the numbers of a fill go: kept on the server itself, so that a lost worker loses nothing; and found again
// by looking where the keys end, should somebody have deleted it.

import type { WireConnection } from '../wire/connection.ts';
import { numberOf } from '../wire/reply.ts';
import { COUNTER_KEY, fillKey } from './junk.ts';

/** Keys that expired leave gaps; hardly ever one so wide. */
const NEIGHBOURS = 64;

/** The first number that no fill has given to a key; 0: none has. */
export async function nextNumber(connection: WireConnection): Promise<number> {
  const kept = numberOf(await connection.ask(['GET', COUNTER_KEY]));
  const known = Number.isSafeInteger(kept) && kept >= 0 ? kept : 0;
  return (await hasKeysFrom(connection, known)) ? await searchEnd(connection, known) : known;
}

/** In leaps that grow until nothing is found, then by halves between the last two. */
async function searchEnd(connection: WireConnection, known: number): Promise<number> {
  let from = known;
  let to = known + NEIGHBOURS;
  while (await hasKeysFrom(connection, to)) {
    from = to;
    to += 2 * (to - known);
  }
  while (to - from > NEIGHBOURS) {
    const middle = Math.floor((from + to) / 2);
    if (await hasKeysFrom(connection, middle)) from = middle;
    else to = middle;
  }
  return to + NEIGHBOURS;
}

async function hasKeysFrom(connection: WireConnection, from: number): Promise<boolean> {
  let found = 0;
  const numbers = Array.from({ length: NEIGHBOURS }, (_, i) => from + i);
  await connection.send(
    numbers.map((number) => ['EXISTS', fillKey(number)] as const),
    (reply) => {
      if (reply === 1) found += 1;
    },
  );
  return found > 0;
}
