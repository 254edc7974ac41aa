// Latency in words, shared by the thread, the card and `why`: how long, and why. Instants appear as `@[epoch ms]`.
// What came from a server is cleaned first, so that it can become neither a mention nor a code span (I9).

import { bytes, counted } from '../checks/figures.ts';
import type { Migration } from '../migration.ts';
import { theSource, trimmed } from '../waiting-words.ts';
import type { Cause } from './cause.ts';
import { whyHeld } from './effect.ts';

/** `0.06 ms`, `0.8 ms`, `92 ms`, `1.9 s`, `71 s`, `2 min 5 s`: as many digits as the probe is worth. */
export function lengthInWords(ms: number): string {
  if (ms < 999.5) return `${milliseconds(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)} min${rest === 0 ? '' : ` ${rest} s`}`;
}

/** `0.06`, `0.8`, `92`: a number of ms. */
export function milliseconds(ms: number): string {
  if (ms < 0.095) return Math.max(0.01, ms).toFixed(2);
  return ms < 9.95 ? ms.toFixed(1) : Math.round(ms).toLocaleString('en-US');
}

/** Completes "Cause: …": what it was and by which reading of the server. */
export function causeInWords(cause: Cause): string {
  switch (cause.kind) {
    case 'fork':
      return `fork for the snapshot (latest_fork_usec ${Math.round(cause.durationMs * 1_000).toLocaleString('en-US')})`;
    case 'slow-command': {
      const { command, times, durationMs } = cause;
      const took = lengthInWords(durationMs);
      if (command === UNNAMED) return `a command of ${took} (LATENCY LATEST)`;
      if (times === 1) return `${commandName(command)} for ${took} (SLOWLOG)`;
      return `${commandName(command)} ${times.toLocaleString('en-US')} times, ${took} together (SLOWLOG)`;
    }
    case 'snapshot':
      return 'a snapshot being written (rdb_bgsave_in_progress)';
    case 'aof-rewrite':
      return 'a rewrite of the AOF (aof_rewrite_in_progress)';
    case 'aof-sync':
      return 'the disk, which took the AOF late (aof_delayed_fsync)';
    case 'expiry':
      return cause.keys === 0
        ? 'a cycle of expiring keys'
        : `${counted(cause.keys, 'key')} that expired (expired_keys)`;
    case 'eviction':
      return cause.keys === 0
        ? 'a cycle of evicting keys'
        : `${counted(cause.keys, 'key')} evicted to make room (evicted_keys)`;
    case 'output-buffer':
      return `output buffers of clients, ${bytes(cause.bytes)} more`;
    case 'memory':
      return `memory: ${told(cause.what)}`;
    case 'network':
      return `network: ${told(cause.what)}`;
    case 'paused':
      return 'clients were paused (CLIENT PAUSE)';
    case 'loading':
      return 'it was loading its data (-LOADING)';
    case 'ferry':
      return `Ferry itself: ${told(cause.what)}`;
    case 'unknown':
      return `unknown: ${told(cause.why)}`;
  }
}

/** The same in a word or two, for a line of figures. */
export function causeInShort(cause: Cause): string {
  switch (cause.kind) {
    case 'fork':
      return 'the fork';
    case 'slow-command':
      return cause.command === UNNAMED ? cause.command : commandName(cause.command);
    case 'snapshot':
      return 'the snapshot';
    case 'aof-rewrite':
      return 'the AOF rewrite';
    case 'aof-sync':
      return 'the disk';
    case 'expiry':
      return 'expiring keys';
    case 'eviction':
      return 'evictions';
    case 'output-buffer':
      return 'output buffers';
    case 'memory':
    case 'network':
      return cause.kind;
    case 'paused':
      return 'clients paused';
    case 'loading':
      return 'loading';
    case 'ferry':
      return 'Ferry itself';
    case 'unknown':
      return 'cause unknown';
  }
}

/** The latency monitor times commands without a name. */
const UNNAMED = 'a command';

/** Names of commands come from clients and modules: the first word, of it letters, digits and a few marks (I9). */
function commandName(command: string): string {
  const [word = ''] = command.trim().split(/\s/, 1);
  const name = word.toUpperCase().replaceAll(/[^A-Z0-9_.|-]/g, '?');
  return `\`${name === '' ? '?' : name.slice(0, 40)}\``;
}

const MAX_TOLD = 240;

/** A reason that may quote a server or a network: one line, without marks of ours, without its full stop. */
export function told(reason: string): string {
  const line = reason.replaceAll(/\s+/g, ' ').replaceAll('@[', '@ [').replaceAll('`', "'");
  return trimmed(line.slice(0, MAX_TOLD).trim());
}

/** `latency steady`, for what a decision stands on; what is not steady says why. */
export function latencyStanding({ latency }: Pick<Migration, 'latency'>): string {
  if (latency.verdict === 'steady') return 'latency steady';
  const verdict = latency.verdict === 'unknown' ? 'not known' : latency.verdict;
  return latency.why === '' ? `latency ${verdict}` : `latency ${verdict}: ${told(latency.why)}`;
}

/** Why a promotion is held by latency, as sentences with what ends it; empty: it is not. */
export function heldByLatency(migration: Migration): readonly string[] {
  const { latency, policy } = migration;
  const why = whyHeld(latency, policy.latency, theSource(migration));
  if (why === null) return [];
  const causes = latency.open.flatMap(({ cause }) => (cause === null ? [] : [causeInWords(cause)]));
  const [cause] = causes;
  const ends =
    latency.verdict === 'unknown'
      ? 'It ends once the server can be measured again.'
      : `It ends once p99 stays under ${lengthInWords(policy.latency.breached.p99Ms)} for a while.`;
  return [
    `Promotion is held because ${told(why)}.`,
    ...(cause === undefined || latency.verdict === 'unknown' ? [] : [`Cause: ${cause}.`]),
    ends,
  ];
}

/** How much of a baseline there must be before anything starts, s. */
export const BASELINE_SECONDS = 10;

/** What Start waits for while there is no baseline yet; empty: there is one. */
export function baselineWanted(migration: Migration): readonly string[] {
  const { latency } = migration;
  if ((latency.stages.before?.measuredSeconds ?? 0) >= BASELINE_SECONDS) return [];
  const why = latency.verdict === 'unknown' && latency.why !== '' ? ` So far: ${told(latency.why)}.` : '';
  return [
    `It begins once the latency of ${theSource(migration)} was measured for ${BASELINE_SECONDS} s, as what to compare with.${why}`,
  ];
}
