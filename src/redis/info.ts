// Reads INFO of every version from 2.4 on, Redis and Valkey. Pure: text in, plain data out.
// What a server does not say is null, or -1 for an offset; nothing is guessed.

import type { Capabilities } from '../migration/capabilities.ts';
import type { Address, Identity } from '../migration/instance.ts';
import type { RoleSeen, ServerObservation, SnapshotSeen } from '../migration/progress.ts';

/** INFO's lines by name; section headings left out. */
export type Info = ReadonlyMap<string, string>;

export function parseInfo(text: string): Info {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

/** The question for one section, or for all of INFO where the version knows no sections. */
export function infoCommand({ can }: Pick<Capabilities, 'can'>, section: string): ['INFO', ...string[]] {
  return can('info-sections') ? ['INFO', section] : ['INFO'];
}

export function infoText(info: Info, name: string): string | null {
  const value = info.get(name);
  return value === undefined || value === '' ? null : value;
}

/** null where the field is missing or no number. */
export function infoNumber(info: Info, name: string): number | null {
  const value = Number(infoText(info, name) ?? Number.NaN);
  return Number.isFinite(value) ? value : null;
}

/**
 * Valkey claims `redis_version:7.2.4` for its clients' sake; its own version is told apart here. `at`: when INFO
 * was asked for, epoch ms; 2.4 has neither a run id nor a clock, so its start is reckoned back from there.
 */
export function identityOf(info: Info, at: number = Date.now()): Identity {
  const valkey = infoText(info, 'valkey_version');
  return {
    runId: infoText(info, 'run_id') ?? processOf(info, at),
    product: infoText(info, 'server_name') === 'valkey' || valkey !== null ? 'valkey' : 'redis',
    version: valkey ?? infoText(info, 'redis_version') ?? 'unknown',
  };
}

/** Compare with `sameRun`: two readings may lie a second apart. */
function processOf(info: Info, at: number): string {
  const uptimeSeconds = infoNumber(info, 'uptime_in_seconds') ?? 0;
  const startedAt = Math.round(at / 1_000) - uptimeSeconds;
  return `process-${infoText(info, 'process_id') ?? '0'}-${startedAt}`;
}

/** `standalone`, `cluster` or `sentinel`; Valkey says it under another name. */
export function modeOf(info: Info): string {
  return infoText(info, 'redis_mode') ?? infoText(info, 'server_mode') ?? 'standalone';
}

/** What a replica says about its link. Bytes; null where it does not say. */
export interface PrimaryLink {
  readonly host: string;
  readonly port: number;
  readonly up: boolean;
  readonly syncInProgress: boolean;
  readonly totalBytes: number | null;
  readonly readBytes: number | null;
  readonly leftBytes: number | null;
  /** Since it last heard from its primary; null before the first time. */
  readonly lastIoSeconds: number | null;
}

/** null: the server is a primary. */
export function primaryLinkOf(info: Info): PrimaryLink | null {
  if (infoText(info, 'role') !== 'slave') return null;
  const lastIo = infoNumber(info, 'master_last_io_seconds_ago');
  return {
    host: infoText(info, 'master_host') ?? '',
    port: infoNumber(info, 'master_port') ?? 0,
    up: infoText(info, 'master_link_status') === 'up',
    syncInProgress: infoNumber(info, 'master_sync_in_progress') === 1,
    totalBytes: infoNumber(info, 'master_sync_total_bytes'),
    readBytes: infoNumber(info, 'master_sync_read_bytes'),
    leftBytes: infoNumber(info, 'master_sync_left_bytes'),
    lastIoSeconds: lastIo === null || lastIo < 0 ? null : lastIo,
  };
}

/** A replica as its primary lists it. */
export interface ReplicaEntry {
  readonly host: string;
  readonly port: number;
  /** `wait_bgsave`, `send_bulk`, `send_bulk_and_stream`, `online`. `online` comes before it has loaded. */
  readonly state: string;
  /** null before 2.8. */
  readonly offset: number | null;
  readonly lagSeconds: number | null;
}

export function replicasOf(info: Info): readonly ReplicaEntry[] {
  return [...info].flatMap(([name, value]) => (/^slave\d+$/.test(name) ? [parseReplica(value)] : []));
}

/** `ip,port,state` until 2.6, `ip=…,port=…,state=…,offset=…,lag=…[,type=…]` from 2.8 on. */
function parseReplica(value: string): ReplicaEntry {
  if (!value.includes('=')) {
    const [host = '', port = '0', state = ''] = value.split(',');
    return { host, port: Number(port), state, offset: null, lagSeconds: null };
  }
  const parts = parsePairs(value);
  return {
    host: parts.get('ip') ?? '',
    port: Number(parts.get('port') ?? 0),
    state: parts.get('state') ?? '',
    offset: numberOf(parts.get('offset')),
    lagSeconds: numberOf(parts.get('lag')),
  };
}

function parsePairs(value: string): ReadonlyMap<string, string> {
  return new Map(
    value.split(',').map((part) => {
      const equals = part.indexOf('=');
      return [part.slice(0, equals), part.slice(equals + 1)];
    }),
  );
}

function numberOf(text: string | undefined): number | null {
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

/** Keys by database number. 8.0 adds `db0_distrib_…` lines, which are no databases. */
export function keysByDbOf(info: Info): Readonly<Record<string, number>> {
  return keyspace(info, 'keys');
}

/** Keys that carry an expiry, by database number. */
export function expiringByDbOf(info: Info): Readonly<Record<string, number>> {
  return keyspace(info, 'expires');
}

function keyspace(info: Info, part: 'keys' | 'expires'): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [name, value] of info) {
    const db = /^db(\d+)$/.exec(name)?.[1];
    if (db !== undefined) counts[db] = numberOf(parsePairs(value).get(part)) ?? 0;
  }
  return counts;
}

