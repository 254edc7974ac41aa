// Reads keys of one server into fingerprints: types, expiries and sizes first, then the values, in pipelines
// that stay small in bytes. Cheap commands only (I11); nothing is written.

import type { FerryError } from '../../migration/errors.ts';
import { serverError } from '../server-error.ts';
import { type Command, nameOf } from '../wire/command.ts';
import type { WireConnection } from '../wire/connection.ts';
import { ErrorReply, listOf, numberOf, type Reply, textOf } from '../wire/reply.ts';
import type { ExpiryWindow, Fingerprint } from './fingerprint.ts';
import type { Pace } from './pace.ts';
import { type Reading, type ScanLimits, scanDump, VALUE_TYPES, type ValueScan } from './value-scan.ts';

export interface SideOptions {
  readonly connection: WireConnection;
  readonly limits: ScanLimits;
  /** PEXPIRETIME on both sides. */
  readonly exactExpiry: boolean;
  /** Both sides run the same version, so that payloads of DUMP are comparable. */
  readonly sameVersion: boolean;
  readonly pace: Pace;
}

export interface SideReader {
  readonly connection: WireConnection;
  select(db: number): Promise<void>;
  /** In the order of the keys. */
  read(keys: readonly Buffer[]): Promise<readonly Fingerprint[]>;
}

/** What a pipeline may bring at once, as far as sizes tell. */
const PIPELINE_BYTES = 1024 * 1024;
const PIPELINE_COMMANDS = 256;
/** Guessed for an element whose size nobody told. */
const ELEMENT_BYTES = 64;

type Metadata = Pick<Fingerprint, 'type' | 'expiresAt' | 'size' | 'unit' | 'readAt'>;

type Outcome = Pick<Fingerprint, 'digest' | 'bytes' | 'extent' | 'why'>;

interface Work {
  readonly index: number;
  readonly scan: ValueScan;
  command: Command;
  readonly weightBytes: number;
}

export function createSideReader(options: SideOptions): SideReader {
  const { connection, pace } = options;
  return {
    connection,
    async select(db) {
      await connection.ask(['SELECT', db]);
    },
    async read(keys) {
      if (keys.length === 0) return [];
      const metadata = await readMetadata(options, keys);
      const outcomes = await readValues(options, keys, metadata);
      await pace.spend(keys.length, 0);
      return metadata.map((known, i) => ({ ...known, ...(outcomes[i] ?? NOTHING) }));
    },
  };
}

const NOTHING: Outcome = { digest: '', bytes: 0, extent: 'whole', why: '' };

async function readMetadata(options: SideOptions, keys: readonly Buffer[]): Promise<readonly Metadata[]> {
  const { connection, exactExpiry } = options;
  const expiryCommand = exactExpiry ? 'PEXPIRETIME' : 'PTTL';
  // By PTTL an expiry lies between the clock before it plus the time left, and the clock after it plus that.
  const commands: Command[] = [['TIME']];
  for (const key of keys) commands.push(['TYPE', key], [expiryCommand, key]);
  commands.push(['TIME']);
  const replies = await collect(connection, commands);
  const before = clockOf(replies[0]);
  const after = clockOf(replies.at(-1));
  const known = keys.map((_, i) => ({
    type: textOf(replies[1 + i * 2]),
    expiresAt: windowOf(numberOf(replies[2 + i * 2]), exactExpiry ? null : { from: before, to: after }),
  }));
  const sizes = await readSizes(connection, keys, known);
  return known.map(({ type, expiresAt }, i) => ({
    type,
    expiresAt,
    size: sizes[i] ?? 0,
    unit: VALUE_TYPES.get(type)?.unit ?? 'bytes',
    readAt: after,
  }));
}

async function readSizes(
  connection: WireConnection,
  keys: readonly Buffer[],
  known: readonly { readonly type: string }[],
): Promise<readonly number[]> {
  const sizes = keys.map(() => 0);
  const asked: number[] = [];
  const commands: Command[] = [];
  for (const [i, key] of keys.entries()) {
    const sizeCommand = VALUE_TYPES.get(known[i]?.type ?? '')?.sizeCommand;
    if (sizeCommand === undefined) continue;
    asked.push(i);
    commands.push([sizeCommand, key]);
  }
  await connection.send(commands, (reply, i) => {
    // A key that changed its type meanwhile shows when its value is read.
    if (typeof reply === 'number') sizes[asked[i] ?? 0] = reply;
  });
  return sizes;
}

