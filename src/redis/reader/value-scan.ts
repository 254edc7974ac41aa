// Which commands read a value of each type, and what of the replies counts. A scan is a generator: it yields a
// command, is given the reply, and returns a reading; it does no I/O. Big values come in chunks.

import type { Command } from '../wire/command.ts';
import { listOf, numberOf, type Reply, textOf } from '../wire/reply.ts';
import { orderedDigest, unorderedDigest } from './digest.ts';

export interface Reading {
  /** Hex; empty for a part that cannot be compared, because its order is the server's own. */
  readonly digest: string;
  readonly bytes: number;
  /** `torn`: it has not the size that was told before. `partial`: it is larger than what is read of one key. */
  readonly extent: 'whole' | 'partial' | 'torn';
}

export type ValueScan = Generator<Command, Reading, Reply>;

export interface ScanLimits {
  readonly salt: Buffer;
  /** Of one key not more than this is read, give or take a chunk. */
  readonly maxValueBytes: number;
  readonly stringChunkBytes: number;
  readonly chunkElements: number;
  /** The server reads sets and hashes in chunks; otherwise only as a whole, up to `wholeElements`. */
  readonly inChunks: boolean;
  readonly wholeElements: number;
  /** Fields of hashes may expire on their own, and their expiries are part of the value. */
  readonly fieldExpiries: boolean;
}

export const DEFAULT_SCAN_LIMITS: Omit<ScanLimits, 'salt'> = {
  maxValueBytes: 64 * 1024 * 1024,
  stringChunkBytes: 1024 * 1024,
  chunkElements: 512,
  inChunks: true,
  wholeElements: 20_000,
  fieldExpiries: false,
};

type Scan = (key: Buffer, size: number, limits: ScanLimits) => ValueScan;

export interface ValueType {
  /** The command that gives the number of elements (bytes of a string), always O(1). */
  readonly sizeCommand: string;
  readonly unit: 'bytes' | 'elements';
  readonly scan: Scan;
}

/** By the answer of TYPE. A type that is not here belongs to a module or a later version. */
export const VALUE_TYPES: ReadonlyMap<string, ValueType> = new Map<string, ValueType>([
  ['string', { sizeCommand: 'STRLEN', unit: 'bytes', scan: scanString }],
  ['list', { sizeCommand: 'LLEN', unit: 'elements', scan: scanList }],
  ['set', { sizeCommand: 'SCARD', unit: 'elements', scan: scanSet }],
  ['hash', { sizeCommand: 'HLEN', unit: 'elements', scan: scanHash }],
  ['zset', { sizeCommand: 'ZCARD', unit: 'elements', scan: scanSortedSet }],
  ['stream', { sizeCommand: 'XLEN', unit: 'elements', scan: scanStream }],
]);

/** Payloads of DUMP are comparable only between servers of one version. */
export function* scanDump(key: Buffer, salt: Buffer): ValueScan {
  const payload = bufferOf(yield ['DUMP', key]);
  const digest = orderedDigest(salt);
  digest.add(payload);
  return { digest: digest.hex(), bytes: payload.length, extent: wholeIf(payload.length > 0) };
}

function* scanString(key: Buffer, size: number, limits: ScanLimits): ValueScan {
  const digest = orderedDigest(limits.salt);
  const { stringChunkBytes, maxValueBytes } = limits;
  if (size <= stringChunkBytes) {
    const content = bufferOf(yield ['GET', key]);
    digest.add(content);
    return { digest: digest.hex(), bytes: content.length, extent: wholeIf(content.length === size) };
  }
  for (let bytes = 0; ; ) {
    const chunk = bufferOf(yield ['GETRANGE', key, bytes, bytes + stringChunkBytes - 1]);
    digest.add(chunk);
    bytes += chunk.length;
    if (chunk.length < stringChunkBytes || bytes === size) {
      return { digest: digest.hex(), bytes, extent: wholeIf(bytes === size) };
    }
    if (bytes >= maxValueBytes) return { digest: digest.hex(), bytes, extent: 'partial' };
  }
}

function wholeIf(complete: boolean): Reading['extent'] {
  return complete ? 'whole' : 'torn';
}

function* scanList(key: Buffer, size: number, limits: ScanLimits): ValueScan {
  return yield* scanRanges(size, limits, 1, (from, to) => ['LRANGE', key, from, to], bufferOf);
}

function* scanSortedSet(key: Buffer, size: number, limits: ScanLimits): ValueScan {
  return yield* scanRanges(
    size,
    limits,
    2,
    (from, to) => ['ZRANGE', key, from, to, 'WITHSCORES'],
    (reply, index) => (index % 2 === 0 ? bufferOf(reply) : canonicalScore(reply)),
  );
}

/** Elements by rank: their order is part of the value. `width`: replies to an element. */
function* scanRanges(
  size: number,
  limits: ScanLimits,
  width: number,
  range: (from: number, to: number) => Command,
  canonical: (reply: Reply, index: number) => Buffer,
): ValueScan {
  const digest = orderedDigest(limits.salt);
  let bytes = 0;
  let elements = 0;
  for (let from = 0; ; from += limits.chunkElements) {
    const chunk = listOf(yield range(from, from + limits.chunkElements - 1));
    for (const [index, reply] of chunk.entries()) {
      const part = canonical(reply, index);
      digest.add(part);
      bytes += part.length;
    }
    elements += chunk.length / width;
    if (chunk.length < limits.chunkElements * width || elements === size) {
      return { digest: digest.hex(), bytes, extent: wholeIf(elements === size) };
    }
    if (bytes >= limits.maxValueBytes) return { digest: digest.hex(), bytes, extent: 'partial' };
  }
}

