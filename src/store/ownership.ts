// Who drives a migration. An epoch is given out once and only rises; the lease holds the epoch of the owner.
// A process that slept past its lease is no owner any more, even if nobody took over meanwhile (I8):
// nothing here revives a lease that has run out.

import { FerryError } from '../migration/errors.ts';
import type { Claim, EnlistedConnection, Ownership } from '../workflow/ports.ts';
import { RECORD_VERSION, tooNew } from './codec.ts';
import { keys } from './keys.ts';
import { enlistedSchema } from './schema/enlisted.ts';
import { fieldsOf, newToken, type RedisCommands, Script, unexpectedReply } from './script.ts';

const CLAIM = new Script(`
local migration, lease = KEYS[1], KEYS[2]
local version, leaseMs, token = unpack(ARGV)
local stored = redis.call('HMGET', migration, 'v', 'claimant', 'lapsed')
if not stored[1] then return 'missing' end
if tonumber(stored[1]) > tonumber(version) then return 'too-new' end
local owner = redis.call('GET', lease)
if owner then
  if stored[2] == token then return {tonumber(owner), tonumber(stored[3])} end
  return 'busy'
end
local epoch = redis.call('HINCRBY', migration, 'epoch', 1)
local lapsed = stored[2] and 1 or 0
redis.call('HSET', migration, 'claimant', token, 'lapsed', lapsed)
redis.call('SET', lease, epoch, 'PX', leaseMs)
return {epoch, lapsed}
`);

const RENEW = new Script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);

const RELEASE = new Script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[2], 'claimant')
return redis.call('DEL', KEYS[1])
`);

const ENLIST = new Script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return 1
`);

/** null: somebody else owns it, or there is no such migration. Throws `record-too-new`. */
export async function claim(redis: RedisCommands, uid: string, leaseMs: number): Promise<Claim | null> {
  const reply = await CLAIM.run(
    redis,
    [keys.migration(uid), keys.lease(uid)],
    [RECORD_VERSION, leaseMs, newToken()],
  );
  if (Array.isArray(reply) && typeof reply[0] === 'number')
    return { uid, epoch: reply[0], lapsed: reply[1] === 1 };
  if (reply === 'missing' || reply === 'busy') return null;
  if (reply === 'too-new') throw tooNew();
  throw unexpectedReply('claim', reply);
}

export async function renew(redis: RedisCommands, owner: Ownership, leaseMs: number): Promise<boolean> {
  return (await RENEW.run(redis, [keys.lease(owner.uid)], [owner.epoch, leaseMs])) === 1;
}

export async function release(redis: RedisCommands, owner: Ownership): Promise<void> {
  await RELEASE.run(redis, [keys.lease(owner.uid), keys.migration(owner.uid)], [owner.epoch]);
}

export async function enlist(
  redis: RedisCommands,
  owner: Ownership,
  connection: EnlistedConnection,
): Promise<boolean> {
  const { runId, address, clientId, peer } = connection;
  const entry = JSON.stringify({ epoch: owner.epoch, runId, address, clientId, peer });
  const reply = await ENLIST.run(
    redis,
    [keys.lease(owner.uid), keys.enlisted(owner.uid)],
    [owner.epoch, fieldOf(connection), entry],
  );
  return reply === 1;
}

export async function enlistedBefore(
  redis: RedisCommands,
  owner: Ownership,
): Promise<readonly EnlistedConnection[]> {
  const stored = fieldsOf('HGETALL', await redis.call('HGETALL', keys.enlisted(owner.uid)));
  return Object.values(stored)
    .map(parseEnlisted)
    .filter((entry) => entry.epoch < owner.epoch)
    .map(({ runId, address, clientId, peer }) => ({ runId, address, clientId, peer }));
}

export async function delist(
  redis: RedisCommands,
  owner: Ownership,
  connections: readonly EnlistedConnection[],
): Promise<void> {
  if (connections.length === 0) return;
  await redis.call('HDEL', keys.enlisted(owner.uid), ...connections.map(fieldOf));
}

function fieldOf(connection: EnlistedConnection): string {
  return `${connection.runId}/${connection.clientId ?? connection.peer}`;
}

/** An entry that cannot be read may be a late process's connection: stop rather than pass over it (I8). */
function parseEnlisted(text: string) {
  const entry = enlistedSchema.safeParse(JSON.parse(text));
  if (entry.success) return entry.data;
  throw new FerryError('record-unreadable', "An enlisted connection in Ferry's Redis does not parse.");
}
