// Why a transfer began anew, and what to set. A cause is named only where facts show it: unknown is an allowed
// answer, a guess is not.

import { bytes, duration } from './checks/figures.ts';
import type { EndedTransfer } from './resync.ts';

export interface OutputLimit {
  /** Infinity: none. */
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softSeconds: number;
}

/** The settings that can end a transfer, as read after it ended; null: not told. */
export interface TransferLimits {
  readonly source: string;
  readonly target: string;
  /** Of the source, for replicas. */
  readonly output: OutputLimit | null;
  /** How the source calls that class: `replica`, or `slave` before 5.0. */
  readonly className: 'replica' | 'slave';
  readonly sourceTimeoutSeconds: number | null;
  readonly targetTimeoutSeconds: number | null;
  readonly sourceUsedBytes: number;
}

export interface Explained {
  /** Completes "The transfer began anew: …". */
  readonly cause: string | null;
  /** What to do, as a full sentence. */
  readonly remedy: string | null;
}

const MB = 1024 ** 2;
/** A buffer is read now and then, not at the moment of its end. */
const NEARLY = 0.8;
/** The last look before a time-out is up to this much early. */
const LOOK_SECONDS = 2.5;
/** A snapshot that is given up is given up at once. */
const AT_ONCE_MS = 10_000;
/** Slower than each sync measured. */
const SYNC_BYTES_PER_SECOND = 30 * MB;
const LEAST_TIMEOUT_SECONDS = 300;

export function explain(ended: EndedTransfer, limits: TransferLimits): Explained {
  return (
    (ended.limitStruck === true ? bufferFull(ended, limits) : null) ??
    timedOut(ended, limits) ??
    (ended.limitStruck === null && bufferOverran(ended, limits) ? bufferFull(ended, limits) : null) ??
    loadTooLong(ended, limits) ??
    unloadable(ended, limits) ??
    cut(ended, limits) ?? { cause: null, remedy: null }
  );
}

/**
 * `268435456 67108864 60`, of the class of the replicas alone: hard and soft limit, seconds; 0 means none.
 * `leastBytes`: a hard limit below it counts as that much (the backlog, from 7.0 on).
 */
export function parseOutputLimit(setting: string | null, leastBytes = 0): OutputLimit | null {
  const match = /^(\d+) (\d+) (\d+)$/.exec(setting ?? '');
  if (match === null) return null;
  const [hard = 0, soft = 0, seconds = 0] = match.slice(1).map(Number);
  return {
    hardBytes: hard === 0 ? Number.POSITIVE_INFINITY : Math.max(hard, leastBytes),
    softBytes: soft === 0 ? Number.POSITIVE_INFINITY : soft,
    softSeconds: seconds,
  };
}

function bufferOverran(ended: EndedTransfer, { output }: TransferLimits): boolean {
  if (output === null) return false;
  const { hardBytes, softBytes, softSeconds } = output;
  const peak = ended.peakBufferBytes;
  if (peak !== null && peak >= NEARLY * hardBytes) return true;
  if (peak !== null && peak >= NEARLY * softBytes && ended.lastedMs >= softSeconds * 1_000) return true;
  // The soft limit has to be exceeded all the time, which a total does not show.
  return Math.max(ended.queuedBytes ?? 0, ended.unseenBytes ?? 0) >= hardBytes;
}

function bufferFull(ended: EndedTransfer, limits: TransferLimits): Explained | null {
  const { output, source, className } = limits;
  if (output === null) return null;
  const { hardBytes, softBytes, softSeconds } = output;
  const least = Math.min(hardBytes, softBytes);
  const present = [
    ...(Number.isFinite(hardBytes) ? [`${bytes(hardBytes)} at once`] : []),
    ...(Number.isFinite(softBytes) ? [`${bytes(softBytes)} for ${softSeconds} s`] : []),
  ].join(', ');
  const size = valueFor(ended, limits, Math.max(least, Number.isFinite(hardBytes) ? hardBytes : 0));
  const waited = Math.max(ended.peakBufferBytes ?? 0, ended.queuedBytes ?? 0);
  const unseen = ended.unseenBytes ?? 0;
  const held =
    waited >= NEARLY * least
      ? `; at least ${bytes(waited)} waited to be sent`
      : unseen >= hardBytes
        ? `; ${bytes(unseen)} were written while it came and went`
        : '';
  return {
    cause: `the output buffer of ${source} for its replicas was full, and ${source} ended the link (client-output-buffer-limit ${className}: ${present}${held})`,
    remedy: `Set client-output-buffer-limit "${className} ${size} ${size} 60" on ${source} (${bytes(size)}), or wait for a time with fewer writes.`,
  };
}

