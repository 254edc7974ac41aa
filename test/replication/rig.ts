// What tests of replication share: a clock, a logger that remembers, and replication over both.

import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Pair } from '../../src/migration/migration.ts';
import { createRelays, type RelayPlace } from '../../src/replication/relays.ts';
import { createReplication } from '../../src/replication/replication.ts';
import { type RelayThread, startRelayThread } from '../../src/replication/start-relay-thread.ts';
import type { Clock, Logger, Replication } from '../../src/workflow/ports.ts';

export const clock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
};

export interface ReplicationRig {
  readonly replication: Replication;
  /** Messages at warn and error. */
  readonly complaints: string[];
  /** The relays' threads so far; closing one is its death. */
  readonly threads: RelayThread[];
}

/** Forgets the pair when the test ends. */
export function replicationOf(
  pair: Pair,
  { password = 'wrong', place = { host: null, ports: null } }: { password?: string; place?: RelayPlace } = {},
): ReplicationRig {
  const complaints: string[] = [];
  const threads: RelayThread[] = [];
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (_, message) => void complaints.push(message),
    error: (_, message) => void complaints.push(message),
    child: () => logger,
  };
  const relays = createRelays(place, logger, async (order, tell) => {
    const thread = await startRelayThread(order, tell);
    threads.push(thread);
    return thread;
  });
  const replication = createReplication({ secrets: { resolve: async () => password }, clock, relays });
  onTestFinished(() => replication.forget(pair));
  return { replication, complaints, threads };
}
