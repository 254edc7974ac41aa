// Who may log in to each server of a pair, compared with the other one. Passwords and their hashes end here (I9).

import { createHash } from 'node:crypto';
import { capabilitiesOf } from '../../migration/capabilities.ts';
import type { Identity, Side } from '../../migration/instance.ts';
import type { ComparedUser, LoginFacts, LoginState } from '../../migration/survey-facts.ts';
import type { Reply, ServerConnection } from '../connect.ts';
import { settingOf } from './settings.ts';

/** What one server says. Never part of the facts. */
export interface Logins {
  readonly users: ReadonlyMap<string, Login>;
  /** false: others than these may exist. */
  readonly isComplete: boolean;
}

export interface Login {
  readonly isOn: boolean;
  readonly takesAny: boolean;
  /** SHA-256 of each password, as ACL LIST gives them. */
  readonly hashes: ReadonlySet<string>;
  /** Rules by what they are about, in an order of their own; null: not read. */
  readonly rules: Readonly<Record<'keys' | 'channels' | 'commands', string>> | null;
}

/** Before 6.0 there is one password and no users; later the password of `default` alone can be read without ACL LIST. */
export async function readLogins(connection: ServerConnection, identity: Identity): Promise<Logins> {
  const able = capabilitiesOf(identity);
  if (able.can('acl')) {
    const [list = null] = await connection.pipeline([['ACL', 'LIST']]);
    const users = parseLogins(list);
    if (users !== null) return { users, isComplete: true };
  }
  const [reply = null] = await connection.pipeline([['CONFIG', 'GET', 'requirepass']]);
  const password = settingOf(reply);
  if (password === null) return { users: new Map(), isComplete: false };
  const hashes = new Set(password === '' ? [] : [createHash('sha256').update(password).digest('hex')]);
  const rules = able.can('acl') ? null : { keys: '~*', channels: '&*', commands: '+@all' };
  const login = { isOn: true, takesAny: password === '', hashes, rules };
  return { users: new Map([['default', login]]), isComplete: !able.can('acl') };
}

/** From ACL LIST: `user ana on #… ~carts:* &* -@all +get`; null: it is none. */
export function parseLogins(reply: Reply): ReadonlyMap<string, Login> | null {
  if (!Array.isArray(reply)) return null;
  const users = new Map<string, Login>();
  for (const line of reply) {
    const [user, name, ...parts] = String(line).split(' ');
    if (user !== 'user' || name === undefined) return null;
    users.set(name, loginOf(parts));
  }
  return users;
}

/** Said by newer versions only, and no rule about who may do what. */
const IGNORED: readonly string[] = ['sanitize-payload', 'skip-sanitize-payload', 'resetchannels'];
const STATES: readonly string[] = ['on', 'off', 'nopass'];

function loginOf(parts: readonly string[]): Login {
  const those = (sign: RegExp): readonly string[] => parts.filter((part) => sign.test(part));
  const rest = parts.filter(
    (part) => !/^[#~%&]/.test(part) && !STATES.includes(part) && !IGNORED.includes(part),
  );
  return {
    isOn: parts.includes('on'),
    takesAny: parts.includes('nopass'),
    hashes: new Set(those(/^#/).map((hash) => hash.slice(1))),
    rules: {
      keys: those(/^[~%]/).toSorted().join(' '),
      channels: those(/^&/).toSorted().join(' '),
      commands: rest.join(' ').replace(/^-@all (?=\+@all( |$))/, ''),
    },
  };
}

/** `own`: the users that Ferry itself logs in as, which no client has. A side that could not be read: null. */
export function compareLogins(
  sides: Readonly<Record<Side, { readonly logins: Logins; readonly identity: Identity } | null>>,
  own: readonly string[],
): LoginFacts {
  const { source, target } = sides;
  const unread = (['source', 'target'] as const).filter((side) => sides[side]?.logins.isComplete !== true);
  if (source === null || target === null) return { unread, users: [] };
  const [from, to] = [source.logins.users, target.logins.users];
  // Where one side did not tell all of them, a user that it lacks may be there.
  const both = [...new Set([...from.keys(), ...to.keys()])].filter(
    (name) => unread.length === 0 || (from.has(name) && to.has(name)),
  );
  const names = both.filter((name) => name === 'default' || !own.includes(name)).toSorted();
  const areAlike = asTold(source.identity, target.identity);
  return {
    unread,
    users: names.map((name) => compared(name, from.get(name), to.get(name), { source, target, areAlike })),
  };
}

function compared(
  name: string,
  old: Login | undefined,
  next: Login | undefined,
  how: {
    readonly source: { identity: Identity };
    readonly target: { identity: Identity };
    areAlike: boolean;
  },
): ComparedUser {
  const others = (['keys', 'channels', 'commands'] as const).filter((what) => {
    const [left, right] = [rulesOf(old, what, how.source), rulesOf(next, what, how.target)];
    return left !== null && right !== null && left !== right;
  });
  const untold = others.includes('commands') && !how.areAlike;
  return {
    name,
    source: stateOf(old),
    target: stateOf(next),
    takesAllPasswords: [...(old?.hashes ?? [])].every((hash) => next?.hashes.has(hash) === true),
    differs: untold ? others.filter((what) => what !== 'commands') : others,
    commandsCompared: !untold,
  };
}

/** Before 6.2 there are no rules for channels: every user may use all of them. */
function rulesOf(
  login: Login | undefined,
  what: 'keys' | 'channels' | 'commands',
  { identity }: { readonly identity: Identity },
): string | null {
  if (login === undefined || login.rules === null) return null;
  return what === 'channels' && !capabilitiesOf(identity).can('acl-channels') ? '&*' : login.rules[what];
}

/** Do both give the command rules as they were set, or are they the same release, which puts them alike? */
function asTold(source: Identity, target: Identity): boolean {
  const [left, right] = [source, target].map((identity) => capabilitiesOf(identity).can('acl-as-given'));
  const release = ({ product, version }: Identity): string => `${product} ${version.split('.', 2).join('.')}`;
  return (left === true && right === true) || release(source) === release(target);
}

function stateOf(login: Login | undefined): LoginState {
  if (login === undefined) return 'absent';
  if (!login.isOn) return 'closed';
  if (login.takesAny) return 'open';
  return login.hashes.size > 0 ? 'password' : 'closed';
}
