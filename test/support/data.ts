// Fills a server with data of every type, the same for the same seed: plain and binary keys, small and large
// values, with and without expiries, over several databases.

import type { Command } from '../../src/redis/wire/command.ts';
import { openWire, type WireConnection } from '../../src/redis/wire/connection.ts';
import { ErrorReply } from '../../src/redis/wire/reply.ts';

export interface FillOptions {
  readonly keys: number;
  readonly seed?: number;
  /** Keys are dealt out over these in turn. Default: only 0. */
  readonly databases?: readonly number[];
  readonly password?: string;
}

/** A raw connection to a server on loopback. Close it. */
export function wireTo(port: number, password: string | null = null, username: string | null = null) {
  return openWire({
    who: `the server on ${port}`,
    address: { host: '127.0.0.1', port },
    tls: null,
    username,
    password,
    name: 'ferry-test',
    connectTimeoutMs: 5_000,
    silenceTimeoutMs: 15_000,
    maxReplyBytes: 64 * 1024 * 1024,
  });
}

/** Numbers from 0 to 1, the same row of them for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs commands in one pipeline; throws at the first that is refused. */
export async function run(connection: WireConnection, commands: readonly Command[]): Promise<void> {
  await connection.send(commands, (reply, i) => {
    if (reply instanceof ErrorReply) throw new Error(`${commands[i]?.[0]}: ${reply.text}`);
  });
}

export async function fill(port: number, options: FillOptions): Promise<void> {
  const random = seeded(options.seed ?? 1);
  const databases = options.databases ?? [0];
  const connection = await wireTo(port, options.password ?? null);
  try {
    for (const [turn, db] of databases.entries()) {
      await run(connection, [['SELECT', db]]);
      let batch: Command[] = [];
      for (let i = turn; i < options.keys; i += databases.length) {
        batch.push(...makeKey(i, random));
        if (batch.length < 500) continue;
        await run(connection, batch);
        batch = [];
      }
      await run(connection, batch);
    }
  } finally {
    connection.close();
  }
}

/** Shapes of the mixed data set, in turn by the key's number. */
const SHAPES = ['text', 'number', 'bytes', 'list', 'set', 'intset', 'hash', 'zset', 'stream', 'hll'] as const;

/** The key of a number; every seventh is binary. */
export function keyOf(i: number): Buffer {
  const name = Buffer.from(`key:${SHAPES[i % SHAPES.length]}:${i}`);
  return i % 7 === 3 ? Buffer.concat([name, Buffer.from([0, 0xff, 0x0d, 0x0a, 0x80])]) : name;
}

function makeKey(i: number, random: () => number): Command[] {
  const key = keyOf(i);
  const commands = makeValue(SHAPES[i % SHAPES.length] ?? 'text', key, random);
  if (i % 4 === 1) commands.push(['PEXPIRE', key, 600_000 + Math.floor(random() * 3_600_000)]);
  return commands;
}

function makeValue(shape: (typeof SHAPES)[number], key: Buffer, random: () => number): Command[] {
  const word = (): string => `w${Math.floor(random() * 1e9).toString(36)}`;
  const some = <T>(most: number, make: () => T): T[] =>
    Array.from({ length: 1 + Math.floor(random() * most) }, make);
  switch (shape) {
    case 'text':
      return [['SET', key, word().repeat(1 + Math.floor(random() * 30))]];
    case 'number':
      return [['SET', key, Math.floor(random() * 1e12)]];
    case 'bytes':
      return [['SET', key, Buffer.from(some(200, () => Math.floor(random() * 256)))]];
    case 'list':
      return [['RPUSH', key, ...some(40, word)]];
    case 'set':
      return [['SADD', key, ...some(40, word)]];
    case 'intset':
      return [['SADD', key, ...some(40, () => Math.floor(random() * 1e6))]];
    case 'hash':
      return [['HSET', key, ...some(20, () => [word(), word()]).flat()]];
    case 'zset':
      // Scores that versions print in different ways.
      return [['ZADD', key, 0.1, 'a', 1e-7, 'b', '-inf', 'c', ...some(20, () => [random(), word()]).flat()]];
    case 'stream':
      return [
        ...some(8, (): Command => ['XADD', key, '*', 'field', word()]),
        ['XGROUP', 'CREATE', key, 'readers', '0'],
        ['XREADGROUP', 'GROUP', 'readers', 'one', 'COUNT', 2, 'STREAMS', key, '>'],
      ];
    case 'hll':
      return [['PFADD', key, ...some(40, word)]];
  }
}

/** Values that are read in chunks: each more than one chunk of its type. */
export async function fillBigKeys(connection: WireConnection, name = 'big'): Promise<void> {
  const numbers = Array.from({ length: 2_000 }, (_, i) => i);
  await run(connection, [
    ['SET', `${name}:string`, Buffer.alloc(3 * 1024 * 1024 + 17, 'a')],
    ['RPUSH', `${name}:list`, ...numbers.map((i) => `element ${i}`)],
    ['SADD', `${name}:set`, ...numbers.map((i) => `member ${i}`)],
    ['HSET', `${name}:hash`, ...numbers.flatMap((i) => [`field ${i}`, `value ${i}`])],
    ['ZADD', `${name}:zset`, ...numbers.flatMap((i) => [i / 7, `member ${i}`])],
    ...numbers.map((i): Command => ['XADD', `${name}:stream`, '*', 'number', i]),
  ]);
}