function* scanSet(key: Buffer, size: number, limits: ScanLimits): ValueScan {
  return yield* scanUnordered(key, size, limits, 1, 'SMEMBERS', 'SSCAN');
}

function* scanHash(key: Buffer, size: number, limits: ScanLimits): ValueScan {
  const expiries = limits.fieldExpiries ? readFieldExpiries : undefined;
  return yield* scanUnordered(key, size, limits, 2, 'HGETALL', 'HSCAN', expiries);
}

/** When each field of a chunk expires; -1: never. Its own command: no version tells it with the value. */
function* readFieldExpiries(
  key: Buffer,
  chunk: readonly Reply[],
): Generator<Command, readonly Buffer[], Reply> {
  const fields = chunk.filter((_, i) => i % 2 === 0).map(bufferOf);
  if (fields.length === 0) return [];
  return listOf(yield ['HPEXPIRETIME', key, 'FIELDS', fields.length, ...fields]).map(bufferOf);
}

type MoreOfEach = (key: Buffer, chunk: readonly Reply[]) => Generator<Command, readonly Buffer[], Reply>;

function* scanUnordered(
  key: Buffer,
  size: number,
  limits: ScanLimits,
  width: number,
  whole: string,
  scan: string,
  moreOfEach?: MoreOfEach,
): ValueScan {
  const digest = unorderedDigest(limits.salt);
  let bytes = 0;
  let elements = 0;
  const take = (replies: readonly Reply[], more: readonly Buffer[]): void => {
    for (let i = 0; i + width <= replies.length; i += width) {
      const parts = replies.slice(i, i + width).map(bufferOf);
      bytes += parts.reduce((sum, part) => sum + part.length, 0);
      digest.add(...parts, ...more.slice(i / width, i / width + 1));
      elements += 1;
    }
  };
  const readMore = function* (chunk: readonly Reply[]): Generator<Command, readonly Buffer[], Reply> {
    return moreOfEach === undefined ? [] : yield* moreOfEach(key, chunk);
  };
  if (size > limits.wholeElements && !limits.inChunks) return { digest: '', bytes, extent: 'partial' };
  if (size <= limits.chunkElements || !limits.inChunks) {
    const chunk = listOf(yield [whole, key]);
    take(chunk, yield* readMore(chunk));
  } else {
    let cursor = '0';
    do {
      const [next, replies] = listOf(yield [scan, key, cursor, 'COUNT', limits.chunkElements]);
      const chunk = listOf(replies);
      take(chunk, yield* readMore(chunk));
      cursor = textOf(next);
      if (bytes >= limits.maxValueBytes && cursor !== '0') return { digest: '', bytes, extent: 'partial' };
    } while (cursor !== '0' && cursor !== '');
  }
  // A scan may give an element twice when the table shrinks meanwhile, which a sum would count twice.
  return { digest: digest.hex(), bytes, extent: wholeIf(elements === size) };
}

function* scanStream(key: Buffer, size: number, limits: ScanLimits): ValueScan {
  const digest = orderedDigest(limits.salt);
  let bytes = 0;
  let entriesRead = 0;
  let ended = false;
  for (let from = '-'; !ended && bytes < limits.maxValueBytes; ) {
    const entries = listOf(yield ['XRANGE', key, from, '+', 'COUNT', limits.chunkElements]);
    for (const entry of entries) {
      const [id, fields] = listOf(entry);
      const parts = [bufferOf(id ?? null), ...listOf(fields).map(bufferOf)];
      bytes += parts.reduce((sum, part) => sum + part.length, 0);
      digest.add(...parts);
    }
    entriesRead += entries.length;
    ended = entries.length < limits.chunkElements || entriesRead === size;
    if (!ended) from = `(${textOf(listOf(entries.at(-1))[0])}`;
  }
  digest.add(...groupPositions(listOf(yield ['XINFO', 'GROUPS', key])));
  return { digest: digest.hex(), bytes, extent: ended ? wholeIf(entriesRead === size) : 'partial' };
}

/** Where each group stands. Its consumers and counters differ between versions, and are left out. */
export function groupPositions(groups: readonly Reply[]): readonly Buffer[] {
  return groups.flatMap((group) => {
    const fields = listOf(group);
    return ['name', 'last-delivered-id', 'pending'].map((name) => {
      const at = fields.findIndex((reply, i) => i % 2 === 0 && textOf(reply) === name);
      return at === -1 ? Buffer.alloc(0) : bufferOf(fields[at + 1] ?? null);
    });
  });
}

/** Versions print one score in different ways: 7.0 says `0.10000000000000001` where 8.0 says `0.1`. */
export function canonicalScore(reply: Reply): Buffer {
  const value = numberOf(reply);
  return Buffer.from(Number.isNaN(value) ? textOf(reply) : String(value));
}

function bufferOf(reply: Reply): Buffer {
  if (Buffer.isBuffer(reply)) return reply;
  return typeof reply === 'number' ? Buffer.from(String(reply)) : Buffer.alloc(0);
}
