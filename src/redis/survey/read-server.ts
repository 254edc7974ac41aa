// Reads one server: INFO twice, each setting by its name, permissions by trial. Changes nothing.
// What a version does not have is empty, not unknown; null is what could not be read (I10).

import { setTimeout as delay } from 'node:timers/promises';
import { capabilitiesOf } from '../../migration/capabilities.ts';
import { FerryError } from '../../migration/errors.ts';
import {
  formatAddress,
  type Identity,
  type Instance,
  otherSide,
  type Side,
  sameRun,
} from '../../migration/instance.ts';
import type { Pair } from '../../migration/migration.ts';
import type { AddressFacts, RoleFacts, ServerFacts, SideFacts } from '../../migration/survey-facts.ts';
import type { Secrets } from '../../workflow/ports.ts';
import { type Command, connectTo, type Reply, type ServerConnection } from '../connect.ts';
import {
  type Info,
  identityOf,
  infoNumber,
  isLoading,
  keysByDbOf,
  modeOf,
  parseInfo,
  primaryLinkOf,
  refusedOfStreamOf,
  replicasOf,
} from '../info.ts';
import { readExtensions } from './extensions.ts';
import { readLock } from './lock.ts';
import { type Logins, readLogins } from './logins.ts';
import { tryPermissions } from './permissions.ts';
import { readReplicationAuth } from './replication-auth.ts';
import { readSettings, settingOf } from './settings.ts';

/** Between the two readings that tell whether keys are being evicted now. */
const EVICTION_SPAN_MS = 100;
/** Where a replication address may not be reachable from Ferry at all. */
const ADDRESS_TIMEOUT_MS = 1_500;
const SENTINEL_CHANNEL = '__sentinel__:hello';

/** All but its clients, which are listed once, and at a moment of its own. */
export type ReadServer = Omit<ServerFacts, 'clients'> & {
  /** For the comparison alone (I9). */
  readonly logins: Logins;
};

export type SideRead =
  | ({ readonly kind: 'read' } & ReadServer)
  | Extract<SideFacts, { readonly kind: 'unreachable' }>;

export interface SurveyOptions {
  readonly secrets: Secrets;
  /** Of the Redis that Ferry keeps its records in; null: not known, which the check then says (I6). */
  readonly ferryRunId: string | null;
  /** Does Ferry know the migration of this uid, and that it is over? Left out: it knows none. */
  readonly isOver?: (uid: string) => Promise<boolean>;
}

/** Rejects with FerryError when the server cannot be reached, does not let Ferry in, or is loading. */
export async function readServer(pair: Pair, side: Side, options: SurveyOptions): Promise<ReadServer> {
  const instance = pair[side];
  const peer = pair[otherSide(side)];
  const { secrets, ferryRunId } = options;
  const connection = await connectTo(instance, secrets);
  try {
    const began = performance.now();
    const info = await readInfo(connection);
    if (isLoading(info)) {
      throw new FerryError('loading', `${connection.who} is loading its data.`);
    }
    const identity = identityOf(info);
    const able = capabilitiesOf(identity);
    const user = able.can('acl') ? textOf(await askOne(connection, ['ACL', 'WHOAMI'])) : null;
    const facts = {
      ...fromInfo(info, identity),
      maxMemoryBytes: await readMaxMemory(connection, info),
      settings: await readSettings(connection, identity),
      replicationAuth: await readReplicationAuth(connection, instance, peer, secrets, identity),
      permissions: await tryPermissions(connection, instance, secrets, identity, user),
      user,
      ...(await readExtensions(connection, identity)),
      logins: await readLogins(connection, identity),
      sentinels: await countSentinels(connection, info),
      ferrysOwn: ferryRunId === null ? null : sameRun(ferryRunId, identity.runId),
      lock: await readLock(connection, able.can('milliseconds'), options.isOver),
      replicationAddress: await whoAnswers(instance, identity, secrets),
      clockAheadMs: able.can('time') ? await readClock(connection) : null,
    };
    await delay(Math.max(0, EVICTION_SPAN_MS - (performance.now() - began)));
    const later = await readInfo(connection);
    return { ...facts, ...between(info, later, performance.now() - began) };
  } finally {
    connection.close();
  }
}

/** The whole of it: 2.4 knows no sections, and what is not asked for (commandstats) is not in it. */
export async function readInfo(connection: ServerConnection): Promise<Info> {
  return parseInfo(String(await connection.ask(['INFO'])));
}

/** What only two readings tell. 2.4 gives no rate of commands, only their number. */
function between(first: Info, later: Info, spanMs: number) {
  const grew = (name: string): number | null => {
    const [from, to] = [infoNumber(first, name), infoNumber(later, name)];
    return from === null || to === null ? null : Math.max(0, to - from);
  };
  const commands = grew('total_commands_processed') ?? 0;
  const changes = changesBetween(first, later);
  return {
    changesPerSecond: changes === null ? null : Math.round((changes / spanMs) * 1_000),
    evictedDuringSurvey: grew('evicted_keys'),
    opsPerSecond: infoNumber(first, 'instantaneous_ops_per_sec') ?? Math.round((commands / spanMs) * 1_000),
  };
}

/** A save in between sets the counter back. */
function changesBetween(first: Info, later: Info): number | null {
  const [from, to] = [first, later].map(
    (info) => infoNumber(info, 'rdb_changes_since_last_save') ?? infoNumber(info, 'changes_since_last_save'),
  );
  return from === null || to === null || from === undefined || to === undefined || to < from
    ? null
    : to - from;
}

