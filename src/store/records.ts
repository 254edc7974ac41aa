// The port `Records` over one connection to Ferry's own Redis. What changes goes through the scripts of
// creation, locks, ownership, saving and wishing; the rest reads.

import { FerryError } from '../migration/errors.ts';
import type { AuditEntry } from '../migration/events.ts';
import type { LiveFigures } from '../migration/progress.ts';
import type { Records, Versioned } from '../workflow/ports.ts';
import { decode, RECORD_VERSION, tooNew } from './codec.ts';
import { create } from './creation.ts';
import { keys } from './keys.ts';
import { holderOf, lockRunIds, releaseLocks } from './locks.ts';
import { claim, delist, enlist, enlistedBefore, release, renew } from './ownership.ts';
import { save } from './saving.ts';
import { auditEntrySchema } from './schema/history.ts';
import { liveSchema } from './schema/live.ts';
import { entriesOf, type RedisCommands, reporting, Script, textsOf, unexpectedReply } from './script.ts';
import { wish, wishes } from './wishing.ts';

const LIVE_MS = 60_000;

/** Leaves out, and forgets, what is over: nobody need look at it again. */
const DUE = new Script(`
local now = redis.call('TIME')
local nowMs = now[1] * 1000 + math.floor(now[2] / 1000)
local found = {}
for _, uid in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', nowMs, 'LIMIT', 0, ARGV[1])) do
  if redis.call('SISMEMBER', KEYS[2], uid) == 1 then
    found[#found + 1] = uid
  else
    redis.call('ZREM', KEYS[1], uid)
  end
end
return found
`);

const SET_DUE = new Script(`
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 0 then return 0 end
local now = redis.call('TIME')
redis.call('ZADD', KEYS[1], now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[2], ARGV[1])
return 1
`);

export interface StoredRecords extends Records {
  /** uids of migrations that are not over and that only a newer Ferry can read: for readyz. */
  tooNew(): Promise<readonly string[]>;
}

/** Every method may throw `store-unreachable` or `store-refused`. */
export function createRecords(connection: RedisCommands): StoredRecords {
  const redis = reporting(connection);
  return {
    create: (draft) => create(redis, draft),
    load: (uid) => load(redis, uid),
    uidOf: async (id) => textOrNull(await redis.call('GET', keys.id(id))),
    active: async () => textsOf('SMEMBERS', await redis.call('SMEMBERS', keys.active)),
    recent: async (limit) =>
      limit < 1 ? [] : textsOf('LRANGE', await redis.call('LRANGE', keys.recent, 0, limit - 1)),
    holderOf: (instance, runId) => holderOf(redis, instance, runId),
    lockRunIds: (uid, runIds) => lockRunIds(redis, uid, runIds),
    releaseLocks: (uid) => releaseLocks(redis, uid),
    claim: (uid, leaseMs) => claim(redis, uid, leaseMs),
    renew: (owner, leaseMs) => renew(redis, owner, leaseMs),
    release: (owner) => release(redis, owner),
    save: (owner, revision, next, audit, say, dueInMs, wishCursor, onlyIfNoNewWish = false) =>
      save(redis, { owner, revision, next, audit, say, dueInMs, wishCursor, onlyIfNoNewWish }),
    publishLive: async (uid, live) => {
      await redis.call('SET', keys.live(uid), JSON.stringify(live), 'PX', LIVE_MS);
    },
    live: async (uid) => parseLive(textOrNull(await redis.call('GET', keys.live(uid)))),
    enlist: (owner, connection) => enlist(redis, owner, connection),
    enlistedBefore: (owner) => enlistedBefore(redis, owner),
    delist: (owner, connections) => delist(redis, owner, connections),
    wish: (uid, wanted, at) => wish(redis, uid, wanted, at),
    wishes: (uid, after) => wishes(redis, uid, after),
    audit: (uid) => auditOf(redis, uid),
    due: async (limit) => textsOf('due', await DUE.run(redis, [keys.due, keys.active], [limit])),
    setDue: async (uid, inMs) => {
      await SET_DUE.run(redis, [keys.due, keys.active], [uid, Math.round(inMs)]);
    },
    time: () => time(redis),
    tooNew: () => findTooNew(redis),
  };
}

/** Throws `record-too-new` or `record-unreadable`. */
async function load(redis: RedisCommands, uid: string): Promise<Versioned | null> {
  const stored = await redis.call('HMGET', keys.migration(uid), 'v', 'revision', 'wishCursor', 'record');
  if (!Array.isArray(stored)) throw unexpectedReply('HMGET', stored);
  if (stored[0] === null) return null;
  const [version = '', revision, wishCursor = '', record = ''] = textsOf('HMGET', stored);
  if (Number(version) > RECORD_VERSION) throw tooNew();
  return { revision: Number(revision), wishCursor, migration: decode(record) };
}

async function auditOf(redis: RedisCommands, uid: string): Promise<readonly AuditEntry[]> {
  const entries = entriesOf('XRANGE', await redis.call('XRANGE', keys.audit(uid), '-', '+'));
  return entries.map(({ fields }) => {
    const entry = auditEntrySchema.safeParse(JSON.parse(fields['entry'] ?? 'null'));
    if (entry.success) return entry.data;
    throw new FerryError('record-unreadable', "An audit entry in Ferry's Redis does not parse.");
  });
}

function parseLive(text: string | null): LiveFigures | null {
  return text === null ? null : (liveSchema.safeParse(JSON.parse(text)).data ?? null);
}

async function time(redis: RedisCommands): Promise<number> {
  const [seconds, micros] = textsOf('TIME', await redis.call('TIME'));
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

async function findTooNew(redis: RedisCommands): Promise<readonly string[]> {
  const uids = textsOf('SMEMBERS', await redis.call('SMEMBERS', keys.active));
  const versions = await Promise.all(uids.map((uid) => redis.call('HGET', keys.migration(uid), 'v')));
  return uids.filter((_, at) => Number(versions[at]) > RECORD_VERSION);
}

function textOrNull(reply: unknown): string | null {
  return typeof reply === 'string' ? reply : null;
}
