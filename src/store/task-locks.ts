// The locks of fills and clears: the same keys as a migration's, so that each keeps the other away (I6),
// but leased, because nobody takes over what such a task left.

import type { LockHolder, TaskLock, TaskLocks } from '../workflow/ports.ts';
import { holderFrom } from './creation.ts';
import { lockKeys, lockKeysOf } from './keys.ts';
import { type RedisCommands, reporting, Script, textsOf, unexpectedReply } from './script.ts';

/** A second run with the same value renews. */
const TAKE = new Script(`
for at = 1, #KEYS do
  local holder = redis.call('GET', KEYS[at])
  if holder and holder ~= ARGV[1] then return {'locked', holder, KEYS[at]} end
end
for at = 1, #KEYS do redis.call('SET', KEYS[at], ARGV[1], 'PX', ARGV[2]) end
return {'done'}
`);

const FREE = new Script(`
for at = 1, #KEYS do
  if redis.call('GET', KEYS[at]) == ARGV[1] then redis.call('DEL', KEYS[at]) end
end
return 1
`);

/** Every method may throw `store-unreachable` or `store-refused`. */
export function createTaskLocks(connection: RedisCommands): TaskLocks {
  const redis = reporting(connection);
  return {
    async take(lock, leaseMs): Promise<LockHolder | null> {
      const reply = textsOf('take', await TAKE.run(redis, keysOf(lock), [holderText(lock), leaseMs]));
      const [kind, value = '', lockKey = ''] = reply;
      if (kind === 'done') return null;
      if (kind === 'locked') return holderFrom(value, lockKey);
      throw unexpectedReply('take', reply);
    },
    async free(lock) {
      await FREE.run(redis, keysOf(lock), [holderText(lock)]);
    },
  };
}

function keysOf({ instance, runId }: TaskLock): string[] {
  return [...new Set([...lockKeysOf(instance), lockKeys.runId(runId)])];
}

function holderText({ token, task }: TaskLock): string {
  return `${token} ${task}`;
}
