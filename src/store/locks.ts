// Locks by name, address and run id: a server takes part in one migration at a time (I6).
// They have no expiry: a migration holds them until it is over, however long it waits.

import { FerryError } from '../migration/errors.ts';
import type { Instance } from '../migration/instance.ts';
import type { LockHolder } from '../workflow/ports.ts';
import { holderFrom } from './creation.ts';
import { keys, lockKeys, lockKeysOf } from './keys.ts';
import { type RedisCommands, Script, textsOf, unexpectedReply } from './script.ts';

const LOCK = new Script(`
local migration, active, locks = unpack(KEYS, 1, 3)
local uid = ARGV[1]
if redis.call('SISMEMBER', active, uid) == 0 then return {'over'} end
local mine = uid .. ' ' .. redis.call('HGET', migration, 'id')
for at = 4, #KEYS do
  local holder = redis.call('GET', KEYS[at])
  if holder and holder ~= mine then return {'locked', holder, KEYS[at]} end
end
for at = 4, #KEYS do
  redis.call('SET', KEYS[at], mine)
  redis.call('SADD', locks, KEYS[at])
end
return {'done'}
`);

/** Lua: frees what `uid` holds and nobody else's. Also part of saving a record that is over. */
export const FREE_LOCKS = `
local function freeLocks(locks, uid)
  for _, key in ipairs(redis.call('SMEMBERS', locks)) do
    local holder = redis.call('GET', key)
    if holder and string.sub(holder, 1, #uid + 1) == uid .. ' ' then redis.call('DEL', key) end
  end
  redis.call('DEL', locks)
end
`;

const RELEASE = new Script(`
${FREE_LOCKS}
freeLocks(KEYS[1], ARGV[1])
return 1
`);

/** Takes all of the run ids or none. Throws `migration-over`: a late process must not leave locks behind. */
export async function lockRunIds(
  redis: RedisCommands,
  uid: string,
  runIds: readonly string[],
): Promise<LockHolder | null> {
  const wanted = [...new Set(runIds)].map(lockKeys.runId);
  const scriptKeys = [keys.migration(uid), keys.active, keys.locks(uid), ...wanted];
  const reply = textsOf('lock', await LOCK.run(redis, scriptKeys, [uid]));
  const [kind, value = '', lockKey = ''] = reply;
  if (kind === 'done') return null;
  if (kind === 'locked') return holderFrom(value, lockKey);
  if (kind === 'over') throw new FerryError('migration-over', 'This migration is over: it can lock nothing.');
  throw unexpectedReply('lock', reply);
}

export async function holderOf(
  redis: RedisCommands,
  instance: Instance,
  runId: string | null,
): Promise<LockHolder | null> {
  const asked = [...lockKeysOf(instance), ...(runId === null ? [] : [lockKeys.runId(runId)])];
  const held = await redis.call('MGET', ...asked);
  if (!Array.isArray(held)) throw unexpectedReply('MGET', held);
  for (const [at, lockKey] of asked.entries()) {
    const value: unknown = held[at];
    if (typeof value === 'string') return holderFrom(value, lockKey);
  }
  return null;
}

export async function releaseLocks(redis: RedisCommands, uid: string): Promise<void> {
  await RELEASE.run(redis, [keys.locks(uid)], [uid]);
}
