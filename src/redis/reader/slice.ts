// Compares a slice of keys at first sight: types from the side that is walked, then one prepared request to both,
// and the bytes of their answers. Says only which keys are equal beyond doubt; all others are looked at again.

import type { FerryError } from '../../migration/errors.ts';
import type { Clock } from '../../workflow/ports.ts';
import { serverError } from '../server-error.ts';
import { bulk, keyed, prepared } from '../wire/prepared.ts';
import { integerAt, type ReplySpans, spansOf } from '../wire/raw-replies.ts';
import { ErrorReply } from '../wire/reply.ts';
import { clockWindow, type ExpiryReads, windowOf } from './expiry.ts';
import { type ExpiryRules, type ExpiryWindow, expiriesAgree } from './fingerprint.ts';
import type { Peer } from './peer.ts';
import type { SliceRead, SliceReads } from './slice-reads.ts';
import { parseReplies } from './walk.ts';

export interface SliceSide {
  readonly peer: Peer;
  readonly expiry: ExpiryReads;
}

export interface SliceReader {
  readonly source: SliceSide;
  readonly target: SliceSide;
  /** Whose keys they are. */
  readonly walked: SliceSide;
  readonly reads: SliceReads;
  readonly rules: ExpiryRules;
  /** An expiry tells whether there is a key at all: on both sides, from 2.8 on. */
  readonly tellsMissing: boolean;
  readonly clock: Clock;
}

export interface SliceResult {
  readonly equalKeys: number;
  readonly equalBytes: number;
  /** Differ, or could not be told. */
  readonly again: readonly string[];
  /** Too large or of another kind: not compared yet. */
  readonly unread: readonly string[];
  /** The larger answer; null: it was dropped for its size. */
  readonly replyBytes: number | null;
  /** How long the source was busy with it, at most: what its answer took beyond one that costs it nothing. */
  readonly busyMs: number;
}

interface Asked {
  readonly key: string;
  readonly read: SliceRead;
}

const ERROR = 0x2d;
/** What the time left says where there is no key, from 2.8 on. */
const NO_KEY = -2;
export async function compareSlice(reader: SliceReader, keys: readonly string[]): Promise<SliceResult> {
  const startedMs = reader.clock.monotonicMs();
  const types = await readTypes(reader.walked.peer, keys);
  const travelMs = reader.clock.monotonicMs() - startedMs;
  const asked: Asked[] = [];
  const again: string[] = [];
  const unread: string[] = [];
  for (const [i, key] of keys.entries()) {
    const type = types[i] ?? 'none';
    const read = reader.reads.get(type);
    if (read !== undefined) asked.push({ key, read });
    else if (type === 'none') again.push(key);
    else unread.push(key);
  }
  if (asked.length === 0) return { equalKeys: 0, equalBytes: 0, again, unread, replyBytes: 0, busyMs: 0 };
  const [{ answers: here, tookMs }, { answers: there }] = await Promise.all([
    readSide(reader.source, asked, reader.clock),
    readSide(reader.target, asked, reader.clock),
  ]);
  const busyMs = Math.max(0, tookMs - travelMs);
  if (here === null || there === null) {
    unread.push(...asked.map(({ key }) => key));
    return { equalKeys: 0, equalBytes: 0, again, unread, replyBytes: null, busyMs };
  }
  const judge = judgeOf(reader, here, there);
  let equalKeys = 0;
  let equalBytes = 0;
  let reply = 0;
  for (const { key, read } of asked) {
    const fate = judge(read, reply);
    if (fate === 'equal') {
      equalKeys += 1;
      equalBytes += contentOf(here, read, reply);
    } else (fate === 'again' ? again : unread).push(key);
    reply += 1 + read.commands.length;
  }
  const replyBytes = Math.max(here.data.length, there.data.length);
  return { equalKeys, equalBytes, again, unread, replyBytes, busyMs };
}

const askType = keyed(['TYPE']);

async function readTypes(peer: Peer, keys: readonly string[]): Promise<readonly string[]> {
  if (keys.length === 0) return [];
  const request = prepared(keys.map(askType).join(''));
  const replies = await peer.connection.exchange('TYPE', request, keys.length);
  const lines = (replies?.toString('latin1') ?? '').split('\r\n');
  return keys.map((_, i) => {
    const line = lines[i] ?? '';
    if (line.startsWith('+')) return line.slice(1);
    throw serverError(peer.who, 'TYPE', new Error(line.slice(1)));
  });
}

/** The answers of one side: for each key its expiry, then its value. */
interface SideAnswers {
  readonly side: SliceSide;
  readonly data: Buffer;
  readonly spans: ReplySpans;
  /** Replies before those of the keys. */
  readonly lead: number;
  readonly clock: ExpiryWindow;
}

