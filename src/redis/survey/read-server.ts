// Reads one server: INFO twice, each setting by its name, permissions by trial. Changes nothing.

import { setTimeout as delay } from 'node:timers/promises';
import { capabilitiesOf } from '../../migration/capabilities.ts';
import { FerryError } from '../../migration/errors.ts';
import {
  formatAddress,
  type Identity,
  type Instance,
  otherSide,
  type Side,
} from '../../migration/instance.ts';
import type { Pair } from '../../migration/migration.ts';
import {
  type AddressFacts,
  type LockFacts,
  type RoleFacts,
  SETTING_NAMES,
  type SettingName,
  type SideFacts,
} from '../../migration/survey-facts.ts';
import type { Secrets } from '../../workflow/ports.ts';
import { type Command, connectTo, type Reply, type ServerConnection } from '../connect.ts';
import { GUARD_KEY, LOCK_KEY } from '../guard.ts';
import {
  type Info,
  identityOf,
  infoNumber,
  isLoading,
  keysByDbOf,
  modeOf,
  parseInfo,
  primaryLinkOf,
  replicasOf,
} from '../info.ts';
import { readClients } from './clients.ts';
import { tryPermissions } from './permissions.ts';
import { readReplicationAuth } from './replication-auth.ts';

/** Between the two readings that tell whether keys are being evicted now. */
const EVICTION_SPAN_MS = 100;
/** Where a replication address may not be reachable from Ferry at all. */
const ADDRESS_TIMEOUT_MS = 1_500;
const SENTINEL_CHANNEL = '__sentinel__:hello';

/** Rejects with FerryError when the server cannot be reached, does not let Ferry in, or is loading. */
export async function readServer(
  pair: Pair,
  side: Side,
  options: { readonly secrets: Secrets; readonly ferryRunId: string | null },
): Promise<SideFacts> {
  const instance = pair[side];
  const connection = await connectTo(instance, options.secrets);
  try {
    const began = performance.now();
    const info = await readInfo(connection);
    if (isLoading(info)) {
      throw new FerryError('loading', `${connection.who} is loading its data.`);
    }
    const identity = identityOf(info);
    const settings = await readSettings(connection);
    const user = textOf(await askOne(connection, ['ACL', 'WHOAMI']));
    const facts = {
      ...fromInfo(info, identity),
      settings,
      replicationAuth: await readReplicationAuth(
        connection,
        instance,
        pair[otherSide(side)],
        options.secrets,
      ),
      permissions: await tryPermissions(connection, instance, options.secrets, identity, user),
      user,
      ...(await readExtensions(connection, identity)),
      clients: await readClients(connection, infoNumber(info, 'connected_clients') ?? 0),
      sentinels: await countSentinels(connection),
      ferrysOwn: options.ferryRunId === null ? null : options.ferryRunId === identity.runId,
      lock: await readLock(connection),
      replicationAddress: await whoAnswers(instance, identity, options.secrets),
      clockAheadMs: await readClock(connection),
    };
    await delay(Math.max(0, EVICTION_SPAN_MS - (performance.now() - began)));
    const later = infoNumber(await readInfo(connection, 'stats'), 'evicted_keys');
    const evictedDuringSurvey =
      later === null || facts.evictedKeys === null ? null : Math.max(0, later - facts.evictedKeys);
    return { kind: 'read', ...facts, evictedDuringSurvey };
  } finally {
    connection.close();
  }
}

async function readInfo(connection: ServerConnection, section?: string): Promise<Info> {
  return parseInfo(String(await connection.ask(section === undefined ? ['INFO'] : ['INFO', section])));
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
    maxMemoryBytes: infoNumber(info, 'maxmemory'),
    systemMemoryBytes: infoNumber(info, 'total_system_memory'),
    keysByDb: keysByDbOf(info),
    keysWithExpiringFields: expiringFieldsOf(info),
    evictedKeys: infoNumber(info, 'evicted_keys'),
    opsPerSecond: infoNumber(info, 'instantaneous_ops_per_sec') ?? 0,
    inputBytesPerSecond: inputKb === null ? null : inputKb * 1024,
    latestForkUs: infoNumber(info, 'latest_fork_usec'),
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

async function readSettings(
  connection: ServerConnection,
): Promise<Readonly<Record<SettingName, string | null>>> {
  const replies = await connection.pipeline(SETTING_NAMES.map((name): Command => ['CONFIG', 'GET', name]));
  const values = SETTING_NAMES.map((name, i) => [name, settingOf(replies[i])] as const);
  return Object.fromEntries(values) as Record<SettingName, string | null>;
}

/** A list of name and value; empty where the server has no such setting. */
function settingOf(reply: Reply | undefined): string | null {
  if (!Array.isArray(reply)) return null;
  return reply.length === 0 ? '' : textOf(reply[1]);
}

async function readExtensions(connection: ServerConnection, identity: Identity) {
  const modules = namesOf(await askOne(connection, ['MODULE', 'LIST']), 'name');
  const functionLibraries = capabilitiesOf(identity).can('functions')
    ? namesOf(await askOne(connection, ['FUNCTION', 'LIST']), 'library_name')
    : [];
  return { modules, functionLibraries };
}

/** Lists of alternating fields and values, one a module or library. */
function namesOf(reply: Reply, field: string): readonly string[] | null {
  if (!Array.isArray(reply)) return null;
  const names = reply.map((entry) =>
    Array.isArray(entry) ? textOf(entry[entry.indexOf(field) + 1] ?? null) : null,
  );
  return names.includes(null) ? null : names.filter((name) => name !== null);
}

/** Each Sentinel that watches a server subscribes to one channel on it. */
async function countSentinels(connection: ServerConnection): Promise<number | null> {
  const reply = await askOne(connection, ['PUBSUB', 'NUMSUB', SENTINEL_CHANNEL]);
  const count = Array.isArray(reply) ? Number(reply[1]) : Number.NaN;
  return Number.isInteger(count) ? count : null;
}

async function readLock(connection: ServerConnection): Promise<LockFacts> {
  for (const key of [LOCK_KEY, GUARD_KEY]) {
    const [held, left] = await connection.pipeline([
      ['GET', key],
      ['PTTL', key],
    ]);
    if (held === null) continue;
    if (typeof held !== 'string') return { kind: 'unknown', why: reasonOf(held) };
    // Anybody can write that key: no more of it is shown than a name needs.
    const by = held.replace(/[^\w.:@-]/g, '').slice(0, 60);
    return { kind: 'held', key, by, leftMs: typeof left === 'number' && left >= 0 ? left : null };
  }
  return { kind: 'free' };
}

async function whoAnswers(instance: Instance, identity: Identity, secrets: Secrets): Promise<AddressFacts> {
  const { address, replicationAddress } = instance;
  if (formatAddress(address) === formatAddress(replicationAddress)) return { kind: 'same' };
  try {
    const there = { ...instance, address: replicationAddress };
    const connection = await connectTo(there, secrets, { timeoutMs: ADDRESS_TIMEOUT_MS });
    try {
      const { runId } = identityOf(await readInfo(connection, 'server'));
      return runId === identity.runId ? { kind: 'same' } : { kind: 'other', runId };
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

function reasonOf(reply: Reply | undefined): string {
  return reply instanceof FerryError ? reply.message : 'the answer was not understood.';
}
