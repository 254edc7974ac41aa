// What each numbered key of a fill is: its type, size, content and expiry follow from its number alone, so that a
// fill can go on anywhere, and a clear on a server that cannot be walked knows every name. Decides nothing else.

import type { Capabilities } from '../../migration/capabilities.ts';
import { FILL_PREFIX } from '../../migration/scratch.ts';
import type { Command } from '../wire/command.ts';

/** The number that the next fill begins with. */
export const COUNTER_KEY = `${FILL_PREFIX}next`;

export function fillKey(number: number): string {
  return `${FILL_PREFIX}${number}`;
}

export type Kind = 'string' | 'number' | 'list' | 'hash' | 'set' | 'zset' | 'stream';

export interface Junk {
  readonly commands: readonly Command[];
  /** About how many bytes of content. */
  readonly bytes: number;
}

interface Shape {
  readonly kind: Kind;
  readonly fromBytes: number;
  readonly toBytes: number;
}

const KB = 1024;

const USUAL: Shape = { kind: 'string', fromBytes: 64, toBytes: 512 };

/** One of these for each number, by its hash: mostly small, as data sets are; about 1.7 KB in the mean. */
const SHAPES: readonly Shape[] = [
  ...repeated(5, USUAL),
  ...repeated(3, { kind: 'string', fromBytes: KB, toBytes: 4 * KB }),
  { kind: 'string', fromBytes: 8 * KB, toBytes: 24 * KB },
  { kind: 'number', fromBytes: 8, toBytes: 8 },
  ...repeated(3, { kind: 'hash', fromBytes: 256, toBytes: 2 * KB }),
  ...repeated(2, { kind: 'list', fromBytes: 256, toBytes: 2 * KB }),
  ...repeated(2, { kind: 'set', fromBytes: 128, toBytes: KB }),
  ...repeated(2, { kind: 'zset', fromBytes: 128, toBytes: KB }),
  { kind: 'stream', fromBytes: 256, toBytes: KB },
];

/** Every so many numbers one key is large, a string and a hash in turn: what stalls a server is in every data set. */
const LARGE_EACH = 10_000;
const LARGE_BYTES = 1024 * KB;

/** One key in so many expires, some time between an hour and a week from now. */
const EXPIRING_EACH = 5;
const HOUR_SECONDS = 3_600;
const WEEK_SECONDS = 7 * 24 * HOUR_SECONDS;

/** The key of a number and what sets its expiry. A server without streams gets a list instead. */
export function junkOf(number: number, { can }: Pick<Capabilities, 'can'>): Junk {
  const key = fillKey(number);
  const { kind, fromBytes, toBytes } = shapeOf(number);
  const bytes = fromBytes + (mix(number, 2) % (toBytes - fromBytes + 1));
  const possible = kind === 'stream' && !can('streams') ? 'list' : kind;
  const commands = writesOf(key, number, possible, bytes);
  if (!isExpiring(number)) return { commands, bytes };
  const seconds = HOUR_SECONDS + (mix(number, 3) % (WEEK_SECONDS - HOUR_SECONDS));
  return { commands: [...commands, ['EXPIRE', key, seconds]], bytes };
}

export function isExpiring(number: number): boolean {
  return mix(number, 4) % EXPIRING_EACH === 0;
}

function shapeOf(number: number): Shape {
  if (number % LARGE_EACH === LARGE_EACH / 2) {
    const kind = (number - LARGE_EACH / 2) % (2 * LARGE_EACH) === 0 ? 'string' : 'hash';
    return { kind, fromBytes: LARGE_BYTES, toBytes: LARGE_BYTES };
  }
  return SHAPES[mix(number, 1) % SHAPES.length] ?? USUAL;
}

/** What an element of a list, hash, set, sorted set or stream is about. */
const ELEMENT_BYTES = 64;

/** The commands that make a key of this kind, about so large, out of nothing. Known to every version from 2.4 on, but XADD. */
export function writesOf(key: string, number: number, kind: Kind, bytes: number): readonly Command[] {
  const count = Math.max(1, Math.round(bytes / ELEMENT_BYTES));
  const element = (i: number): string => `${i}:${text(number + i * 7, ELEMENT_BYTES - 12)}`;
  switch (kind) {
    case 'string':
      return [['SET', key, content(number, bytes)]];
    case 'number':
      return [['SET', key, number]];
    case 'list':
      return [['RPUSH', key, ...times(count, element)]];
    case 'hash':
      // HSET takes several fields from 4.0 on only.
      return [['HMSET', key, ...times(count, (i) => [`field:${i}`, element(i)]).flat()]];
    case 'set':
      return [['SADD', key, ...times(count, element)]];
    case 'zset':
      return [['ZADD', key, ...times(count, (i) => [(number + i * 37) % 10_007, element(i)]).flat()]];
    case 'stream':
      return times(
        Math.ceil(count / 3),
        (i): Command => [
          'XADD',
          key,
          `${i + 1}-1`,
          'kind',
          'order',
          'body',
          text(number + i, 3 * ELEMENT_BYTES - 24),
        ],
      );
  }
}

/** The longest piece that is taken out of the pool. */
const PIECE_BYTES = 64 * KB;
const PLAIN = '{"order":4711,"customer":"of no importance","items":[{"sku":"A-1","count":2}],"note":null},';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Snapshots are compressed: half of what is written can be, half of it hardly. */
const POOL = Buffer.from(
  times(2 * PIECE_BYTES, (at) =>
    at % (8 * KB) < 4 * KB
      ? PLAIN.charCodeAt(at % PLAIN.length)
      : LETTERS.charCodeAt(mix(at, 5) % LETTERS.length),
  ),
);
const POOL_TEXT = POOL.toString('latin1');

function content(number: number, bytes: number): Buffer {
  const from = mix(number, 6) % PIECE_BYTES;
  if (bytes <= PIECE_BYTES) return POOL.subarray(from, from + bytes);
  return Buffer.alloc(bytes, POOL.subarray(from, from + PIECE_BYTES));
}

function text(number: number, length: number): string {
  const from = mix(number, 7) % PIECE_BYTES;
  return POOL_TEXT.slice(from, from + length);
}

/** 32 bits that look like chance, and are always the same for a number and a purpose. */
function mix(number: number, purpose: number): number {
  let mixed = (number ^ Math.imul(purpose, 0x9e3779b1)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function repeated(count: number, shape: Shape): Shape[] {
  return times(count, () => shape);
}
