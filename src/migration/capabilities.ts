// What each server can do, by product and version, as one table with reasons.
// Nothing else in the code looks at a version. A version newer than measured counts as the newest known.

import type { Identity } from './instance.ts';

export type Running = Pick<Identity, 'product' | 'version'>;

export type Capability =
  | 'run-id'
  | 'info-sections'
  | 'auth-while-loading'
  | 'scripts'
  | 'replicates-scripts'
  | 'time'
  | 'milliseconds'
  | 'read-only-replica'
  | 'client-names'
  | 'output-buffer-limit'
  | 'offsets'
  | 'backlog'
  | 'scan'
  | 'latency-monitor'
  | 'config-rewrite'
  | 'pubsub-counts'
  | 'client-ids'
  | 'sends-whole-commands'
  | 'exists-many'
  | 'maxmemory-in-info'
  | 'psync2'
  | 'modules'
  | 'unlink'
  | 'client-id'
  | 'streams'
  | 'replica-words'
  | 'sends-any-password'
  | 'takes-inline-commands'
  | 'acl'
  | 'tls'
  | 'pause-writes'
  | 'small-pages'
  | 'quiet-transactions'
  | 'error-counts'
  | 'acl-channels'
  | 'acl-dryrun'
  | 'acl-as-given'
  | 'expiretime'
  | 'functions'
  | 'subcommand-counts'
  | 'several-info-sections'
  | 'buffer-covers-backlog'
  | 'settings-while-loading'
  | 'client-no-touch';

interface Row {
  /** First Redis version that has it. */
  readonly redis: string;
  /** First Redis version that has it no more. */
  readonly until?: string;
  /** Completes "Redis 6.2.16 …". */
  readonly without: string;
}

/** Every row, oldest first. Measured, or the release in which Redis brought it. */
const TABLE: Readonly<Record<Capability, Row>> = {
  'takes-inline-commands': {
    redis: '2.4',
    until: '6.0',
    without: 'takes inline commands in the stream for damage and stops applying it, link up',
  },
  'run-id': { redis: '2.6', without: 'has no run id: a restart shows in its process id and uptime' },
  'info-sections': { redis: '2.6', without: 'knows no sections of INFO' },
  'auth-while-loading': { redis: '2.6', without: 'lets nobody log in while it loads (AUTH)' },
  scripts: { redis: '2.6', without: 'has no scripts and no DUMP' },
  'replicates-scripts': {
    redis: '2.4',
    until: '7.0',
    without: 'does not pass Lua scripts on to its replicas (SCRIPT LOAD)',
  },
  time: { redis: '2.6', without: 'does not tell its clock (TIME)' },
  milliseconds: { redis: '2.6', without: 'knows whole seconds only (no PTTL)' },
  'read-only-replica': { redis: '2.6', without: 'takes writes even as a replica' },
  'output-buffer-limit': { redis: '2.6', without: 'has no limit for the output buffers of replicas' },
  'client-names': { redis: '2.6.9', without: 'has no names for connections (CLIENT SETNAME)' },
  offsets: { redis: '2.8', without: 'has no replication offsets' },
  backlog: { redis: '2.8', without: 'has no replication backlog: each broken link is a new snapshot' },
  scan: { redis: '2.8', without: 'cannot be walked key by key (SCAN)' },
  'latency-monitor': { redis: '2.8.13', without: 'has no latency monitor (LATENCY)' },
  'config-rewrite': { redis: '2.8', without: 'cannot write its config file (CONFIG REWRITE)' },
  'pubsub-counts': { redis: '2.8', without: 'does not tell who subscribes to it (PUBSUB)' },
  'sends-whole-commands': {
    redis: '2.8',
    without: 'sends PING and SELECT as inline commands in its stream',
  },
  'client-ids': { redis: '2.8.12', without: 'ends connections by address only (no CLIENT KILL ID, TYPE)' },
  'exists-many': { redis: '3.0.3', without: 'looks up one key at a time (EXISTS)' },
  'maxmemory-in-info': { redis: '3.2', without: 'does not tell its memory limit in INFO' },
  'quiet-transactions': {
    redis: '6.2',
    without: 'puts a MULTI into its stream also for a transaction that changes nothing (INFO)',
  },
  psync2: { redis: '4.0', without: 'cannot go on from a promoted replica without a new snapshot (PSYNC2)' },
  modules: { redis: '4.0', without: 'has no modules' },
  unlink: { redis: '4.0', without: 'frees what is deleted at once, not in the background (UNLINK)' },
  'client-id': { redis: '5.0', without: 'does not tell a connection its id (CLIENT ID)' },
  streams: { redis: '5.0', without: 'has no streams' },
  'sends-any-password': {
    redis: '5.0',
    without: 'sends its login as one line, in which a password may have neither spaces nor quotes',
  },
  'replica-words': { redis: '5.0', without: 'says SLAVEOF and slave-… for REPLICAOF and replica-…' },
  acl: { redis: '6.0', without: 'has one password and no users (ACL)' },
  tls: { redis: '6.0', without: 'does not speak TLS' },
  'pause-writes': { redis: '6.2', without: 'cannot hold writes alone (CLIENT PAUSE … WRITE)' },
  'small-pages': {
    redis: '6.2',
    without: 'takes pages of 2 MB if its machine gives them (disable-thp)',
  },
  'error-counts': { redis: '6.2', without: 'does not count the errors that it answers (INFO errorstats)' },
  'acl-channels': { redis: '6.2', without: 'has no rules for channels: every user may use all of them' },
  'acl-dryrun': { redis: '7.0', without: 'cannot try out a permission (ACL DRYRUN)' },
  expiretime: { redis: '7.0', without: 'tells the time left, not the time of expiry (PEXPIRETIME)' },
  'buffer-covers-backlog': {
    redis: '7.0',
    without: "ends a replica's link at its output buffer limit, also where that is less than the backlog",
  },
  functions: { redis: '7.0', without: 'has no functions (FUNCTION)' },
  'subcommand-counts': {
    redis: '7.0',
    without: 'does not count subcommands such as CLIENT PAUSE (INFO commandstats)',
  },
  'several-info-sections': { redis: '7.0', without: 'tells one section of INFO at a time, or all' },
  'settings-while-loading': { redis: '7.0', without: 'refuses CONFIG SET while it loads' },
  'acl-as-given': { redis: '7.2', without: 'puts the command rules of its users in words of its own' },
  'client-no-touch': { redis: '7.2', without: 'counts every read as a use of the key (CLIENT NO-TOUCH)' },
};

