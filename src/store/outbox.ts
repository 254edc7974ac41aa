// The port `Outbox`: what Slack has not seen, who announces, and what was posted where.
// An announcement stays until it is done, however long Slack is away (I7).

import type { Outbox, QueuedAnnouncement } from '../workflow/ports.ts';
import { keys } from './keys.ts';
import { inPostingOrder } from './outbox-order.ts';
import { KEEP_MS } from './saving.ts';
import { announcementSchema } from './schema/history.ts';
import { entriesOf, fieldsOf, type RedisCommands, reporting, Script, type StreamEntry } from './script.ts';

/** Entries looked at to find the order; more than that waits its turn. */
const WINDOW = 1_000;

const LEAD = new Script(`
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

const SET_PLACE = new Script(`
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[3])
`);

/** Every method may throw `store-unreachable` or `store-refused`. */
export function createOutbox(connection: RedisCommands): Outbox {
  const redis = reporting(connection);
  return {
    lead: async (holder, leaseMs) => (await LEAD.run(redis, [keys.announcer], [holder, leaseMs])) === 1,
    pending: async (limit) => {
      const reply = await redis.call('XRANGE', keys.outbox, '-', '+', 'COUNT', WINDOW);
      return inPostingOrder(entriesOf('XRANGE', reply).map(queuedFrom)).slice(0, limit);
    },
    done: async (cursor) => {
      await redis.call('XDEL', keys.outbox, cursor);
    },
    places: async (uid) => fieldsOf('HGETALL', await redis.call('HGETALL', keys.places(uid))),
    setPlace: async (uid, key, ts) => {
      await SET_PLACE.run(redis, [keys.places(uid)], [key, ts, KEEP_MS]);
    },
  };
}

function queuedFrom({ cursor, fields }: StreamEntry): QueuedAnnouncement {
  const announcement = announcementSchema.parse(JSON.parse(fields['announcement'] ?? 'null'));
  return { cursor, uid: fields['uid'] ?? '', id: fields['id'] ?? '', announcement };
}
