// The one bounded read that shows a small value of each type whole, the same for both servers, and when two
// answers to it mean the same value though their bytes differ. Pure. Larger values are read in chunks elsewhere.

import { keyed } from '../wire/prepared.ts';
import { integerAt } from '../wire/raw-replies.ts';
import { listOf, type Reply, textOf } from '../wire/reply.ts';
import { canonicalScore, groupPositions } from './value-scan.ts';
import { parseReplies } from './walk.ts';

export interface SliceLimits {
  readonly stringBytes: number;
  readonly elements: number;
}

export interface SliceRead {
  /** As sentences name them, one a reply. */
  readonly commands: readonly string[];
  readonly request: (key: string) => string;
  /** Does the answer that begins here show all of the value? Never asked of an error. */
  whole(reply: Buffer, at: number): boolean;
  /** Bytes that differ: the same value all the same? */
  readonly same: (source: Buffer, target: Buffer) => boolean;
}

/** By the answer of TYPE. What is not here is read key by key. */
export type SliceReads = ReadonlyMap<string, SliceRead>;

/** `inChunks`: both servers read sets and hashes in chunks (SSCAN, HSCAN). */
export function sliceReads(limits: SliceLimits, inChunks: boolean, fieldExpiries: boolean): SliceReads {
  const { stringBytes, elements } = limits;
  const last = String(elements - 1);
  const count = ['COUNT', String(elements)];
  const reads: [string, SliceRead][] = [
    ['string', readBy(['GETRANGE'], ['0', String(stringBytes - 1)], shorterThan(stringBytes), never)],
    ['list', readBy(['LRANGE'], ['0', last], shorterThan(elements), never)],
    ['zset', readBy(['ZRANGE'], ['0', last, 'WITHSCORES'], shorterThan(elements * 2), sameScores)],
  ];
  if (inChunks) reads.push(['set', readBy(['SSCAN'], ['0', ...count], ended, sameScan(1))]);
  // Expiries of fields need a second question, which only the reading key by key asks.
  if (inChunks && !fieldExpiries)
    reads.push(['hash', readBy(['HSCAN'], ['0', ...count], ended, sameScan(2))]);
  const entries = readBy(['XRANGE'], ['-', '+', ...count], shorterThan(elements), never);
  const groups = keyed(['XINFO', 'GROUPS']);
  reads.push([
    'stream',
    {
      ...entries,
      commands: ['XRANGE', 'XINFO GROUPS'],
      request: (key) => entries.request(key) + groups(key),
      same: sameStream,
    },
  ]);
  return new Map(reads);
}

function readBy(
  before: readonly string[],
  after: readonly string[],
  whole: SliceRead['whole'],
  same: SliceRead['same'],
): SliceRead {
  return { commands: [before.join(' ')], request: keyed(before, after), whole, same };
}

/** A string or list that came with its limit reached may go on. */
function shorterThan(limit: number): SliceRead['whole'] {
  return (reply, at) => integerAt(reply, at + 1) < limit;
}

const ENDED = Buffer.from('*2\r\n$1\r\n0\r\n');

/** The scan's next cursor is 0. */
function ended(reply: Buffer, at: number): boolean {
  return reply.compare(ENDED, 0, ENDED.length, at, at + ENDED.length) === 0;
}

function never(): boolean {
  return false;
}

/** Tables give their elements in an order of their own; one that is being resized may give some twice. */
function sameScan(width: 1 | 2): SliceRead['same'] {
  return (source, target) => {
    const [here, there] = [elementsOf(source, width), elementsOf(target, width)];
    if (here.size !== there.size) return false;
    for (const [element, value] of here) if (there.get(element) !== value) return false;
    return true;
  };
}

/** Element and value; sets have none. */
function elementsOf(bytes: Buffer, width: 1 | 2): ReadonlyMap<string, string> {
  const [scan] = parseReplies(bytes);
  const list = listOf(listOf(scan)[1]);
  const elements = new Map<string, string>();
  for (let i = 0; i < list.length; i += width) {
    elements.set(textOf(list[i]), width === 2 ? textOf(list[i + 1]) : '');
  }
  return elements;
}

/** Versions print one score in different ways. */
function sameScores(source: Buffer, target: Buffer): boolean {
  const [here, there] = [listOf(parseReplies(source)[0]), listOf(parseReplies(target)[0])];
  return (
    here.length === there.length && here.every((reply, i) => sameMemberOrScore(reply, there[i] ?? null, i))
  );
}

function sameMemberOrScore(one: Reply, other: Reply, index: number): boolean {
  if (textOf(one) === textOf(other)) return true;
  return index % 2 === 1 && canonicalScore(one).equals(canonicalScore(other));
}

/** Newer versions tell more of a group than older ones. */
function sameStream(source: Buffer, target: Buffer): boolean {
  const [here, there] = [parseReplies(source), parseReplies(target)];
  if (!sameReply(here[0] ?? null, there[0] ?? null)) return false;
  const [one, other] = [groupPositions(listOf(here[1])), groupPositions(listOf(there[1]))];
  return one.length === other.length && one.every((part, i) => part.equals(other[i] ?? Buffer.alloc(0)));
}

function sameReply(one: Reply, other: Reply): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return textOf(one) === textOf(other);
  return one.length === other.length && one.every((each, i) => sameReply(each, other[i] ?? null));
}
