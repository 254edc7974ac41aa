// The connections to Ferry's own Redis, each made for its use: a command that a click waits for fails at
// once; BullMQ's blocking reads wait for ever; a subscriber and a blocking reader are clients of their own.

import { Redis, type RedisOptions } from 'ioredis';
import { FerryError } from '../migration/errors.ts';
import type { Logger } from '../workflow/ports.ts';
import { identityOf, infoText, parseInfo } from './info.ts';

export interface FerrysRedis {
  /** Records, intents, outbox. */
  readonly store: Redis;
  /** For queues that a click waits for. */
  readonly queue: Redis;
  /** For BullMQ's workers. */
  readonly worker: Redis;
  readonly subscriber: Redis;
  /** For the one reader that blocks. */
  readonly blocking: Redis;
  /** So that Ferry refuses to move the Redis that it runs on (I6). */
  readonly runId: string;
  /** What a crash of it may lose, a sentence with the settings that end it; null: nothing that it acknowledged. */
  readonly mayLose: string | null;
  close(): Promise<void>;
}

/**
 * Above this a command of ours is as good as lost; the lease tells the rest. The connection is closed with it:
 * one that went silent without being closed would time out for ever.
 */
const COMMAND_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_MS = 500;

/** Connects and checks the server. Throws `own-redis-unreachable`, `own-redis-evicts`, `own-redis-replica` or `own-redis-refused`. */
export async function connectFerrysRedis(url: string, logger: Logger): Promise<FerrysRedis> {
  const patient = {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (times: number) => Math.min(times * 50, RECONNECT_MS),
    connectionName: 'ferry',
  } satisfies RedisOptions;
  // A command whose reply was lost is not sent again: whoever asked looks at the record instead (I8).
  const once = {
    ...patient,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  } satisfies RedisOptions;
  const clients = {
    store: new Redis(url, { ...once, commandTimeout: COMMAND_TIMEOUT_MS, socketTimeout: COMMAND_TIMEOUT_MS }),
    queue: new Redis(url, { ...patient, maxRetriesPerRequest: 1, enableOfflineQueue: false }),
    worker: new Redis(url, { ...patient, maxRetriesPerRequest: null }),
    subscriber: new Redis(url, { ...patient, maxRetriesPerRequest: null }),
    blocking: new Redis(url, { ...patient, maxRetriesPerRequest: null }),
  };
  const all = Object.entries(clients);
  for (const [use, client] of all) {
    client.on('error', (error: Error) =>
      logger.warn({ use, reason: error.message }, "Ferry's own Redis has trouble"),
    );
  }
  const close = async () => {
    for (const [, client] of all) client.disconnect();
  };
  try {
    await Promise.all(all.map(([, client]) => client.connect()));
    const runId = await examine(clients.store);
    const mayLose = await whatMayBeLost(clients.store);
    return { ...clients, runId, mayLose, close };
  } catch (error) {
    await close();
    if (error instanceof FerryError) throw error;
    throw new FerryError('own-redis-unreachable', "Ferry's own Redis does not answer.", {
      hint: 'Is it up, and is FERRY_REDIS_URL right (default redis://127.0.0.1:6379)?',
    });
  }
}

/** Gives the run id. Eviction would take locks and records first, a replica takes no writes: both are refused. */
async function examine(store: Redis): Promise<string> {
  try {
    const info = parseInfo(await store.info());
    const policy = infoText(info, 'maxmemory_policy') ?? 'unknown';
    if (policy !== 'noeviction') {
      throw new FerryError(
        'own-redis-evicts',
        `Ferry's own Redis has maxmemory-policy ${policy}, so it may drop records.`,
        {
          hint: 'Give Ferry a Redis of its own: redis-cli CONFIG SET maxmemory-policy noeviction, and in its configuration file.',
        },
      );
    }
    if (infoText(info, 'role') !== 'master') {
      throw new FerryError(
        'own-redis-replica',
        "Ferry's own Redis is a replica, so nothing can be recorded in it.",
        {
          hint: 'FERRY_REDIS_URL must name the primary.',
        },
      );
    }
    return identityOf(info).runId;
  } catch (error) {
    if (error instanceof FerryError) throw error;
    const text = error instanceof Error ? error.message.split(' ')[0] : 'no answer';
    throw new FerryError('own-redis-refused', `Ferry's own Redis refused INFO (${text}).`, {
      hint: 'FERRY_REDIS_URL must hold the user and password of a user that may do everything there.',
    });
  }
}

/** Not refused: a hold whose record is lost is found on the server. Until somebody looks there, nobody can write. */
async function whatMayBeLost(store: Redis): Promise<string | null> {
  const [on, sync] = [await setting(store, 'appendonly'), await setting(store, 'appendfsync')];
  if (on === 'yes' && sync === 'always') return null;
  const remedy = 'Ferry asks for appendonly yes and appendfsync always.';
  if (on === null || sync === null) return `Whether it keeps each write could not be read: ${remedy}`;
  return on === 'yes'
    ? `With appendfsync ${sync} a crash may lose its last writes: ${remedy}`
    : `With appendonly ${on} a crash loses what it wrote since its last snapshot: ${remedy}`;
}

/** null: it is not told. */
async function setting(store: Redis, name: string): Promise<string | null> {
  try {
    const reply: unknown = await store.call('CONFIG', 'GET', name);
    const value: unknown = Array.isArray(reply) ? reply[1] : null;
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
