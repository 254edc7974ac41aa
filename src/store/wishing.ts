// What people want: an append-only list a migration, checked against the record in the same step (I4).
// Of two clicks at once one wins, and the other learns who did. Who may is not decided here.

import type { Wish } from '../migration/events.ts';
import type { Phase } from '../migration/migration.ts';
import type { WishAnswer } from '../workflow/ports.ts';
import { RECORD_VERSION, tooNew } from './codec.ts';
import { keys } from './keys.ts';
import { wishSchema } from './schema/wish.ts';
import { entriesOf, newToken, type RedisCommands, Script, textsOf, unexpectedReply } from './script.ts';

interface Taking {
  /** The phases in which the wish means something. */
  readonly phases: readonly Phase[];
  /** Fields of the state that are set once somebody decided. */
  readonly undecided: readonly string[];
}

const TAKES: Readonly<Record<Wish['kind'], Taking>> = {
  'start-requested': { phases: ['planned'], undecided: ['startedBy'] },
  approved: { phases: ['following'], undecided: [] },
  denied: { phases: ['following'], undecided: [] },
  held: { phases: ['following'], undecided: [] },
  // Not while cutting over: that takes a moment and undoes itself. A question takes it where it offers it.
  'abort-requested': {
    phases: ['surveying', 'planned', 'syncing', 'following', 'needs-human'],
    undecided: [],
  },
  'revert-requested': { phases: ['watching'], undecided: ['revertBy', 'closing'] },
  'complete-requested': { phases: ['watching'], undecided: ['revertBy', 'closing'] },
  answered: { phases: ['needs-human'], undecided: [] },
};

/**
 * A decision blocks a later one while the owner has not folded it in; after that the record itself tells:
 * either it moved on, or the owner refused the wish and people may try again.
 */
const WISH = new Script(`
local migrationKey, wishes, decisions, due, active = unpack(KEYS)
local uid, version, kind, user, round, digest, wish, at, token, phases = unpack(ARGV, 1, 10)
local stored = redis.call('HMGET', migrationKey, 'v', 'record', 'wishCursor')
if not stored[1] then return {'gone'} end
if tonumber(stored[1]) > tonumber(version) then return {'too-new'} end
local migration = cjson.decode(stored[2]).migration
local state = migration.state
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local carries = round ~= ''
local sameRound = not carries or tonumber(round) == migration.round
local fits = string.find(phases, ',' .. state.phase .. ',', 1, true) ~= nil
  and sameRound and (not carries or (digest ~= '' and digest == migration.digest))
for i = 11, #ARGV do
  if state[ARGV[i]] ~= cjson.null then fits = false end
end

if kind == 'abort-requested' and state.phase == 'needs-human' then
  local offered = false
  for _, answer in ipairs(state.answers) do offered = offered or answer.id == 'abort' end
  fits = fits and offered
end

local name = round .. '/' .. digest .. '/' .. kind
local priors = cjson.decode(redis.call('HGET', decisions, name) or '[]')

local function numbers(cursor)
  local ms, sequence = string.match(cursor, '^(%d+)-?(%d*)$')
  return tonumber(ms), tonumber(sequence) or 0
end
local foldedMs, foldedSequence = numbers(stored[3])
local function waits(prior)
  local ms, sequence = numbers(prior.cursor)
  return ms > foldedMs or (ms == foldedMs and sequence > foldedSequence)
end
local function decidedBy(prior)
  if prior.by == user then return {'repeated'} end
  return {'decided', prior.by, tostring(math.max(0, now - prior.at))}
end
local function accept()
  local cursor = redis.call('XADD', wishes, '*', 'wish', wish, 'at', at)
  priors[#priors + 1] = {by = user, at = now, cursor = cursor, token = token}
  redis.call('HSET', decisions, name, cjson.encode(priors))
  redis.call('ZADD', due, now, uid)
  return {'accepted'}
end

local mine = nil
for _, prior in ipairs(priors) do
  if prior.token == token then return {'accepted'} end
  if prior.by == user then mine = prior end
end
local last = priors[#priors]

if kind ~= 'approved' then
  if fits and not (last and waits(last)) then return accept() end
  -- An abort belongs to no round: one that came to nothing decided nothing.
  if last and (carries or fits or string.find(state.phase, 'abort', 1, true)) then return decidedBy(last) end
elseif fits then
  local counted, approvals = {}, 0
  local function count(by)
    if not counted[by] then
      counted[by] = true
      approvals = approvals + 1
    end
  end
  for _, approval in ipairs(state.approvals) do count(approval.user) end
  for _, prior in ipairs(priors) do if waits(prior) then count(prior.by) end end
  if counted[user] then return {'repeated'} end
  if approvals < migration.policy.approvals then return accept() end
  if last then return decidedBy(last) end
elseif sameRound and last then
  return decidedBy(mine or last)
end
if redis.call('SISMEMBER', active, uid) == 0 then return {'gone'} end
return {'stale'}
`);

/** Throws `record-too-new`. */
export async function wish(redis: RedisCommands, uid: string, wanted: Wish, at: number): Promise<WishAnswer> {
  const carried = wanted.kind === 'abort-requested' ? { round: '', digest: '' } : wanted;
  const { phases, undecided } = TAKES[wanted.kind];
  const reply = textsOf(
    'wish',
    await WISH.run(
      redis,
      [keys.migration(uid), keys.wishes(uid), keys.decisions(uid), keys.due, keys.active],
      [
        uid,
        RECORD_VERSION,
        wanted.kind,
        wanted.by.user,
        carried.round,
        carried.digest,
        JSON.stringify(wanted),
        at,
        newToken(),
        `,${phases.join(',')},`,
        ...undecided,
      ],
    ),
  );
  const [kind, by = '', agoMs = ''] = reply;
  switch (kind) {
    case 'accepted':
    case 'stale':
    case 'repeated':
    case 'gone':
      return { kind };
    case 'decided':
      return { kind, by, agoMs: Number(agoMs) };
    case 'too-new':
      throw tooNew();
    default:
      throw unexpectedReply('wish', reply);
  }
}

/** Wishes after a cursor, oldest first. One that does not parse stops the owner rather than being dropped. */
export async function wishes(
  redis: RedisCommands,
  uid: string,
  after: string,
): Promise<readonly { readonly cursor: string; readonly wish: Wish; readonly at: number }[]> {
  const reply = await redis.call('XRANGE', keys.wishes(uid), `(${after}`, '+');
  return entriesOf('XRANGE', reply).map(({ cursor, fields }) => ({
    cursor,
    wish: wishSchema.parse(JSON.parse(fields['wish'] ?? 'null')),
    at: Number(fields['at']),
  }));
}
