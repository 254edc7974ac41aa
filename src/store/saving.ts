// The one way a record changes: a compare-and-set by owner and revision that carries audit, announcements,
// wish cursor and due time with it. All of it happens, or none.

import type { Announcement } from '../migration/announcement.ts';
import type { AuditEntry } from '../migration/events.ts';
import type { Migration } from '../migration/migration.ts';
import { isOver } from '../migration/questions.ts';
import type { Ownership, SaveAnswer } from '../workflow/ports.ts';
import { encode, RECORD_VERSION, tooNew } from './codec.ts';
import { keys } from './keys.ts';
import { FREE_LOCKS } from './locks.ts';
import { newToken, type RedisCommands, Script, unexpectedReply } from './script.ts';

const DAY_MS = 86_400_000;
/** Record, audit and where its messages are: how long after the end. */
export const KEEP_MS = 400 * DAY_MS;
/** Wishes and decisions: long enough to tell a late click who decided. */
const KEEP_WISHES_MS = 7 * DAY_MS;

/**
 * The lease must stand and be this owner's. The epoch alone would do for safety, since a successor raises it;
 * but a process that slept past its lease should stop and not be encouraged by a save that works.
 */
const SAVE = new Script(`
${FREE_LOCKS}
local migration, lease, audit, outbox, due, active, locks, enlisted = unpack(KEYS, 1, 8)
local uid, epoch, revision, version, record, wishCursor, step, dueInMs, over = unpack(ARGV, 1, 9)
local keepMs, keepWishesMs, onlyIfNoNewWish, audits = unpack(ARGV, 10, 13)
local stored = redis.call('HMGET', migration, 'v', 'revision', 'step', 'id', 'wishCursor')
if not stored[1] then return 'lost' end
if tonumber(stored[1]) > tonumber(version) then return 'too-new' end
if stored[3] == step then return 'saved' end
if stored[2] ~= revision or redis.call('GET', lease) ~= epoch then return 'lost' end
if onlyIfNoNewWish == '1' then
  local folded = wishCursor ~= '' and wishCursor or stored[5]
  if #redis.call('XRANGE', KEYS[9], '(' .. folded, '+', 'COUNT', 1) > 0 then return 'wished' end
end
redis.call('HSET', migration, 'v', version, 'revision', revision + 1, 'record', record, 'step', step)
if wishCursor ~= '' then redis.call('HSET', migration, 'wishCursor', wishCursor) end
for at = 14, 13 + audits do redis.call('XADD', audit, '*', 'entry', ARGV[at]) end
for at = 14 + audits, #ARGV do
  redis.call('XADD', outbox, '*', 'uid', uid, 'id', stored[4], 'announcement', ARGV[at])
end
if dueInMs == '' or over == '1' then
  redis.call('ZREM', due, uid)
else
  local now = redis.call('TIME')
  redis.call('ZADD', due, now[1] * 1000 + math.floor(now[2] / 1000) + dueInMs, uid)
end
if over == '1' then
  redis.call('SREM', active, uid)
  freeLocks(locks, uid)
  redis.call('DEL', enlisted)
  for at = 9, 10 do redis.call('PEXPIRE', KEYS[at], keepWishesMs) end
  redis.call('PEXPIRE', migration, keepMs)
  redis.call('PEXPIRE', audit, keepMs)
  for at = 11, #KEYS do redis.call('PEXPIRE', KEYS[at], keepMs) end
end
return 'saved'
`);

export interface Save {
  readonly owner: Ownership;
  readonly revision: number;
  readonly next: Migration;
  readonly audit: readonly AuditEntry[];
  readonly say: readonly Announcement[];
  /** null: nobody need look again; nobody does when it is over. */
  readonly dueInMs: number | null;
  /** null: unchanged. */
  readonly wishCursor: string | null;
  /** Saves nothing while a wish waits that is not folded in (I4): people's last word comes first. */
  readonly onlyIfNoNewWish: boolean;
}

/** Throws `record-too-new`. */
export async function save(redis: RedisCommands, what: Save): Promise<SaveAnswer> {
  const { owner, next } = what;
  const { uid } = owner;
  const reply = await SAVE.run(
    redis,
    [
      keys.migration(uid),
      keys.lease(uid),
      keys.audit(uid),
      keys.outbox,
      keys.due,
      keys.active,
      keys.locks(uid),
      keys.enlisted(uid),
      keys.wishes(uid),
      keys.decisions(uid),
      keys.id(next.id),
      keys.places(uid),
    ],
    [
      uid,
      owner.epoch,
      what.revision,
      RECORD_VERSION,
      encode(next),
      what.wishCursor ?? '',
      newToken(),
      what.dueInMs === null ? '' : Math.round(what.dueInMs),
      isOver(next.state) ? 1 : 0,
      KEEP_MS,
      KEEP_WISHES_MS,
      what.onlyIfNoNewWish ? 1 : 0,
      what.audit.length,
      ...what.audit.map((entry) => JSON.stringify(entry)),
      ...what.say.map((announcement) => JSON.stringify(announcement)),
    ],
  );
  if (reply === 'saved' || reply === 'lost' || reply === 'wished') return reply;
  if (reply === 'too-new') throw tooNew();
  throw unexpectedReply('save', reply);
}
