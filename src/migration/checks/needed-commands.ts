// Every command that a migration uses on a customer's server, the way back included, and what for. Data.
// Both servers need all of them: each may have to follow, to be fenced and to be promoted.

import { type Capability, capabilitiesOf } from '../capabilities.ts';
import type { Identity } from '../instance.ts';

export interface NeededCommand {
  /** As in an ACL rule: `client|pause`. */
  readonly name: string;
  /**
   * A call with the right number of arguments. It is queued and discarded, never run; even if it ran,
   * it would change nothing.
   */
  readonly trial: readonly [string, ...string[]];
  readonly use: Use;
  /** Does the permission depend on keys? */
  readonly keys: boolean;
  /** Used only on servers that can all of `can`, and where given cannot `cannot`. */
  readonly where: Where;
}

interface Where {
  readonly can?: Capability;
  readonly cannot?: Capability;
}

export type Use =
  | 'reading the state'
  | 'the fence'
  | 'changing roles'
  | 'the guard'
  | 'settings'
  | 'verification'
  | 'replication'
  | 'the cause of stalls';

/** Without these a migration is as safe, and says less. */
const USEFUL: readonly Use[] = ['the cause of stalls'];

/** A key of Ferry's own, and one that stands for everybody else's. */
const OWN = 'ferry:trial';
const ANY = 'trial:ferry';

const GROUPS: readonly string[] = ['ACL', 'CLIENT', 'CONFIG', 'LATENCY', 'SLOWLOG', 'XINFO'];

function need(use: Use, where: Where, ...trial: readonly [string, ...string[]]): NeededCommand {
  const [command, subcommand] = trial;
  return {
    name: (GROUPS.includes(command) ? `${command}|${subcommand}` : command).toLowerCase(),
    trial,
    use,
    keys: trial.includes(OWN) || trial.includes(ANY),
    where,
  };
}

const ALL: Where = {};
const STREAMS: Where = { can: 'streams' };
/** Writes are held by taking the right to write from every user. */
const BY_ACL: Where = { can: 'acl', cannot: 'pause-writes' };

const NEEDED_COMMANDS: readonly NeededCommand[] = [
  need('reading the state', ALL, 'PING'),
  need('reading the state', ALL, 'INFO'),
  need('reading the state', { can: 'time' }, 'TIME'),
  need('reading the state', ALL, 'SELECT', '0'),
  need('reading the state', { can: 'client-id' }, 'CLIENT', 'ID'),
  need('reading the state', { can: 'client-names' }, 'CLIENT', 'SETNAME', 'ferry'),
  need('reading the state', ALL, 'CLIENT', 'LIST'),
  need('the fence', { can: 'pause-writes' }, 'CLIENT', 'PAUSE', '0', 'WRITE'),
  need('the fence', { can: 'pause-writes' }, 'CLIENT', 'UNPAUSE'),
  need('the fence', BY_ACL, 'ACL', 'LIST'),
  need('the fence', BY_ACL, 'ACL', 'SETUSER', 'ferry-trial', 'off'),
  need('the fence', { cannot: 'acl' }, 'AUTH', 'ferry-trial'),
  need('the fence', ALL, 'CLIENT', 'KILL', 'ID', '0'),
  need('changing roles', { can: 'replica-words' }, 'REPLICAOF', 'ferry.invalid', 'none'),
  need('changing roles', { cannot: 'replica-words' }, 'SLAVEOF', 'ferry.invalid', 'none'),
  need('the guard', ALL, 'WATCH', OWN),
  need('the guard', ALL, 'UNWATCH'),
  need('the guard', ALL, 'MULTI'),
  need('the guard', ALL, 'EXEC'),
  need('the guard', ALL, 'DISCARD'),
  need('the guard', ALL, 'EXISTS', OWN),
  need('the guard', ALL, 'GET', OWN),
  need('the guard', ALL, 'SET', OWN, '1'),
  need('the guard', ALL, 'EXPIRE', OWN, '1'),
  need('the fence', { cannot: 'offsets' }, 'SETEX', OWN, '1', '1'),
  need('the guard', ALL, 'DEL', OWN),
  need('settings', ALL, 'CONFIG', 'GET', 'databases'),
  need('settings', ALL, 'CONFIG', 'SET', 'ferry-trial', '1'),
  need('settings', { can: 'config-rewrite' }, 'CONFIG', 'REWRITE'),
  need('verification', { can: 'scan' }, 'SCAN', '0', 'COUNT', '1'),
  need('verification', { cannot: 'scan' }, 'RANDOMKEY'),
  need('verification', ALL, 'EXISTS', ANY),
  need('verification', ALL, 'WATCH', ANY),
  need('verification', ALL, 'TYPE', ANY),
  need('verification', { can: 'milliseconds' }, 'PTTL', ANY),
  need('verification', { cannot: 'milliseconds' }, 'TTL', ANY),
  need('verification', { can: 'expiretime' }, 'PEXPIRETIME', ANY),
  need('verification', ALL, 'GET', ANY),
  need('verification', ALL, 'GETRANGE', ANY, '0', '0'),
  need('verification', ALL, 'STRLEN', ANY),
  need('verification', ALL, 'LLEN', ANY),
  need('verification', ALL, 'LRANGE', ANY, '0', '0'),
  need('verification', ALL, 'HLEN', ANY),
  need('verification', ALL, 'HGETALL', ANY),
  need('verification', { can: 'scan' }, 'HSCAN', ANY, '0'),
  need('verification', ALL, 'SCARD', ANY),
  need('verification', ALL, 'SMEMBERS', ANY),
  need('verification', { can: 'scan' }, 'SSCAN', ANY, '0'),
  need('verification', ALL, 'ZCARD', ANY),
  need('verification', ALL, 'ZRANGE', ANY, '0', '0'),
  need('verification', STREAMS, 'XLEN', ANY),
  need('verification', STREAMS, 'XRANGE', ANY, '-', '+', 'COUNT', '1'),
  need('verification', STREAMS, 'XINFO', 'GROUPS', ANY),
  need('verification', { can: 'scripts' }, 'DUMP', ANY),
  need('replication', { can: 'offsets' }, 'REPLCONF', 'ferry', '1'),
  need('replication', { can: 'offsets' }, 'PSYNC', '?', '-1'),
  need('replication', { cannot: 'offsets' }, 'SYNC'),
  need('the cause of stalls', ALL, 'SLOWLOG', 'GET', '1'),
  need('the cause of stalls', { can: 'latency-monitor' }, 'LATENCY', 'LATEST'),
];

/** Those that are used on a server of this product and version. */
export function neededOn(identity: Pick<Identity, 'product' | 'version'>): readonly NeededCommand[] {
  const able = capabilitiesOf(identity);
  return NEEDED_COMMANDS.filter(
    ({ where: { can, cannot } }) =>
      (can === undefined || able.can(can)) && (cannot === undefined || !able.can(cannot)),
  );
}

/** Can a migration go on without it? */
export function isOnlyUseful({ use }: NeededCommand): boolean {
  return USEFUL.includes(use);
}
