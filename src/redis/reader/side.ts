// Reads keys of one server into fingerprints: types, expiries and sizes first, then the values, in pipelines
// that stay small in bytes. Cheap commands only (I11); nothing is written.

import type { Clock } from '../../workflow/ports.ts';
import { type Command, nameOf } from '../wire/command.ts';
import type { WireConnection } from '../wire/connection.ts';
import { ErrorReply, listOf, numberOf, type Reply, textOf } from '../wire/reply.ts';
import type { Burst } from './bursts.ts';
import { collect, refusal } from './collect.ts';
import { clockWindow, type ExpiryReads, windowOf } from './expiry.ts';
import type { Fingerprint } from './fingerprint.ts';
import type { Pace } from './pace.ts';
import { slices } from './slices.ts';
import { type Reading, type ScanLimits, scanDump, VALUE_TYPES, type ValueScan } from './value-scan.ts';

export interface SideOptions {
  readonly connection: WireConnection;
  readonly limits: ScanLimits;
  readonly expiry: ExpiryReads;
  /** Both sides run the same version, so that payloads of DUMP are comparable. */
  readonly sameVersion: boolean;
  readonly burst: Burst;
  readonly pace: Pace;
  readonly clock: Clock;
}

export interface SideReader {
  readonly connection: WireConnection;
  select(db: number): Promise<void>;
  /** In the order of the keys. */
  read(keys: readonly Buffer[]): Promise<readonly Fingerprint[]>;
}

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
  const { connection, pace, burst } = options;
  const readBurst = async (keys: readonly Buffer[]): Promise<readonly Fingerprint[]> => {
    const metadata = await readMetadata(options, keys);
    const outcomes = await readValues(options, keys, metadata);
    await pace.spend(keys.length, 0);
    return metadata.map((known, i) => ({ ...known, ...(outcomes[i] ?? NOTHING) }));
  };
  return {
    connection,
    async select(db) {
      await connection.ask(['SELECT', db]);
    },
    async read(keys) {
      const read: Fingerprint[] = [];
      for (const some of slices(keys, burst.keys)) read.push(...(await readBurst(some)));
      return read;
    },
  };
}

const NOTHING: Outcome = { digest: '', bytes: 0, extent: 'whole', why: '' };

async function readMetadata(options: SideOptions, keys: readonly Buffer[]): Promise<readonly Metadata[]> {
  const { connection, expiry, clock } = options;
  const time: Command[] = expiry.tellsClock ? [['TIME']] : [];
  const commands: Command[] = [...time];
  for (const key of keys) commands.push(['TYPE', key], [expiry.command, key]);
  commands.push(...time);
  const askedAt = clock.now();
  const replies = await collect(connection, commands);
  const readAt = clockWindow(expiry, replies[0], replies.at(-1), askedAt, clock);
  const known = keys.map((_, i) => ({
    type: textOf(replies[time.length + i * 2]),
    expiresAt: windowOf(expiry, numberOf(replies[time.length + 1 + i * 2]), readAt),
  }));
  const sizes = await readSizes(connection, keys, known);
  return known.map(({ type, expiresAt }, i) => ({
    type,
    expiresAt,
    size: sizes[i] ?? 0,
    unit: VALUE_TYPES.get(type)?.unit ?? 'bytes',
    readAt: readAt.to,
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
    if (scan === null || first === undefined) outcomes[index] = otherVersion(known.type);
    else if (first.done === true) outcomes[index] = outcomeOf(first.value, options.limits);
    else work.push({ index, scan, command: first.value, weightBytes: weightOf(known, options.limits) });
  }
  while (work.length > 0) {
    const wave = takeWave(work, options.burst);
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
  // Without a byte read, it is one that the server gives only as a whole.
  const why = reading.bytes === 0 ? 'too big to be read at once' : `too big to compare beyond ${readMb} MB`;
  return { ...reading, why: reading.extent === 'partial' ? why : '' };
}

/** A refusal that is about this key is a value; any other ends the verification. */
function refused(who: string, command: Command, reply: ErrorReply): Outcome {
  const unreadable = (why: string): Outcome => ({ digest: '', bytes: 0, extent: 'unreadable', why });
  if (reply.oversize) return unreadable('an element is too big to be read');
  if (reply.isWrongType) return { ...NOTHING, extent: 'torn' };
  if (reply.code === 'NOPERM') return unreadable(`Ferry's user may not run ${nameOf(command)} on it`);
  // A stream that went away between two commands.
  if (/no such key/i.test(reply.text)) return { ...NOTHING, extent: 'torn' };
  throw refusal(who, command, reply);
}

function otherVersion(type: string): Outcome {
  return {
    digest: '',
    bytes: 0,
    extent: 'unreadable',
    why: `values of type ${type} cannot be compared between different versions`,
  };
}

function takeWave(work: readonly Work[], burst: Burst): Work[] {
  let bytes = 0;
  const end = work.findIndex(({ weightBytes }, i) => {
    bytes += weightBytes;
    return i > 0 && (bytes > burst.bytes || i === burst.commands);
  });
  return work.slice(0, end === -1 ? work.length : end);
}

function weightOf({ size, unit }: Metadata, limits: ScanLimits): number {
  return unit === 'bytes'
    ? Math.min(size, limits.stringChunkBytes)
    : Math.min(size, limits.chunkElements) * ELEMENT_BYTES;
}

function bytesOf(reply: Reply): number {
  if (Buffer.isBuffer(reply)) return reply.length;
  let bytes = 0;
  for (const element of listOf(reply)) bytes += bytesOf(element);
  return bytes;
}