/** In INFO from 3.2 on. */
async function readMaxMemory(connection: ServerConnection, info: Info): Promise<number | null> {
  const told = infoNumber(info, 'maxmemory');
  if (told !== null) return told;
  const setting = settingOf(await askOne(connection, ['CONFIG', 'GET', 'maxmemory']));
  return setting === null || !/^\d+$/.test(setting) ? null : Number(setting);
}

function fromInfo(info: Info, identity: Identity) {
  const inputKb = infoNumber(info, 'instantaneous_input_kbps');
  return {
    identity,
    mode: knownMode(info),
    role: knownRole(info),
    replId: info.get('master_replid') ?? '',
    uptimeSeconds: infoNumber(info, 'uptime_in_seconds') ?? 0,
    configFile: configFileOf(info),
    usedMemoryBytes: infoNumber(info, 'used_memory') ?? 0,
    residentBytes: infoNumber(info, 'used_memory_rss'),
    systemMemoryBytes: infoNumber(info, 'total_system_memory'),
    keysByDb: keysByDbOf(info),
    keysWithExpiringFields: expiringFieldsOf(info),
    evictedKeys: infoNumber(info, 'evicted_keys'),
    refusedOfStream: refusedOfStreamOf(info),
    connectedClients: infoNumber(info, 'connected_clients'),
    blockedClients: infoNumber(info, 'blocked_clients'),
    cachedScripts: infoNumber(info, 'number_of_cached_scripts'),
    inputBytesPerSecond: inputKb === null ? null : inputKb * 1024,
    latestForkUs: infoNumber(info, 'latest_fork_usec'),
    lastCopyOnWriteBytes: infoNumber(info, 'rdb_last_cow_size'),
    lastSaveOk: lastSaveOf(info),
    replicas: replicasOf(info).map(({ host, port }) => ({ host, port })),
  };
}

/** Settings piped in on start count as a file named `-` before 7.0, which nothing can be written to. */
function configFileOf(info: Info): string | null {
  return info.get('config_file')?.replace(/^(.*\/)?-$/, '') ?? null;
}

function knownMode(info: Info): 'standalone' | 'cluster' | 'sentinel' {
  const mode = modeOf(info);
  if (mode === 'sentinel') return mode;
  return mode === 'cluster' || infoNumber(info, 'cluster_enabled') === 1 ? 'cluster' : 'standalone';
}

function knownRole(info: Info): RoleFacts {
  const link = primaryLinkOf(info);
  if (link === null) return { kind: 'primary' };
  return { kind: 'replica', of: { host: link.host, port: link.port }, linkUp: link.up };
}

function lastSaveOf(info: Info): boolean | null {
  const status = info.get('rdb_last_bgsave_status');
  return status === undefined ? null : status === 'ok';
}

/** `db0:keys=1,…,keys_with_volatile_items=0`, from Valkey 9 on; null where no database tells. */
function expiringFieldsOf(info: Info): number | null {
  const databases = [...info].filter(([name]) => /^db\d+$/.test(name));
  const counts = databases.map(([, value]) => /keys_with_volatile_items=(\d+)/.exec(value)?.[1]);
  if (counts.includes(undefined)) return null;
  return counts.reduce((sum, count) => sum + Number(count), 0);
}

/**
 * Each Sentinel that watches a server subscribes to one channel on it. Where the server does not tell who
 * subscribes to what (before 2.8), nobody who subscribes to anything is no Sentinel either.
 */
async function countSentinels(connection: ServerConnection, info: Info): Promise<number | null> {
  const reply = await askOne(connection, ['PUBSUB', 'NUMSUB', SENTINEL_CHANNEL]);
  const count = Array.isArray(reply) ? Number(reply[1]) : Number.NaN;
  if (Number.isInteger(count)) return count;
  return infoNumber(info, 'pubsub_channels') === 0 ? 0 : null;
}

async function whoAnswers(instance: Instance, identity: Identity, secrets: Secrets): Promise<AddressFacts> {
  const { address, replicationAddress } = instance;
  if (formatAddress(address) === formatAddress(replicationAddress)) return { kind: 'same' };
  try {
    const there = { ...instance, address: replicationAddress };
    const connection = await connectTo(there, secrets, { timeoutMs: ADDRESS_TIMEOUT_MS });
    try {
      const { runId } = identityOf(await readInfo(connection));
      return sameRun(runId, identity.runId) ? { kind: 'same' } : { kind: 'other', runId };
    } finally {
      connection.close();
    }
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return { kind: 'no-answer', detail: error.message.replace(/\.$/, '') };
  }
}

/** The error is at most half the round trip. */
async function readClock(connection: ServerConnection): Promise<number | null> {
  const before = Date.now();
  const reply = await askOne(connection, ['TIME']);
  const halfway = (before + Date.now()) / 2;
  if (!Array.isArray(reply)) return null;
  const serverMs = Number(reply[0]) * 1_000 + Number(reply[1]) / 1_000;
  return Number.isFinite(serverMs) ? serverMs - halfway : null;
}

/** A refusal is a value: what it concerns is then not known. */
async function askOne(connection: ServerConnection, command: Command): Promise<Reply> {
  const [reply = null] = await connection.pipeline([command]);
  return reply;
}

function textOf(reply: Reply | undefined): string | null {
  return typeof reply === 'string' ? reply : null;
}