/** Goes on with all values in waves: the first chunks of as many keys as fit, then their next ones. */
async function readValues(
  options: SideOptions,
  keys: readonly Buffer[],
  metadata: readonly Metadata[],
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = keys.map(() => NOTHING);
  let work: Work[] = [];
  for (const [index, key] of keys.entries()) {
    const known = metadata[index];
    if (known === undefined || known.type === 'none') continue;
    const scan = scanOf(options, key, known);
    const first = scan?.next();
    if (scan === null || first === undefined || first.done === true)
      outcomes[index] = otherVersion(known.type);
    else work.push({ index, scan, command: first.value, weightBytes: weightOf(known, options.limits) });
  }
  while (work.length > 0) {
    const wave = takeWave(work);
    const waiting = work.slice(wave.length);
    const unfinished: Work[] = [];
    let bytes = 0;
    await options.connection.send(
      wave.map(({ command }) => command),
      (reply, i) => {
        const each = wave[i];
        if (each === undefined) return;
        bytes += bytesOf(reply);
        const outcome = advance(options, each, reply);
        if (outcome === null) unfinished.push(each);
        else outcomes[each.index] = outcome;
      },
    );
    await options.pace.spend(0, bytes);
    work = [...unfinished, ...waiting];
  }
  return outcomes;
}

function scanOf({ limits, sameVersion }: SideOptions, key: Buffer, known: Metadata): ValueScan | null {
  const valueType = VALUE_TYPES.get(known.type);
  if (valueType !== undefined) return valueType.scan(key, known.size, limits);
  return sameVersion ? scanDump(key, limits.salt) : null;
}

/** Gives the scan its reply; null: it wants another chunk, and `work.command` asks for it. */
function advance({ connection, limits }: SideOptions, work: Work, reply: Reply): Outcome | null {
  if (reply instanceof ErrorReply) return refused(connection.who, work.command, reply);
  const step = work.scan.next(reply);
  if (step.done === true) return outcomeOf(step.value, limits);
  work.command = step.value;
  return null;
}

function outcomeOf(reading: Reading, limits: ScanLimits): Outcome {
  const readMb = Math.round(limits.maxValueBytes / (1024 * 1024));
  const why = reading.extent === 'partial' ? `too big to compare beyond ${readMb} MB` : '';
  return { ...reading, why };
}

/** A refusal that is about this key is a value; any other ends the verification. */
function refused(who: string, command: Command, reply: ErrorReply): Outcome {
  const unreadable = (why: string): Outcome => ({ digest: '', bytes: 0, extent: 'unreadable', why });
  if (reply.oversize) return unreadable('an element is too big to be read');
  if (reply.code === 'WRONGTYPE') return { ...NOTHING, extent: 'torn' };
  if (reply.code === 'NOPERM') return unreadable(`Ferry's user may not run ${nameOf(command)} on it`);
  // A stream that went away between two commands.
  if (/no such key/i.test(reply.text)) return { ...NOTHING, extent: 'torn' };
  throw refusal(who, command, reply);
}

function refusal(who: string, command: Command, reply: ErrorReply): FerryError {
  return serverError(who, nameOf(command), new Error(reply.text));
}

function otherVersion(type: string): Outcome {
  return {
    digest: '',
    bytes: 0,
    extent: 'unreadable',
    why: `values of type ${type} cannot be compared between different versions`,
  };
}

function takeWave(work: readonly Work[]): Work[] {
  let bytes = 0;
  const end = work.findIndex(({ weightBytes }, i) => {
    bytes += weightBytes;
    return i > 0 && (bytes > PIPELINE_BYTES || i === PIPELINE_COMMANDS);
  });
  return work.slice(0, end === -1 ? work.length : end);
}

function weightOf({ size, unit }: Metadata, limits: ScanLimits): number {
  return unit === 'bytes'
    ? Math.min(size, limits.stringChunkBytes)
    : Math.min(size, limits.chunkElements) * ELEMENT_BYTES;
}

async function collect(connection: WireConnection, commands: readonly Command[]): Promise<readonly Reply[]> {
  const replies: Reply[] = [];
  await connection.send(commands, (reply, i) => {
    const command = commands[i];
    if (reply instanceof ErrorReply && command !== undefined) throw refusal(connection.who, command, reply);
    replies.push(reply);
  });
  return replies;
}

/** `leftSince`: the clock's readings that a time left counts from; null: it is an instant already. */
function windowOf(value: number, leftSince: ExpiryWindow | null): ExpiryWindow | null {
  if (Number.isNaN(value) || value < 0) return null;
  if (leftSince === null) return { from: value, to: value };
  return { from: leftSince.from + value, to: leftSince.to + value };
}

/** TIME: seconds and microseconds; epoch ms, rounded down. */
function clockOf(reply: Reply | undefined): number {
  const [seconds, micros] = listOf(reply);
  return numberOf(seconds) * 1_000 + Math.floor(numberOf(micros) / 1_000);
}

function bytesOf(reply: Reply): number {
  if (Buffer.isBuffer(reply)) return reply.length;
  let bytes = 0;
  for (const element of listOf(reply)) bytes += bytesOf(element);
  return bytes;
}
