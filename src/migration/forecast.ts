// What the transfer will cost, foreseen from the survey: the stop of the fork, memory, bandwidth, time. Ranges, wide
// enough for machines that Ferry cannot look into (huge pages, hypervisor, disk, network); the checks, the settings and
// the report all take them from here.

import { capabilitiesOf } from './capabilities.ts';
import type { ServerFacts } from './survey-facts.ts';

export interface Range {
  readonly least: number;
  readonly most: number;
}

/** Stages of a sync that take time, named as they show: by disk the dump is written while the target is `waiting`. */
export const TIMED_STAGES = ['waiting', 'transferring', 'loading'] as const;
export type TimedStage = (typeof TIMED_STAGES)[number];

export interface Forecast {
  /** How long the fork for the snapshot stops the source, ms. */
  readonly forkMs: Range;
  readonly expectedForkMs: number;
  /** Measured on this very machine, or reckoned from memory alone. */
  readonly forkFrom: 'earlier-fork' | 'memory';
  readonly snapshotBytes: Range;
  /** Does the source write the snapshot to its disk first? null: it does not tell. */
  readonly byDisk: boolean | null;
  /** What the transfer takes of the network, bytes per second. */
  readonly bytesPerSecond: Range;
  /** Pages of 4 KB that are copied because they change while the snapshot is written, at most, bytes. */
  readonly copyOnWriteBytes: number;
  /** The same if the machine gives the server pages of 2 MB, which cannot be seen; null: the version forbids it. */
  readonly hugePagesBytes: number | null;
  readonly stageMs: Readonly<Record<TimedStage, Range>>;
  readonly syncMs: Range;
}

const MB = 1024 ** 2;
const GB = 1024 ** 3;

/**
 * Of resident memory, whose page table is copied. Measured here 21 to 31 (facts of the rehearsal); Redis's own guide
 * on latency: 9 on bare metal, 10 to 24 on most virtual machines, 240 on an old Xen.
 */
const FORK_MS_PER_GB = { least: 9, expected: 25, most: 240 };
/** The same server forks more or less slowly by this factor: measured. */
const FORK_SPREAD = 1.5;

/**
 * Of used memory. Measured 0.5 to 0.98 for values that do not compress (captured INFO of 2.4 to 9.1); what is text or
 * small hashes takes a fifth.
 */
const SNAPSHOT_SHARE: Range = { least: 0.2, most: 1 };

/**
 * Bytes of used memory per second: keys, version, disk and network decide. Measured on the same two shared cores: from
 * 2.4 dump 150, transfer 190, load 94 MB/s; from 7.0 without disk 270 and load 210 MB/s on a quiet day, 40 MB/s for all
 * of it on a busy one.
 */
const DUMP: Range = { least: 120 * MB, most: 500 * MB };
const TRANSFER: Range = { least: 100 * MB, most: 1_000 * MB };
const LOAD: Range = { least: 66 * MB, most: 350 * MB };
/** Dump and transfer at once. */
const DISKLESS: Range = { least: 54 * MB, most: 400 * MB };

/** Connecting, and the moment until the snapshot begins. */
const CONNECT_MS: Range = { least: 0, most: 5_000 };
const USUAL_DISKLESS_DELAY_SECONDS = 5;

const PAGE_BYTES = 4_096;
const HUGE_PAGE_BYTES = 2 * MB;
/** A write touches its key and its value. */
const PAGES_PER_WRITE = 2;
/** What the child copies by itself: measured up to 10 MB with nobody writing. */
const IDLE_COPY_BYTES = 10 * MB;

/** Where a server counts its commands and not their bytes (before 2.8.18). */
const ASSUMED_COMMAND_BYTES = 1024;

export interface WriteRate {
  readonly bytesPerSecond: number;
  /** From the number of commands, because the server does not tell how long they are. */
  readonly isAssumed: boolean;
}

/** All that clients send: an upper bound of what is written. */
export function writeRate(source: ServerFacts): WriteRate {
  const told = source.inputBytesPerSecond;
  return told === null
    ? { bytesPerSecond: source.opsPerSecond * ASSUMED_COMMAND_BYTES, isAssumed: true }
    : { bytesPerSecond: told, isAssumed: false };
}

export function foresee(source: ServerFacts): Forecast {
  const byDisk = byDiskOf(source);
  const stageMs = stagesOf(source, byDisk);
  const snapshotBytes = rounded(scale(SNAPSHOT_SHARE, source.usedMemoryBytes));
  // The child lives until the snapshot is written, or sent where it is not written.
  const { waiting, transferring } = stageMs;
  const either = Math.max(waiting.most, transferring.most);
  const childMs = byDisk === null ? either : (byDisk ? waiting : transferring).most;
  return {
    ...forkOf(source),
    snapshotBytes,
    byDisk,
    bytesPerSecond: {
      least: perSecond(snapshotBytes.least, transferring.most),
      most: perSecond(snapshotBytes.most, transferring.least),
    },
    copyOnWriteBytes: copiedOf(source, childMs),
    hugePagesBytes: capabilitiesOf(source.identity).can('small-pages')
      ? null
      : touched(source, pagesPerSecond(source) * (childMs / 1_000), HUGE_PAGE_BYTES),
    stageMs,
    syncMs: sum(TIMED_STAGES.map((stage) => stageMs[stage])),
  };
}