/** A primary's own offset, a replica's applied one; -1 where the version has none (before 2.8). */
export function offsetOf(info: Info): number {
  // On 2.8 and 3.2 replicas `master_repl_offset` is their own.
  const field = infoText(info, 'role') === 'slave' ? 'slave_repl_offset' : 'master_repl_offset';
  return infoNumber(info, field) ?? -1;
}

/** Addresses by which each other server may be called in a replica's `master_host` and `master_port`. */
export interface KnownAddresses {
  readonly peer: readonly Address[];
  /** Where nobody listens. */
  readonly nobody: readonly Address[];
}

/** The link of a replica is up only when nothing is still being transferred or loaded. */
export function roleOf(info: Info, known: KnownAddresses): RoleSeen {
  const link = primaryLinkOf(info);
  if (link === null) return { kind: 'primary' };
  const among = (list: readonly Address[]): boolean =>
    list.some(({ host, port }) => host.toLowerCase() === link.host.toLowerCase() && port === link.port);
  const of = among(known.peer) ? 'peer' : among(known.nobody) ? 'nobody' : 'other';
  return { kind: 'replica', of, linkUp: link.up && !link.syncInProgress && !isLoading(info) };
}

export function isLoading(info: Info): boolean {
  return infoNumber(info, 'loading') === 1;
}

/** During a sync it is the snapshot's own figure that counts the seconds. */
function silentSecondsOf(info: Info): number | null {
  const seconds =
    infoNumber(info, 'master_sync_last_io_seconds_ago') ?? infoNumber(info, 'master_last_io_seconds_ago');
  return seconds === null || seconds < 0 ? null : seconds;
}

/**
 * From `rdb_changes_since_last_save`, which a save sets to 0 and in which a server counts every command of an
 * append-only file that it loads: null where either may have happened (I10).
 */
function changesSinceLoadOf(info: Info): number | null {
  const changes = infoNumber(info, 'rdb_changes_since_last_save');
  const nowMicros = infoNumber(info, 'server_time_usec');
  const uptime = infoNumber(info, 'uptime_in_seconds');
  const lastSave = infoNumber(info, 'rdb_last_save_time');
  if (changes === null || nowMicros === null || uptime === null || lastSave === null) return null;
  // A server that just started calls its start its last save.
  const startedAt = Math.floor(nowMicros / 1_000_000) - uptime;
  if (lastSave > startedAt || infoNumber(info, 'rdb_last_bgsave_time_sec') !== -1) return null;
  return changes > 0 && infoNumber(info, 'aof_enabled') !== 0 ? null : changes;
}

/**
 * Errors answered to a primary's stream, to a replica, or while an append-only file is loaded, and to no client: one for each
 * command that is not known, and one for the EXEC of the transaction it was in. 6.0 misses errors of options (SET … PXAT).
 */
export function refusedOfStreamOf(info: Info): number | null {
  return infoNumber(info, 'unexpected_error_replies');
}

/** 2.4 says `bgsave_in_progress`. */
function snapshotOf(info: Info): SnapshotSeen {
  const running = infoNumber(info, 'rdb_bgsave_in_progress') ?? infoNumber(info, 'bgsave_in_progress');
  return {
    forks: infoNumber(info, 'total_forks'),
    latestForkUs: infoNumber(info, 'latest_fork_usec'),
    running: running === null ? null : running === 1,
    copyOnWriteBytes: infoNumber(info, 'rdb_last_cow_size'),
  };
}

/** `at`: when INFO was asked for, epoch ms; `held`: only Ferry's own password was let in. */
export function observationOf(
  info: Info,
  known: KnownAddresses,
  at: number,
  held: boolean,
): ServerObservation {
  const { runId, version } = identityOf(info, at);
  const backlogActive = infoNumber(info, 'repl_backlog_active') === 1;
  return {
    at,
    runId,
    version,
    role: roleOf(info, known),
    held,
    replId: infoText(info, 'master_replid') ?? '',
    offset: offsetOf(info),
    loading: isLoading(info),
    usedMemoryBytes: infoNumber(info, 'used_memory') ?? 0,
    snapshot: snapshotOf(info),
    keysByDb: keysByDbOf(info),
    opsPerSecond: infoNumber(info, 'instantaneous_ops_per_sec') ?? 0,
    connectedClients: infoNumber(info, 'connected_clients') ?? 0,
    backlogSizeBytes: infoNumber(info, 'repl_backlog_size') ?? 0,
    backlogFirstOffset: backlogActive ? infoNumber(info, 'repl_backlog_first_byte_offset') : null,
    syncFullCount: infoNumber(info, 'sync_full') ?? 0,
    replicaCount: infoNumber(info, 'connected_slaves') ?? 0,
    outputBufferPeakBytes: infoNumber(info, 'client_recent_max_output_buffer'),
    outputLimitKills: infoNumber(info, 'client_output_buffer_limit_disconnections'),
    silentSeconds: silentSecondsOf(info),
    changesSinceLoad: changesSinceLoadOf(info),
    refusedOfStream: refusedOfStreamOf(info),
  };
}
