// The port `LatencyLog`: what the one probe of a server measured, for other processes and for successors; whose probe
// it is; and what others want of it. Nothing here is the truth about a migration: what does not parse is skipped.

import type { LatencyLog, LoggedReading, Wanted } from '../workflow/latency-ports.ts';
import { keys } from './keys.ts';
import { encodeReading, readingSchema, wantedSchema } from './schema/reading.ts';
import { entriesOf, type RedisCommands, reporting, Script, type StreamEntry, textsOf } from './script.ts';

/** An hour of seconds and some stalls; trimmed by whole nodes of the stream, so it may be a little more. */
const KEPT_ENTRIES = 4_000;
const KEEP_MS = 3_600_000;
/** Clocks of processes and of Ferry's Redis may lie so far apart; what is too old is left out by its own time. */
const CLOCKS_APART_MS = 300_000;

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

const APPEND = new Script(`
for at = 3, #ARGV do redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'reading', ARGV[at]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);

const WANT = new Script(`
local now = redis.call('TIME')
local untilMs = now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[3]
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', untilMs) .. ' ' .. ARGV[2])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1
`);

const WANTED = new Script(`
local now = redis.call('TIME')
local nowMs = now[1] * 1000 + math.floor(now[2] / 1000)
local wanted = {}
local all = redis.call('HGETALL', KEYS[1])
for at = 1, #all, 2 do
  local untilMs, what = string.match(all[at + 1], '^(%d+) (.*)$')
  if untilMs and tonumber(untilMs) > nowMs then wanted[#wanted + 1] = what
  else redis.call('HDEL', KEYS[1], all[at]) end
end
return wanted
`);

/** Every method may throw `store-unreachable` or `store-refused`. */
export function createLatencyLog(connection: RedisCommands): LatencyLog {
  const redis = reporting(connection);
  return {
    lead: async (server, holder, leaseMs) =>
      (await LEAD.run(redis, [keys.probeLeader(server)], [holder, leaseMs])) === 1,
    release: async (server, holder) => {
      await RELEASE.run(redis, [keys.probeLeader(server)], [holder]);
    },
    append: async (server, entries) => {
      if (entries.length === 0) return;
      await APPEND.run(
        redis,
        [keys.probeLog(server)],
        [KEPT_ENTRIES, KEEP_MS, ...entries.map(encodeReading)],
      );
    },
    read: async (server, { cursor, sinceAt }, limit) => {
      const from = cursor === null ? `${Math.max(0, Math.floor(sinceAt) - CLOCKS_APART_MS)}-0` : `(${cursor}`;
      const reply = await redis.call('XRANGE', keys.probeLog(server), from, '+', 'COUNT', limit);
      const found = entriesOf('XRANGE', reply);
      const entries = found
        .map(readingFrom)
        .filter((entry) => entry !== null)
        .filter((entry) => cursor !== null || timeOf(entry) >= sinceAt);
      return { cursor: found.at(-1)?.cursor ?? cursor, entries };
    },
    want: async (server, holder, wanted, forMs) => {
      await WANT.run(redis, [keys.probeWants(server)], [holder, JSON.stringify(wanted), forMs]);
    },
    wanted: async (server) => {
      const texts = textsOf('wanted', await WANTED.run(redis, [keys.probeWants(server)], []));
      return texts.flatMap((text): Wanted[] => {
        const wanted = wantedSchema.safeParse(parsedJson(text));
        return wanted.success ? [wanted.data] : [];
      });
    },
  };
}

function readingFrom({ fields }: StreamEntry): LoggedReading | null {
  return readingSchema.safeParse(parsedJson(fields['reading'] ?? '')).data ?? null;
}

/** When it was over, epoch ms of the process that measured. */
function timeOf(reading: LoggedReading): number {
  return reading.kind === 'second' ? reading.second.at : reading.stall.startedAt + reading.stall.lengthMs;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
