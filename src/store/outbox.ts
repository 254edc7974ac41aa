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
const UNREADABLE_KEPT = 1_000;

const LEAD = new Script(`
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

const RELEASE = new Script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`);

const SET_ASIDE = new Script(`
local entry = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not entry then return 0 end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', unpack(entry[2]))
return redis.call('XDEL', KEYS[1], ARGV[1])
`);

const SET_PLACE = new Script(`
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[3])
`);

export interface StoredOutbox extends Outbox {
  /** How many wait. */
  waiting(): Promise<number>;
}

/** Every method may throw `store-unreachable` or `store-refused`. */
export function createOutbox(connection: RedisCommands): StoredOutbox {
  const redis = reporting(connection);
  return {
    lead: async (holder, leaseMs) => (await LEAD.run(redis, [keys.announcer], [holder, leaseMs])) === 1,
    release: async (holder) => {
      await RELEASE.run(redis, [keys.announcer], [holder]);
    },
    pending: async (limit) => {
      const reply = await redis.call('XRANGE', keys.outbox, '-', '+', 'COUNT', WINDOW);
      const queued: QueuedAnnouncement[] = [];
      for (const entry of entriesOf('XRANGE', reply)) {
        const read = queuedFrom(entry);
        if (read !== null) queued.push(read);
        // One that nobody can read must not silence all that come after it.
        else await SET_ASIDE.run(redis, [keys.outbox, keys.unreadable], [entry.cursor, UNREADABLE_KEPT]);
      }
      return inPostingOrder(queued).slice(0, limit);
    },
    done: async (cursor) => {
      await redis.call('XDEL', keys.outbox, cursor);
    },
    waiting: async () => Number(await redis.call('XLEN', keys.outbox)),
    places: async (uid) => fieldsOf('HGETALL', await redis.call('HGETALL', keys.places(uid))),
    setPlace: async (uid, key, ts) => {
      await SET_PLACE.run(redis, [keys.places(uid)], [key, ts, KEEP_MS]);
    },
  };
}

/** null: it does not parse. */
function queuedFrom({ cursor, fields }: StreamEntry): QueuedAnnouncement | null {
  const announcement = announcementSchema.safeParse(parsedJson(fields['announcement'] ?? '')).data;
  if (announcement === undefined) return null;
  return { cursor, uid: fields['uid'] ?? '', id: fields['id'] ?? '', announcement };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
