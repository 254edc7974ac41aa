// Chooses the keys to compare: all of a small data set by SCAN, else a sample by SCAN from random places.
// A server takes any number for a cursor and begins in the bucket that its low bits name.

import { FerryError } from '../../migration/errors.ts';
import type { Command } from '../wire/command.ts';
import type { WireConnection } from '../wire/connection.ts';
import { listOf, type Reply, textOf } from '../wire/reply.ts';
import { collect } from './collect.ts';
import type { Pace } from './pace.ts';
import { OWN_PREFIX } from './walk.ts';

const OWN = Buffer.from(OWN_PREFIX);

/** Keys without repetition; Buffers of their own. */
export interface KeySet {
  readonly size: number;
  add(key: Buffer): void;
  list(): readonly Buffer[];
}

export function createKeySet(): KeySet {
  const keys = new Map<string, Buffer>();
  return {
    get size() {
      return keys.size;
    },
    add(key) {
      if (key.subarray(0, OWN.length).equals(OWN)) return;
      const name = key.toString('latin1');
      // A copy: the reply shares memory with a whole chunk from the socket.
      if (!keys.has(name)) keys.set(name, Buffer.from(key));
    },
    list: () => [...keys.values()],
  };
}

const LIST_COUNT = 100;
const DRAW_COUNT = 10;
const DRAWS_PER_PIPELINE = 20;
/** Looking through buckets costs a server a tenth of reading what is in them. */
const SCAN_COST = 0.1;
const HALF_CURSOR = 2 ** 24;

/** Adds every key of the selected database. Stops at `limit`, for one that grows while it is listed. */
export async function listKeys(
  connection: WireConnection,
  into: KeySet,
  limit: number,
  pace: Pace,
): Promise<void> {
  let cursor = '0';
  do {
    const command: Command = ['SCAN', cursor, 'COUNT', LIST_COUNT];
    cursor = take(await connection.ask(command), into);
    await pace.spend(LIST_COUNT * SCAN_COST, 0);
  } while (cursor !== '0' && into.size < limit);
}

/**
 * Adds about `wanted` random keys of the selected database; fewer when it has fewer, or when keys are drawn
 * twice too often.
 */
export async function drawKeys(
  connection: WireConnection,
  into: KeySet,
  wanted: number,
  random: () => number,
  pace: Pace,
): Promise<void> {
  const until = into.size + wanted;
  const mostPipelines = 10 + Math.ceil((4 * wanted) / (DRAW_COUNT * DRAWS_PER_PIPELINE));
  for (let i = 0; i < mostPipelines && into.size < until; i += 1) {
    const draws = Math.min(DRAWS_PER_PIPELINE, Math.ceil((until - into.size) / DRAW_COUNT));
    const commands = Array.from({ length: draws }, (): Command => {
      return ['SCAN', randomCursor(random), 'COUNT', DRAW_COUNT];
    });
    for (const reply of await collect(connection, commands)) take(reply, into);
    await pace.spend(draws * DRAW_COUNT * SCAN_COST, 0);
  }
}

const RANDOM_KEYS_PER_PIPELINE = 100;

/** The same by RANDOMKEY, one key a time: the only way on servers without SCAN. */
export async function drawRandomly(
  connection: WireConnection,
  into: KeySet,
  wanted: number,
  pace: Pace,
): Promise<void> {
  const until = into.size + wanted;
  const mostPipelines = Math.ceil((2 * wanted) / RANDOM_KEYS_PER_PIPELINE);
  for (let i = 0; i < mostPipelines && into.size < until; i += 1) {
    const commands = Array.from({ length: RANDOM_KEYS_PER_PIPELINE }, (): Command => ['RANDOMKEY']);
    for (const key of await collect(connection, commands)) if (Buffer.isBuffer(key)) into.add(key);
    await pace.spend(RANDOM_KEYS_PER_PIPELINE, 0);
  }
}

/** 48 bits, more than any table has; in halves, because the low bits count and few sources have as many. */
function randomCursor(random: () => number): number {
  return Math.floor(random() * HALF_CURSOR) * HALF_CURSOR + Math.floor(random() * HALF_CURSOR);
}

/** Adds the keys of an answer; gives the next cursor. */
function take(reply: Reply, into: KeySet): string {
  const [cursor, keys] = listOf(reply);
  for (const key of listOf(keys)) if (Buffer.isBuffer(key)) into.add(key);
  const next = textOf(cursor);
  if (next === '') throw new FerryError('protocol', 'The server answered SCAN without a cursor.');
  return next;
}

/** How many of `limit` each database gets, in proportion to its keys; at least one where it has any. */
export function shares(
  keysByDb: Readonly<Record<string, number>>,
  limit: number,
): ReadonlyMap<number, number> {
  const total = Object.values(keysByDb).reduce((sum, keys) => sum + keys, 0);
  return new Map(
    Object.entries(keysByDb)
      .filter(([, keys]) => keys > 0)
      .map(([db, keys]) => [Number(db), Math.min(keys, Math.ceil((limit * keys) / total))]),
  );
}