const TIME = `*1\r\n${bulk('TIME')}`;

interface SideRead {
  readonly tookMs: number;
  /** null: they were larger than what is kept. */
  readonly answers: SideAnswers | null;
}

async function readSide(side: SliceSide, asked: readonly Asked[], clock: Clock): Promise<SideRead> {
  const { peer, expiry } = side;
  // An instant needs no clock to count from.
  const lead = expiry.command !== 'PEXPIRETIME' && expiry.tellsClock ? 1 : 0;
  const time = lead === 1 ? TIME : '';
  const askExpiry = keyed([expiry.command]);
  const parts = [time];
  let replies = lead * 2;
  for (const { key, read } of asked) {
    parts.push(askExpiry(key), read.request(key));
    replies += 1 + read.commands.length;
  }
  parts.push(time);
  const askedAt = clock.now();
  const request = prepared(parts.join(''));
  const startedMs = clock.monotonicMs();
  const data = await peer.connection.exchange('a slice of keys', request, replies);
  const tookMs = clock.monotonicMs() - startedMs;
  if (data === null) return { tookMs, answers: null };
  const spans = spansOf(data, replies);
  const answers = { side, data, spans, lead };
  if (lead === 0) return { tookMs, answers: { ...answers, clock: { from: askedAt, to: clock.now() } } };
  const told = [0, replies - 1].map((reply) => {
    return parseReplies(data.subarray(startOf(spans, reply), spans.ends[reply]))[0];
  });
  const window = clockWindow(expiry, told[0], told[1], askedAt, clock);
  return { tookMs, answers: { ...answers, clock: window } };
}

function startOf({ ends }: ReplySpans, reply: number): number {
  return reply === 0 ? 0 : (ends[reply - 1] ?? 0);
}

/** Bytes of the value whose key's replies begin at `reply`. */
function contentOf({ spans, lead }: SideAnswers, read: SliceRead, reply: number): number {
  let bytes = 0;
  for (let i = 1; i <= read.commands.length; i += 1) bytes += spans.contentBytes[lead + reply + i] ?? 0;
  return bytes;
}

type Fate = 'equal' | 'again' | 'unread';

function judgeOf(
  reader: SliceReader,
  here: SideAnswers,
  there: SideAnswers,
): (read: SliceRead, reply: number) => Fate {
  const { rules, tellsMissing } = reader;
  // Most slices are equal as a whole, and one comparison says so of all their values.
  const allSame = here.data.equals(there.data);
  return (read, reply) => {
    const [one, other] = [answerOf(here, read, reply), answerOf(there, read, reply)];
    if (one === null || other === null) return 'again';
    // Before 2.8 an expiry does not tell a key that is not there from one that never expires.
    if (!tellsMissing && contentOf(here, read, reply) === 0) return 'again';
    if (!expiriesAgree(one.expiresAt, other.expiresAt, rules)) return 'again';
    const same = allSame || here.data.compare(there.data, other.from, other.to, one.from, one.to) === 0;
    if (!read.whole(here.data, one.from)) return 'unread';
    if (same) return 'equal';
    if (!read.whole(there.data, other.from)) return 'unread';
    const values = [here.data.subarray(one.from, one.to), there.data.subarray(other.from, other.to)] as const;
    return read.same(...values) ? 'equal' : 'again';
  };
}

interface Answer {
  readonly expiresAt: ExpiryWindow | null;
  readonly from: number;
  readonly to: number;
}

/** One key's answer; null: no such key, or an error that is about this key. */
function answerOf(
  { side, data, spans, lead, clock }: SideAnswers,
  read: SliceRead,
  reply: number,
): Answer | null {
  const first = lead + reply;
  const expiryAt = startOf(spans, first);
  if (data[expiryAt] === ERROR) throw refused(side, side.expiry.command, data, expiryAt);
  for (const [i, command] of read.commands.entries()) {
    const at = startOf(spans, first + 1 + i);
    if (data[at] !== ERROR) continue;
    // The reading key by key says what it means.
    if (errorAt(data, at).isAboutKey) return null;
    throw refused(side, command, data, at);
  }
  const expiry = integerAt(data, expiryAt + 1);
  if (expiry === NO_KEY) return null;
  return {
    expiresAt: windowOf(side.expiry, expiry, clock),
    from: spans.ends[first] ?? 0,
    to: spans.ends[first + read.commands.length] ?? 0,
  };
}

function refused(side: SliceSide, command: string, data: Buffer, at: number): FerryError {
  return serverError(side.peer.who, command, new Error(errorAt(data, at).text));
}

function errorAt(data: Buffer, at: number): ErrorReply {
  return new ErrorReply(data.toString('utf8', at + 1, data.indexOf('\r', at)));
}
