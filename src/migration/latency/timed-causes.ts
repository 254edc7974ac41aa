// What a server timed itself around a stall: forks, slow commands, cycles, events of its latency monitor. Each with
// how long it took; whether it explains the stall is decided by its length elsewhere.

import type { Cause, ServerFacts, SlowEntry } from './cause.ts';
import type { StalledSpan } from './why-stalled.ts';

export interface TimedCause {
  readonly cause: Cause;
  readonly durationMs: number;
  /** One piece, timed as a whole: its length is the stall's. */
  readonly single: boolean;
}

/** Their time is mostly the fork's, which says more. */
const FORKING = /^(BGSAVE|BGREWRITEAOF|PSYNC|SYNC)$/;
/** Clocks are compared over a network. */
const CLOCK_ERROR_MS = 100;
const SECOND_MS = 1_000;

/** `before`: null when nothing is known of that run of the server. */
export function timedCauses(
  before: ServerFacts | null,
  after: ServerFacts,
  span: StalledSpan,
): readonly TimedCause[] {
  const forkMs = newForkMs(before, after);
  const forks: TimedCause[] =
    forkMs === null
      ? []
      : [{ cause: { kind: 'fork', durationMs: forkMs }, durationMs: forkMs, single: true }];
  const slow = newSlowEntries(before, after, span).filter(
    ({ command, durationMs }) => !(FORKING.test(command) && forkMs !== null && forkMs >= durationMs / 2),
  );
  return [...forks, ...commandsOf(slow), ...cyclesOf(before, after), ...eventsOf(before, after, span)];
}

function newForkMs(before: ServerFacts | null, after: ServerFacts): number | null {
  if (before === null || after.latestForkUs === null) return null;
  const more = before.forks !== null && after.forks !== null && after.forks > before.forks;
  // Before 6.2 forks are not counted: another duration is another fork.
  const another = before.latestForkUs !== null && before.latestForkUs !== after.latestForkUs;
  return more || another ? after.latestForkUs / 1_000 : null;
}

/** Entries that are new since before and ended within the stall, by the server's clock where it tells it. */
function newSlowEntries(
  before: ServerFacts | null,
  after: ServerFacts,
  span: StalledSpan,
): readonly SlowEntry[] {
  if (after.slow === null) return [];
  const known = before?.slow ?? null;
  const lastId = known === null ? null : Math.max(-1, ...known.map(({ id }) => id));
  return after.slow.filter(({ id, endedAtSeconds }) => {
    if (lastId !== null && id <= lastId) return false;
    const within = isWithin(endedAtSeconds, after, span);
    return within ?? lastId !== null;
  });
}

/** Can a moment of this second lie within the stall? null: the server's clock is not known. */
function isWithin(seconds: number, { clockAheadMs }: ServerFacts, span: StalledSpan): boolean | null {
  if (clockAheadMs === null) return null;
  const fromAt = seconds * SECOND_MS - clockAheadMs;
  const startedAt = span.startedAt - span.intervalMs - CLOCK_ERROR_MS;
  const endedAt = span.startedAt + span.lengthMs + CLOCK_ERROR_MS;
  return fromAt + SECOND_MS > startedAt && fromAt <= endedAt;
}

/** One cause a command, with all the time that it took; and the longest single run of each. */
function commandsOf(entries: readonly SlowEntry[]): readonly TimedCause[] {
  const byCommand = new Map<string, SlowEntry[]>();
  for (const entry of entries) {
    const key = `${entry.command} ${entry.byFerry}`;
    byCommand.set(key, [...(byCommand.get(key) ?? []), entry]);
  }
  return [...byCommand.values()].flatMap((runs) => {
    const together = runs.reduce((sum, { durationMs }) => sum + durationMs, 0);
    const longest = Math.max(...runs.map(({ durationMs }) => durationMs));
    const alone = causeOfCommand(runs, longest, 1, true);
    return runs.length === 1 ? [alone] : [alone, causeOfCommand(runs, together, runs.length, false)];
  });
}

function causeOfCommand(
  [run]: readonly SlowEntry[],
  durationMs: number,
  times: number,
  single: boolean,
): TimedCause {
  const command = run?.command ?? 'a command';
  const cause: Cause =
    run?.byFerry === true
      ? { kind: 'ferry', what: `its ${command} took ${Math.round(durationMs)} ms` }
      : { kind: 'slow-command', command, durationMs, times };
  return { cause, durationMs, single };
}

/** Time that the server counts itself: of expiring keys (6.0 and newer) and of evicting them (7.0 and newer). */
function cyclesOf(before: ServerFacts | null, after: ServerFacts): readonly TimedCause[] {
  if (before === null) return [];
  const since = (was: number | null, is: number | null): number =>
    was === null || is === null ? 0 : Math.max(0, is - was);
  return [
    {
      cause: { kind: 'expiry', keys: since(before.expiredKeys, after.expiredKeys) },
      durationMs: since(before.expireCycleMs, after.expireCycleMs),
      single: false,
    },
    {
      cause: { kind: 'eviction', keys: since(before.evictedKeys, after.evictedKeys) },
      durationMs: since(before.evictionMs, after.evictionMs),
      single: false,
    },
  ];
}

/** The last of each kind, where somebody switched the latency monitor on. */
function eventsOf(before: ServerFacts | null, after: ServerFacts, span: StalledSpan): readonly TimedCause[] {
  return (after.events ?? []).flatMap(({ event, atSeconds, durationMs }): TimedCause[] => {
    const seen = before?.events?.find((each) => each.event === event);
    if (seen?.atSeconds === atSeconds && seen.durationMs === durationMs) return [];
    const cause = causeOfEvent(event, durationMs, before, after);
    return cause !== null && isWithin(atSeconds, after, span) === true
      ? [{ cause, durationMs, single: false }]
      : [];
  });
}

function causeOfEvent(
  event: string,
  durationMs: number,
  before: ServerFacts | null,
  after: ServerFacts,
): Cause | null {
  if (event === 'fork') return { kind: 'fork', durationMs };
  if (event === 'expire-cycle')
    return { kind: 'expiry', keys: Math.max(0, (after.expiredKeys ?? 0) - (before?.expiredKeys ?? 0)) };
  if (/^(eviction-|active-defrag)/.test(event))
    return event.startsWith('eviction-')
      ? { kind: 'eviction', keys: Math.max(0, (after.evictedKeys ?? 0) - (before?.evictedKeys ?? 0)) }
      : { kind: 'memory', what: 'it moved its data together (active defragmentation)' };
  if (/^aof-(fsync|write|rename|rewrite)/.test(event)) return { kind: 'aof-sync' };
  // The monitor does not name the command; where the log has it, it is named from there.
  if (event === 'command' && after.slow === null)
    return { kind: 'slow-command', command: 'a command', durationMs, times: 1 };
  return null;
}