/**
 * What the server measured last, unless that was quicker than any machine is with today's memory: then it held less.
 * 0: it has not forked yet.
 */
function forkOf(source: ServerFacts): Pick<Forecast, 'forkMs' | 'expectedForkMs' | 'forkFrom'> {
  const residentGb = residentOf(source) / GB;
  const earlierMs = (source.latestForkUs ?? 0) / 1_000;
  if (earlierMs > 0 && earlierMs >= residentGb * FORK_MS_PER_GB.least) {
    const forkMs = { least: earlierMs / FORK_SPREAD, most: earlierMs * FORK_SPREAD };
    return { forkMs, expectedForkMs: earlierMs, forkFrom: 'earlier-fork' };
  }
  const { expected, ...range } = FORK_MS_PER_GB;
  return { forkMs: scale(range, residentGb), expectedForkMs: expected * residentGb, forkFrom: 'memory' };
}

function residentOf({ residentBytes, usedMemoryBytes }: ServerFacts): number {
  return Math.max(residentBytes ?? 0, usedMemoryBytes);
}

/** Versions without the setting always write to disk. */
function byDiskOf({ settings }: ServerFacts): boolean | null {
  const diskless = settings['repl-diskless-sync'];
  return diskless === null ? null : diskless !== 'yes';
}

function stagesOf(source: ServerFacts, byDisk: boolean | null): Forecast['stageMs'] {
  const used = source.usedMemoryBytes;
  const delayMs = disklessDelayMs(source);
  const written: Range = add(CONNECT_MS, timeOf(used, DUMP));
  const sent: Range = add(CONNECT_MS, { least: delayMs, most: delayMs });
  const loading = timeOf(used, LOAD);
  if (byDisk === true) return { waiting: written, transferring: timeOf(used, TRANSFER), loading };
  const disklessMs = timeOf(used, DISKLESS);
  if (byDisk === false) return { waiting: sent, transferring: disklessMs, loading };
  // It may be either: the ranges hold both.
  return {
    waiting: {
      least: Math.min(written.least, sent.least),
      most: Math.max(written.most, sent.most),
    },
    transferring: { least: timeOf(used, TRANSFER).least, most: disklessMs.most },
    loading,
  };
}

function disklessDelayMs({ settings }: ServerFacts): number {
  const told = settings['repl-diskless-sync-delay'];
  const seconds = told !== null && /^\d+$/.test(told) ? Number(told) : USUAL_DISKLESS_DELAY_SECONDS;
  return seconds * 1_000;
}

/** From writes and time; at least what the last snapshot took, because it may tell of busier hours. */
function copiedOf(source: ServerFacts, childMs: number): number {
  const written = touched(source, pagesPerSecond(source) * (childMs / 1_000), PAGE_BYTES);
  return Math.min(residentOf(source), Math.max(IDLE_COPY_BYTES + written, source.lastCopyOnWriteBytes ?? 0));
}

/** Every command may be a write, at a page boundary: an upper bound. */
function pagesPerSecond(source: ServerFacts): number {
  const commands = Math.max(source.opsPerSecond, source.changesPerSecond ?? 0);
  return commands * PAGES_PER_WRITE + writeRate(source).bytesPerSecond / PAGE_BYTES;
}

/**
 * Bytes of the pages that `touches` writes at random places meet: of n pages n (1 - e^(-touches / n)), as in the
 * coupon collector's problem. Writes that favour some keys meet fewer.
 */
function touched(source: ServerFacts, touches: number, pageBytes: number): number {
  const pages = residentOf(source) / pageBytes;
  return pages === 0 ? 0 : Math.round(pages * (1 - Math.exp(-touches / pages)) * pageBytes);
}

function timeOf(bytes: number, rate: Range): Range {
  return {
    least: Math.round((bytes / rate.most) * 1_000),
    most: Math.round((bytes / rate.least) * 1_000),
  };
}

function perSecond(bytes: number, ms: number): number {
  return ms === 0 ? 0 : Math.round((bytes / ms) * 1_000);
}

function scale({ least, most }: Range, by: number): Range {
  return { least: least * by, most: most * by };
}

function rounded({ least, most }: Range): Range {
  return { least: Math.round(least), most: Math.round(most) };
}

function add(a: Range, b: Range): Range {
  return { least: a.least + b.least, most: a.most + b.most };
}

function sum(ranges: readonly Range[]): Range {
  return ranges.reduce(add, { least: 0, most: 0 });
}
