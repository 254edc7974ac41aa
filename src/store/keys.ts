// Every key that the store keeps in Ferry's own Redis. The queue's are in src/queue/keys.ts.
// Ferry's Redis is one server (or one behind Sentinel), not a cluster: scripts touch several keys at once.

import { formatAddress, type Instance } from '../migration/instance.ts';
import type { Pair } from '../migration/migration.ts';

export const keys = {
  /** Counter of `m42`. */
  lastId: 'ferry:last-id',
  /** `ferry:id:m42`: the uid. The script that counts adds the id itself. */
  idPrefix: 'ferry:id:',
  id: (id: string) => `ferry:id:${id}`,
  /** Hash: id, v, revision, record (JSON), wishCursor, epoch (only rises), claimant (none: handed over), lapsed (the one before did not), step. */
  migration: (uid: string) => `ferry:migration:${uid}`,
  /** Holds the epoch of the owner while its lease lasts. */
  lease: (uid: string) => `ferry:lease:${uid}`,
  /** Stream of audit entries. */
  audit: (uid: string) => `ferry:audit:${uid}`,
  /** Stream of what people want; its entry ids are the wish cursor. */
  wishes: (uid: string) => `ferry:wishes:${uid}`,
  /** Hash `round/digest/kind`: who decided it, when. */
  decisions: (uid: string) => `ferry:decisions:${uid}`,
  /** Live figures; expires. */
  live: (uid: string) => `ferry:live:${uid}`,
  /** Hash `runId/clientId`: a control connection and the epoch that opened it. */
  enlisted: (uid: string) => `ferry:enlisted:${uid}`,
  /** Hash: Slack timestamps of the card, the thread and keyed messages. */
  places: (uid: string) => `ferry:places:${uid}`,
  /** Set of the lock keys that a migration holds. */
  locks: (uid: string) => `ferry:locks:${uid}`,
  /** Set of uids that are not over. */
  active: 'ferry:active',
  /** List of uids, newest first, capped. */
  recent: 'ferry:recent',
  /** Sorted set of uids by the time at which somebody must look again, epoch ms. */
  due: 'ferry:due',
  /** Stream of announcements that Slack has not seen. */
  outbox: 'ferry:outbox',
  /** Stream of what was in the outbox and does not parse; capped, for a person to look at. */
  unreadable: 'ferry:outbox:unreadable',
  /** Stream of what the probe of a server measured, capped; expires. `server`: its address. */
  probeLog: (server: string) => `ferry:probe:${server}`,
  /** Holds the name of the process that probes a server, while its lease lasts. */
  probeLeader: (server: string) => `ferry:probe:leader:${server}`,
  /** Hash: what each process that reads the log wants of the probe, and until when; expires. */
  probeWants: (server: string) => `ferry:probe:wants:${server}`,
  /** Holds the announcer's name while its lease lasts. */
  announcer: 'ferry:announcer',
} as const;

const LOCK = 'ferry:lock:';

/** Lock keys hold `<uid> <id>` of a migration, or `<token> <task>` of a fill or a clear, which expires. */
export const lockKeys = {
  name: (name: string) => `${LOCK}name:${name}`,
  address: (address: Instance['address']) => `${LOCK}address:${formatAddress(address).toLowerCase()}`,
  runId: (runId: string) => `${LOCK}run-id:${runId}`,
} as const;

/** The locks that an instance needs before its run id is known (I6). */
export function lockKeysOf(instance: Instance): string[] {
  return [
    lockKeys.name(instance.name),
    lockKeys.address(instance.address),
    lockKeys.address(instance.replicationAddress),
  ];
}

/** The locks of both sides of all pairs, each once. */
export function lockKeysOfPairs(pairs: readonly Pair[]): string[] {
  return [...new Set(pairs.flatMap((pair) => [...lockKeysOf(pair.source), ...lockKeysOf(pair.target)]))];
}

/** What a lock key stands for, in words: `carts-old`, `10.0.0.5:6379`, `run id 3f9c…`. */
export function lockedThing(lockKey: string): string {
  const [, kind = '', value = ''] = /^ferry:lock:([a-z-]+):(.*)$/.exec(lockKey) ?? [];
  return kind === 'run-id' ? `run id ${value}` : value;
}
