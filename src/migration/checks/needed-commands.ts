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
  /** Used only on servers that can; null: on every server. */
  readonly where: Capability | null;
}

export type Use =
  | 'reading the state'
  | 'the fence'
  | 'changing roles'
  | 'the guard'
  | 'settings'
  | 'verification'
  | 'replication';

/** A key of Ferry's own, and one that stands for everybody else's. */
const OWN = 'ferry:trial';
const ANY = 'trial:ferry';

function need(use: Use, ...trial: readonly [string, ...string[]]): NeededCommand {
  const [command, subcommand] = trial;
  const grouped = ['CLIENT', 'CONFIG', 'XINFO'].includes(command);
  return {
    name: (grouped ? `${command}|${subcommand}` : command).toLowerCase(),
    trial,
    use,
    keys: trial.includes(OWN) || trial.includes(ANY),
    where: WHERE[command] ?? null,
  };
}

const WHERE: Readonly<Record<string, Capability>> = { PEXPIRETIME: 'expiretime' };

const NEEDED_COMMANDS: readonly NeededCommand[] = [
  need('reading the state', 'PING'),
  need('reading the state', 'INFO', 'server'),
  need('reading the state', 'TIME'),
  need('reading the state', 'SELECT', '0'),
  need('reading the state', 'CLIENT', 'ID'),
  need('reading the state', 'CLIENT', 'SETNAME', 'ferry'),
  need('reading the state', 'CLIENT', 'LIST'),
  need('the fence', 'CLIENT', 'PAUSE', '0', 'WRITE'),
  need('the fence', 'CLIENT', 'UNPAUSE'),
  need('the fence', 'CLIENT', 'KILL', 'ID', '0'),
  need('changing roles', 'REPLICAOF', 'ferry.invalid', 'none'),
  need('the guard', 'WATCH', OWN),
  need('the guard', 'UNWATCH'),
  need('the guard', 'MULTI'),
  need('the guard', 'EXEC'),
  need('the guard', 'DISCARD'),
  need('the guard', 'EXISTS', OWN),
  need('the guard', 'GET', OWN),
  need('the guard', 'SET', OWN, '1', 'PX', '1'),
  need('the guard', 'DEL', OWN),
  need('settings', 'CONFIG', 'GET', 'databases'),
  need('settings', 'CONFIG', 'SET', 'ferry-trial', '1'),
  need('settings', 'CONFIG', 'REWRITE'),
  need('verification', 'SCAN', '0', 'COUNT', '1'),
  need('verification', 'TYPE', ANY),
  need('verification', 'PTTL', ANY),
  need('verification', 'PEXPIRETIME', ANY),
  need('verification', 'GET', ANY),
  need('verification', 'GETRANGE', ANY, '0', '0'),
  need('verification', 'STRLEN', ANY),
  need('verification', 'LLEN', ANY),
  need('verification', 'LRANGE', ANY, '0', '0'),
  need('verification', 'HLEN', ANY),
  need('verification', 'HGETALL', ANY),
  need('verification', 'HSCAN', ANY, '0'),
  need('verification', 'SCARD', ANY),
  need('verification', 'SMEMBERS', ANY),
  need('verification', 'SSCAN', ANY, '0'),
  need('verification', 'ZCARD', ANY),
  need('verification', 'ZRANGE', ANY, '0', '0'),
  need('verification', 'XLEN', ANY),
  need('verification', 'XRANGE', ANY, '-', '+', 'COUNT', '1'),
  need('verification', 'XINFO', 'GROUPS', ANY),
  need('verification', 'DUMP', ANY),
  need('replication', 'REPLCONF', 'ferry', '1'),
  need('replication', 'PSYNC', '?', '-1'),
];

/** Those that are used on a server of this product and version. */
export function neededOn(identity: Pick<Identity, 'product' | 'version'>): readonly NeededCommand[] {
  const able = capabilitiesOf(identity);
  return NEEDED_COMMANDS.filter(({ where }) => where === null || able.can(where));
}
