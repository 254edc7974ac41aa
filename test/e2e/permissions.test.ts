// The ACL line that the README gives is enough on both sides: for every command of the permissions check, and
// for what only the survey asks. Read out of the README, so that it stays true.

import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { neededOn } from '../../src/migration/checks/needed-commands.ts';
import { SIDES } from '../../src/migration/instance.ts';
import { surveyPair } from '../../src/redis/survey.ts';
import { findingsOf, pairOf, run, secrets } from '../redis/survey-pairs.ts';
import { REQUIRED_SERVERS, type RequiredServer } from '../support/required-servers.ts';
import { server } from '../support/servers.ts';

const README = new URL('../../README.md', import.meta.url);
const LOGIN = { username: 'ferry', passwordRef: 'env:PASSWORD' };

/** The rules of the README's `ACL SETUSER ferry …`, its placeholder being the password. */
async function documentedRules(): Promise<readonly string[]> {
  const found = /^ACL SETUSER ferry (.+)$/m.exec(await readFile(README, 'utf8'));
  if (found?.[1] === undefined) throw new Error('The README has no line "ACL SETUSER ferry …" any more.');
  return found[1].split(' ');
}

/** A pair whose servers both have nobody but `ferry`, made by the rules, and the default user for the test. */
async function pairWith(rules: readonly string[], version: RequiredServer) {
  const settings = { save: '3600 1' };
  const both = await Promise.all([
    server(version, { configFile: true, settings }),
    server(version, { configFile: true, settings }),
  ]);
  for (const each of both) await run(each, ['ACL', 'SETUSER', 'ferry', ...rules]);
  return pairOf(...both, { source: LOGIN, target: LOGIN });
}

describe.each(REQUIRED_SERVERS)("the README's ACL line on %s", (version) => {
  test('the permissions check misses nothing on either side, and the survey reads everything', async () => {
    const pair = await pairWith(await documentedRules(), version);
    const facts = await surveyPair(pair, { secrets, ferryRunId: 'of-another-server' });
    for (const side of SIDES) {
      const seen = facts[side];
      if (seen.kind !== 'read') throw new Error(`${side} was not read: ${seen.detail}`);
      expect(seen.user).toBe('ferry');
      const names = [...new Set(neededOn(seen.identity).map(({ name }) => name))];
      expect(names.filter((name) => seen.permissions[name] !== 'allowed')).toEqual([]);
      expect(seen).toMatchObject({
        modules: expect.any(Array),
        functionLibraries: [],
        sentinels: 0,
        clients: expect.anything(),
        clockAheadMs: expect.any(Number),
        lock: { kind: 'free' },
      });
    }
    expect(facts.targetReachesSource).toEqual({ kind: 'proven' });
    const { permissions } = await findingsOf(pair);
    expect(permissions).toMatchObject({ severity: 'ok' });
  });

  test('without one of its rules the check says what is missing', async () => {
    const rules = (await documentedRules()).filter((rule) => rule !== '+replicaof');
    const { permissions } = await findingsOf(await pairWith(rules, version));
    expect(permissions).toMatchObject({
      severity: 'blocker',
      message: expect.stringContaining('may not run REPLICAOF'),
      hint: expect.stringContaining('`ACL SETUSER ferry +replicaof`'),
    });
  });
});
