// Makes facts about a server out of INFO, SLOWLOG GET, LATENCY LATEST and TIME, as every version tells them. Pure.
// What a server does not tell is null; nothing is guessed.

import type { Capabilities } from '../../migration/capabilities.ts';
import type { LatencyEvent, ServerFacts, SlowEntry } from '../../migration/latency/cause.ts';
import type { Command, Reply } from '../connect.ts';
import { type Info, identityOf, infoNumber, isLoading } from '../info.ts';

/** What is not read each time: as it was read last. */
export interface SlowFacts {
  readonly slow: readonly SlowEntry[] | null;
  readonly events: readonly LatencyEvent[] | null;
  readonly slowerThanMs: number | null;
}

/** `at`: when it was asked for, epoch ms. */
export function factsOf(
  info: Info,
  at: number,
  clockAheadMs: number | null,
  { slow, events, slowerThanMs }: SlowFacts,
): ServerFacts {
  const flag = (...names: readonly string[]): boolean | null => {
    const value = names.map((name) => infoNumber(info, name)).find((each) => each !== null);
    return value === undefined || value === null ? null : value !== 0;
  };
  return {
    at,
    runId: identityOf(info, at).runId,
    forks: infoNumber(info, 'total_forks'),
    latestForkUs: infoNumber(info, 'latest_fork_usec'),
    // 2.4 has no prefix.
    snapshotRunning: flag('rdb_bgsave_in_progress', 'bgsave_in_progress'),
    aofRewriteRunning: flag('aof_rewrite_in_progress', 'bgrewriteaof_in_progress'),
    aofDelays: infoNumber(info, 'aof_delayed_fsync'),
    expiredKeys: infoNumber(info, 'expired_keys'),
    evictedKeys: infoNumber(info, 'evicted_keys'),
    expireCycleMs: infoNumber(info, 'expire_cycle_cpu_milliseconds'),
    evictionMs: infoNumber(info, 'total_eviction_exceeded_time'),
    outputBufferBytes: infoNumber(info, 'client_recent_max_output_buffer'),
    commands: infoNumber(info, 'total_commands_processed'),
    opsPerSecond: infoNumber(info, 'instantaneous_ops_per_sec'),
    usedMemoryBytes: infoNumber(info, 'used_memory'),
    residentBytes: infoNumber(info, 'used_memory_rss'),
    systemMemoryBytes: infoNumber(info, 'total_system_memory'),
    loading: isLoading(info),
    cpuMs: cpuMsOf(info),
    pauses: callsOf(info, 'client|pause'),
    unpauses: callsOf(info, 'client|unpause'),
    slow,
    slowerThanMs,
    events,
    clockAheadMs,
  };
}

/** Few sections where a server gives several at once, else all. */
export function factsCommand({ can }: Pick<Capabilities, 'can'>): Command {
  if (!can('several-info-sections')) return ['INFO'];
  return ['INFO', 'server', 'clients', 'memory', 'persistence', 'stats', 'cpu', 'commandstats'];
}

function cpuMsOf(info: Info): number | null {
  const system = infoNumber(info, 'used_cpu_sys');
  const user = infoNumber(info, 'used_cpu_user');
  return system === null || user === null ? null : (system + user) * 1_000;
}

/** How often a subcommand was called. null where they are not counted; 0 where it was never called. */
function callsOf(info: Info, subcommand: string): number | null {
  const calls = /^calls=(\d+)/.exec(info.get(`cmdstat_${subcommand}`) ?? '')?.[1];
  if (calls !== undefined) return Number(calls);
  // Ferry's own INFO is always among those that are counted.
  return info.has('cmdstat_info') ? 0 : null;
}

/** TIME's answer as epoch ms; null: it was refused. */
export function timeOf(reply: Reply | undefined): number | null {
  const [seconds, micros] = Array.isArray(reply) ? (reply as readonly Reply[]) : [];
  if (typeof seconds !== 'string' || typeof micros !== 'string') return null;
  const ms = Number(seconds) * 1_000 + Number(micros) / 1_000;
  return Number.isFinite(ms) ? ms : null;
}