export const CAPABILITIES = Object.keys(TABLE).filter((name): name is Capability => name in TABLE);

interface Product {
  readonly name: string;
  /** The oldest and the newest release that Ferry was measured with. */
  readonly oldest: string;
  readonly newest: string;
  /** Began as this Redis release and has all that it had; null: it is Redis, and the table's versions are its own. */
  readonly beganAs: string | null;
}

/** A product that began as a copy of a Redis release is one more row here, and its releases in version-paths.ts. */
export const PRODUCTS: Readonly<Record<Identity['product'], Product>> = {
  redis: { name: 'Redis', oldest: '2.4', newest: '8.0', beganAs: null },
  valkey: { name: 'Valkey', oldest: '7.2', newest: '9.1', beganAs: '7.2' },
};

export interface Capabilities {
  can(capability: Capability): boolean;
  /** A sentence for people; empty when it can. */
  whyNot(capability: Capability): string;
  /** false: newer than every version that was measured, treated as the newest of them. */
  readonly measured: boolean;
  /** Older than every version that was measured, or a version that says nothing: it can nothing for sure. */
  readonly tooOld: boolean;
}

export function capabilitiesOf(running: Running): Capabilities {
  const { oldest, newest, beganAs } = PRODUCTS[running.product];
  const asRedis = beganAs ?? running.version;
  const can = (capability: Capability): boolean => {
    const { redis, until } = TABLE[capability];
    const lost = until !== undefined && compareVersions(asRedis, until) >= 0;
    return !lost && compareVersions(asRedis, redis) >= 0;
  };
  return {
    can,
    whyNot: (capability) => {
      const { redis, until, without } = TABLE[capability];
      if (can(capability)) return '';
      const since = until === undefined ? `; Redis ${redis} and newer can` : '';
      return `${nameOf(running)} ${without}${since}.`;
    },
    measured: compareReleases(running.version, newest) <= 0,
    tooOld: compareVersions(running.version, oldest) < 0,
  };
}

/** `Redis 8.0.2`, `Valkey 8.1.1`. */
export function nameOf(running: Running): string {
  return `${PRODUCTS[running.product].name} ${running.version}`;
}

/** Negative, 0 or positive, by the numbers of `7.0.15`; missing ones count as 0, other text is ignored. */
export function compareVersions(a: string, b: string): number {
  const left = numbersOf(a);
  const right = numbersOf(b);
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** By major and minor number alone. */
function compareReleases(a: string, b: string): number {
  const release = (version: string): string => numbersOf(version).slice(0, 2).join('.');
  return compareVersions(release(a), release(b));
}

function numbersOf(version: string): number[] {
  return (/^\d+(\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
}
