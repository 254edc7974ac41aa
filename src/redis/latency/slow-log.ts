// Reads SLOWLOG GET and LATENCY LATEST of every version: which command, how long, when. Arguments never leave here (I9).

import type { LatencyEvent, SlowEntry } from '../../migration/latency/cause.ts';
import type { Reply } from '../connect.ts';

/** Commands whose first argument says what they do. */
const CONTAINERS =
  /^(ACL|CLIENT|CLUSTER|COMMAND|CONFIG|DEBUG|FUNCTION|LATENCY|MEMORY|MODULE|OBJECT|PUBSUB|SCRIPT|SLOWLOG|XGROUP|XINFO)$/;
/** The only arguments that are told: words of the protocol, none of them anybody's data. */
const WORDS: ReadonlySet<string> = new Set(
  (
    'SLEEP RELOAD LOADAOF POPULATE DIGEST JMAP OBJECT SEGFAULT LIST KILL PAUSE UNPAUSE GET SET GETNAME SETNAME INFO ' +
    'TRACKING REWRITE RESETSTAT FLUSH LOAD EXISTS DELETE DUMP RESTORE STATS USAGE DOCTOR PURGE MALLOC-STATS ENCODING ' +
    'IDLETIME FREQ REFCOUNT CHANNELS NUMSUB NUMPAT LATEST HISTORY RESET LEN CREATE DESTROY SETID DELCONSUMER STREAM ' +
    'GROUPS CONSUMERS NODES SLOTS SHARDS FAILOVER MEET SAVE COUNT DOCS GETKEYS DRYRUN SETUSER GETUSER'
  ).split(' '),
);
/** What a server calls a command; anything else is somebody's data. */
const NAME = /^[A-Za-z][\w.-]{0,40}$/;
/** Ferry's connections have such names; the log tells them from 4.0 on. */
const FERRYS = /^ferry(:|$)/;

/** null: it was refused, or is none. Newest first. */
export function slowEntriesOf(reply: Reply | undefined): readonly SlowEntry[] | null {
  if (!Array.isArray(reply)) return null;
  return reply.flatMap((entry: Reply): SlowEntry[] => {
    if (!Array.isArray(entry)) return [];
    const [id, endedAtSeconds, us, words, , client] = entry as readonly Reply[];
    if (typeof id !== 'number' || typeof endedAtSeconds !== 'number' || typeof us !== 'number') return [];
    return [
      {
        id,
        endedAtSeconds,
        durationMs: us / 1_000,
        command: commandOf(words),
        byFerry: typeof client === 'string' && FERRYS.test(client),
      },
    ];
  });
}

/** `DEBUG SLEEP`, `EVAL`; `a command` where the log has no name that may be told. */
function commandOf(words: Reply | undefined): string {
  const [name, first] = Array.isArray(words) ? words : [];
  if (typeof name !== 'string' || !NAME.test(name)) return 'a command';
  const upper = name.toUpperCase();
  const word = typeof first === 'string' ? first.toUpperCase() : '';
  return CONTAINERS.test(upper) && WORDS.has(word) ? `${upper} ${word}` : upper;
}

/** null: it was refused, or is none. */
export function latencyEventsOf(reply: Reply | undefined): readonly LatencyEvent[] | null {
  if (!Array.isArray(reply)) return null;
  return reply.flatMap((entry: Reply): LatencyEvent[] => {
    const [event, atSeconds, durationMs] = Array.isArray(entry) ? (entry as readonly Reply[]) : [];
    if (typeof event !== 'string' || typeof atSeconds !== 'number' || typeof durationMs !== 'number')
      return [];
    return [{ event, atSeconds, durationMs }];
  });
}
