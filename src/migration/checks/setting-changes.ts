// Which settings are too small for the transfer and for the way back, and what Ferry sets instead.
// The checks that tell it and the plan that does it both read it from here.

import type { SettingChange } from '../plan.ts';
import type { ServerFacts } from '../survey-facts.ts';
import { bytes, duration } from './figures.ts';

const MB = 1024 ** 2;

/** Slower than each sync measured (36 to 43 MB/s, dump, transfer and load together). */
const SYNC_BYTES_PER_SECOND = 30 * MB;
const SYNC_BASE_SECONDS = 10;
/** Writes come in bursts: what was read once may double. */
const MARGIN = 2;
/** How long a link may break without a new snapshot. */
const BREAK_SECONDS = 120;
const LEAST_BACKLOG_BYTES = 32 * MB;
const MOST_BACKLOG_BYTES = 1024 * MB;

/** How long dump, transfer and load will take, ms. An upper estimate. */
export function predictedSyncMs(source: ServerFacts): number {
  return (SYNC_BASE_SECONDS + source.usedMemoryBytes / SYNC_BYTES_PER_SECOND) * 1_000;
}

/** What a replica's output buffer on the source may hold; null: the source does not tell. */
export interface BufferLimit {
  /** The least of hard and soft limit; Infinity: none. */
  readonly limitBytes: number;
  readonly neededBytes: number;
  /** What Ferry sets; null: the limit is enough. */
  readonly raiseToBytes: number | null;
}

export function outputBuffer(source: ServerFacts): BufferLimit | null {
  const limitBytes = replicaLimit(source.settings['client-output-buffer-limit']);
  const rate = source.inputBytesPerSecond;
  if (limitBytes === null || rate === null) return null;
  const neededBytes = Math.ceil(((rate * predictedSyncMs(source)) / 1_000) * MARGIN);
  return { limitBytes, neededBytes, raiseToBytes: neededBytes > limitBytes ? roundUp(neededBytes) : null };
}

export interface Backlog {
  readonly sizeBytes: number;
  /** How long a broken link it bridges at today's rate, ms; Infinity: nothing is written. */
  readonly bridgesMs: number;
  readonly raiseToBytes: number | null;
  readonly thenBridgesMs: number;
}

/** The backlog of either server, for the writes that the source gets now. */
export function backlog(side: ServerFacts, source: ServerFacts): Backlog | null {
  const sizeBytes = Number(side.settings['repl-backlog-size'] ?? Number.NaN);
  const rate = source.inputBytesPerSecond;
  if (!Number.isFinite(sizeBytes) || rate === null) return null;
  const wanted = Math.min(MOST_BACKLOG_BYTES, Math.max(LEAST_BACKLOG_BYTES, roundUp(rate * BREAK_SECONDS)));
  const bridges = (size: number): number => (rate === 0 ? Number.POSITIVE_INFINITY : (size / rate) * 1_000);
  const enough = sizeBytes >= wanted;
  return {
    sizeBytes,
    bridgesMs: bridges(sizeBytes),
    raiseToBytes: enough ? null : wanted,
    thenBridgesMs: bridges(enough ? sizeBytes : wanted),
  };
}

/** Every setting that the plan changes and puts back (I12). */
export function settingChanges(source: ServerFacts, target: ServerFacts, pair: number): SettingChange[] {
  const changes: SettingChange[] = [];
  const buffer = outputBuffer(source);
  if (buffer?.raiseToBytes) {
    changes.push({
      pair,
      side: 'source',
      name: 'client-output-buffer-limit',
      // Of the replica class alone: hard limit, soft limit, seconds.
      to: { text: `${buffer.raiseToBytes} ${buffer.raiseToBytes} 60` },
      why: `writes during about ${duration(predictedSyncMs(source))} of sync need ${bytes(buffer.neededBytes)}`,
    });
  }
  for (const [side, facts] of [['source', source] as const, ['target', target] as const]) {
    const found = backlog(facts, source);
    if (!found?.raiseToBytes) continue;
    changes.push({
      pair,
      side,
      name: 'repl-backlog-size',
      to: { text: String(found.raiseToBytes) },
      why:
        side === 'source'
          ? 'a broken link during the sync goes on without a new snapshot'
          : 'the way back survives a broken link',
    });
  }
  return changes;
}

/** `normal 0 0 0 slave 268435456 67108864 60 pubsub …`: the least limit of the replica class; 0 means none. */
function replicaLimit(setting: string | null): number | null {
  const match = /(?:slave|replica) (\d+) (\d+) \d+/.exec(setting ?? '');
  if (match === null) return null;
  const limits = [Number(match[1]), Number(match[2])].filter((limit) => limit > 0);
  return Math.min(Number.POSITIVE_INFINITY, ...limits);
}

/** The next power of two, at least 1 MB: sizes that people recognise. */
function roundUp(amount: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(MB, amount)));
}