/** Room for what is written during a whole sync, twice; at least four times of what was too little. */
function valueFor(ended: EndedTransfer, limits: TransferLimits, present: number): number {
  const wholeMs = ended.wholeMs ?? 10_000 + (limits.sourceUsedBytes / SYNC_BYTES_PER_SECOND) * 1_000;
  const needed = (ended.writtenBytesPerSecond ?? 0) * (wholeMs / 1_000) * 2;
  const enough = Math.max(needed, Number.isFinite(present) ? 4 * present : 0, 64 * MB);
  return 2 ** Math.ceil(Math.log2(enough));
}

function timedOut(ended: EndedTransfer, limits: TransferLimits): Explained | null {
  const { silentSeconds } = ended;
  const timeout = leastTimeout(limits);
  if (timeout === null || silentSeconds === null) return null;
  if (silentSeconds < Math.max(timeout - LOOK_SECONDS, timeout / 2)) return null;
  return {
    cause: `${limits.target} got no byte for about ${timeout} s, which is repl-timeout, and the link was given up`,
    remedy: `${timeoutRemedy(limits, timeout)} Look for what holds the bytes between the two, too.`,
  };
}

function loadTooLong({ loadingMs }: EndedTransfer, limits: TransferLimits): Explained | null {
  const timeout = leastTimeout(limits);
  if (timeout === null || loadingMs === null || loadingMs < timeout * 1_000) return null;
  return {
    cause: `${limits.target} loaded for ${duration(loadingMs)}, longer than repl-timeout (${timeout} s), and the link was given up`,
    remedy: timeoutRemedy(limits, Math.ceil(loadingMs / 1_000)),
  };
}

function leastTimeout({ sourceTimeoutSeconds, targetTimeoutSeconds }: TransferLimits): number | null {
  // 0 means none.
  const known = [sourceTimeoutSeconds, targetTimeoutSeconds].filter((each) => each !== null && each > 0);
  return known.length === 0 ? null : Math.min(...known.map(Number));
}

function timeoutRemedy(limits: TransferLimits, tookSeconds: number): string {
  const value = Math.max(LEAST_TIMEOUT_SECONDS, 2 * tookSeconds);
  const now = (seconds: number | null): string => (seconds === null ? 'not told' : `${seconds} s`);
  const { source, target, sourceTimeoutSeconds, targetTimeoutSeconds } = limits;
  return `Set repl-timeout ${value} on both (now ${now(sourceTimeoutSeconds)} on ${source}, ${now(targetTimeoutSeconds)} on ${target}).`;
}

function unloadable(ended: EndedTransfer, { target }: TransferLimits): Explained | null {
  const atOnce = ended.lastedMs <= AT_ONCE_MS && ended.furthest !== 'online';
  if (!ended.arrived || !ended.targetEmpty || !atOnce || ended.limitStruck === true) return null;
  return {
    cause: `the snapshot arrived whole, and ${target} gave it up at once and holds no key: it cannot load it`,
    remedy: `Look into the log of ${target} for the reason (a format, a type or a module that it does not know), and use a version that has it.`,
  };
}

function cut(ended: EndedTransfer, limits: TransferLimits): Explained | null {
  const timeout = leastTimeout(limits);
  const silent = ended.silentSeconds;
  if (ended.limitStruck !== false || timeout === null || silent === null || silent >= timeout / 2)
    return null;
  if (ended.furthest !== 'transferring' || ended.arrived) return null;
  return {
    cause: `the connection between ${limits.source} and ${limits.target} was cut while the snapshot came in; neither the output buffer nor repl-timeout ended it`,
    remedy: 'Look at the network between the two: firewalls, proxies, address translation.',
  };
}
