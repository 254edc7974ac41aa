// Who may log in on either side, from what servers of each version answer. No password leaves the comparison (I9).

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Identity } from '../../src/migration/instance.ts';
import { compareLogins, type Logins, parseLogins } from '../../src/redis/survey/logins.ts';

const hash = (password: string) => createHash('sha256').update(password).digest('hex');
const redis = (version: string): Identity => ({ runId: version, product: 'redis', version });

function logins(...lines: readonly string[]): Logins {
  const users = parseLogins(lines.map((line) => `user ${line}`));
  if (users === null) throw new Error('These are no users.');
  return { users, isComplete: true };
}

function between(
  [from, old]: readonly [string, Logins],
  [to, next]: readonly [string, Logins],
  own: readonly string[] = [],
) {
  const source = { identity: redis(from), logins: old };
  return compareLogins({ source, target: { identity: redis(to), logins: next } }, own);
}

const PW = `#${hash('one')}`;
const OTHER = `#${hash('two')}`;

describe('the words of each version', () => {
  test('the default user of all of them is the same', () => {
    const said = [
      ['6.0.16', 'default on nopass ~* +@all'],
      ['7.0.15', 'default on nopass ~* &* +@all'],
      ['8.0.2', 'default on nopass sanitize-payload ~* &* +@all'],
    ] as const;
    for (const [from, old] of said) {
      for (const [to, next] of said) {
        expect(between([from, logins(old)], [to, logins(next)])).toEqual({
          unread: [],
          users: [
            {
              name: 'default',
              source: 'open',
              target: 'open',
              takesAllPasswords: true,
              differs: [],
              commandsCompared: true,
            },
          ],
        });
      }
    }
  });

  test('I10 command rules that two versions put differently are not called different, nor alike', () => {
    const old = logins(`ana on ${PW} ~app:* -@all +@string +@hash`);
    const next = logins(`ana on ${PW} ~app:* &* -@all +@read`);
    expect(between(['6.0.16', old], ['8.0.2', next]).users).toMatchObject([
      { differs: [], commandsCompared: false },
    ]);
    expect(between(['7.2.6', old], ['8.0.2', next]).users).toMatchObject([
      { differs: ['channels', 'commands'], commandsCompared: true },
    ]);
    expect(between(['6.0.16', old], ['6.0.20', next]).users).toMatchObject([
      { differs: ['commands'], commandsCompared: true },
    ]);
  });

  test('a user of 6.0 has all channels, which newer ones may lack', () => {
    const old = logins(`ana on ${PW} ~* +@all`);
    const next = logins(`ana on ${PW} ~* resetchannels -@all +@all`);
    expect(between(['6.0.16', old], ['8.0.2', next]).users).toMatchObject([{ differs: ['channels'] }]);
  });

  test.each([[null], ['OK'], [['nobody on']], [[1, 2]]])('%j is no list of users', (reply) => {
    expect(parseLogins(reply as never)).toBeNull();
  });
});

describe('the comparison', () => {
  test('tells states and passwords apart', () => {
    const old = logins(
      `a on ${PW}`,
      `b on ${PW} ${OTHER}`,
      `c on ${PW}`,
      'd on nopass',
      `e off ${PW}`,
      'f on',
    );
    const next = logins(`a on ${PW} ${OTHER}`, `b on ${PW}`, `c off ${PW}`, `e on nopass`, 'g on nopass');
    expect(between(['8.0.2', old], ['8.0.2', next]).users).toMatchObject([
      { name: 'a', source: 'password', target: 'password', takesAllPasswords: true },
      { name: 'b', source: 'password', target: 'password', takesAllPasswords: false },
      { name: 'c', source: 'password', target: 'closed' },
      { name: 'd', source: 'open', target: 'absent' },
      { name: 'e', source: 'closed', target: 'open' },
      { name: 'f', source: 'closed', target: 'absent' },
      { name: 'g', source: 'absent', target: 'open' },
    ]);
  });

  test("leaves Ferry's own user out, unless it is everybody's", () => {
    const old = logins(`ferry on ${PW}`, `default on ${PW}`);
    const next = logins(`mover on ${PW}`, `default on ${OTHER}`);
    const names = (own: readonly string[]) =>
      between(['8.0.2', old], ['8.0.2', next], own).users.map(({ name }) => name);
    expect(names(['ferry', 'mover'])).toEqual(['default']);
    expect(names(['default', 'default'])).toEqual(['default', 'ferry', 'mover']);
  });

  test('I10 users that were not told are unread, and not missing', () => {
    const partly = { ...logins(`default on ${OTHER}`), isComplete: false };
    const seen = between(['8.0.2', logins(`default on ${PW}`, `ana on ${PW}`)], ['8.0.2', partly]);
    expect(seen.unread).toEqual(['target']);
    expect(seen.users).toMatchObject([{ name: 'default', takesAllPasswords: false }]);
    const gone = { source: { identity: redis('8.0.2'), logins: logins('default on nopass') }, target: null };
    expect(compareLogins(gone, [])).toEqual({ unread: ['target'], users: [] });
  });

  test('I9 neither passwords nor hashes nor rules come out of it', () => {
    const old = logins(`ana on ${PW} ~secret:* +get`);
    const seen = JSON.stringify(between(['8.0.2', old], ['8.0.2', logins(`ana on ${OTHER} ~other:* +get`)]));
    for (const word of [hash('one'), hash('two'), 'secret', '+get']) expect(seen).not.toContain(word);
    expect(seen).toContain('keys');
  });
});
