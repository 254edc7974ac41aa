// Making a migration: all locks, the id, the record and its place in the lists, or nothing at all (I6).

import { randomBytes } from 'node:crypto';
import { latencyAtFirst } from '../migration/latency/summary.ts';
import type { Migration } from '../migration/migration.ts';
import { NOT_YET_REHEARSED } from '../migration/rehearsal.ts';
import { TASKS } from '../migration/task.ts';
import type { LockHolder, NewMigration } from '../workflow/ports.ts';
import { encode, RECORD_VERSION } from './codec.ts';
import { keys, lockedThing, lockKeysOfPairs } from './keys.ts';
import { type RedisCommands, Script, textsOf, unexpectedReply } from './script.ts';

/** How many uids `recent` keeps. */
const RECENT_CAP = 1_000;

const CREATE = new Script(`
local migration, lastId, active, recent, due, locks = unpack(KEYS, 1, 6)
local uid, version, before, after, cap, idPrefix = unpack(ARGV)
local made = redis.call('HGET', migration, 'id')
if made then return {'created', made} end
for at = 7, #KEYS do
  local holder = redis.call('GET', KEYS[at])
  if holder then return {'locked', holder, KEYS[at]} end
end
local id = 'm' .. redis.call('INCR', lastId)
for at = 7, #KEYS do
  redis.call('SET', KEYS[at], uid .. ' ' .. id)
  redis.call('SADD', locks, KEYS[at])
end
redis.call('HSET', migration, 'id', id, 'v', version, 'revision', 1, 'wishCursor', '0',
  'epoch', 0, 'record', before .. id .. after)
redis.call('SET', idPrefix .. id, uid)
redis.call('SADD', active, uid)
redis.call('LPUSH', recent, uid)
redis.call('LTRIM', recent, 0, cap - 1)
local now = redis.call('TIME')
redis.call('ZADD', due, now[1] * 1000 + math.floor(now[2] / 1000), uid)
return {'created', id}
`);

export async function create(
  redis: RedisCommands,
  draft: NewMigration,
): Promise<{ kind: 'created'; migration: Migration } | { kind: 'locked'; by: LockHolder }> {
  const uid = randomBytes(12).toString('hex');
  // The script counts the id and puts it where this text stands: the uid makes it occur once.
  const placeholder = `id-of-${uid}`;
  const [before = '', after = ''] = encode(firstRecord(draft, uid, placeholder)).split(placeholder);
  const reply = textsOf(
    'create',
    await CREATE.run(
      redis,
      [
        keys.migration(uid),
        keys.lastId,
        keys.active,
        keys.recent,
        keys.due,
        keys.locks(uid),
        ...lockKeysOfPairs(draft.pairs),
      ],
      [uid, RECORD_VERSION, before, after, RECENT_CAP, keys.idPrefix],
    ),
  );
  const [kind, value = '', lockKey = ''] = reply;
  if (kind === 'created') return { kind, migration: firstRecord(draft, uid, value) };
  if (kind === 'locked') return { kind, by: holderFrom(value, lockKey) };
  throw unexpectedReply('create', reply);
}

/** A migration as it begins: round 1, to be surveyed, nothing to decide yet. */
function firstRecord(draft: NewMigration, uid: string, id: string): Migration {
  return {
    id,
    uid,
    requestedBy: draft.requestedBy,
    requestedAt: draft.requestedAt,
    channel: draft.channel,
    policy: draft.policy,
    hooks: draft.hooks,
    pairs: draft.pairs,
    round: 1,
    digest: '',
    ledger: [],
    relays: [],
    rehearsal: draft.rehearsal ? NOT_YET_REHEARSED : null,
    announced: 0,
    cutoverAttempts: 0,
    transfers: [],
    latency: latencyAtFirst(draft.requestedAt),
    timeline: [{ phase: 'surveying', at: draft.requestedAt }],
    state: { phase: 'surveying', because: null },
  };
}

/** From what a lock key holds: `<uid> <id>`, or `<token> fill`. */
export function holderFrom(value: string, lockKey: string): LockHolder {
  const [uid = '', id = ''] = value.split(' ');
  const task = TASKS.find((each) => each === id) ?? null;
  return { uid, id, what: lockedThing(lockKey), task };
}
