// The ACL line that the README gives for a version is enough on both sides: for every command of the permissions check, and
// for what only the survey asks. Read out of the README, so that it stays true.

import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { capabilitiesOf } from '../../src/migration/capabilities.ts';
import { neededOn } from '../../src/migration/checks/needed-commands.ts';
import { SIDES } from '../../src/migration/instance.ts';
import { surveyPair } from '../../src/redis/survey.ts';
import { findingsOf, pairOf, run, secrets } from '../redis/survey-pairs.ts';
import { binaryOf, server, versions } from '../support/servers.ts';

const README = new URL('../../README.md', import.meta.url);
const LOGIN = { username: 'ferry', passwordRef: 'env:PASSWORD' };

function capabilities(id: string) {
  const { flavour, version } = binaryOf(id);
  return capabilitiesOf({ product: flavour, version });
}

/** The rules of the README's lines `ACL SETUSER ferry …`: the first is for 7.0 and newer, the second for older. */
async function documentedRules(id: string): Promise<readonly string[]> {
  const lines = [...(await readFile(README, 'utf8')).matchAll(/^ACL SETUSER ferry (.+)$/gm)];
  const found = lines[capabilities(id).can('functions') ? 0 : 1]?.[1];
  if (lines.length !== 2 || found === undefined) {
    throw new Error('The README has not two lines "ACL SETUSER ferry …" any more.');
  }
  return found.split(' ');
}

/** A pair whose servers both have nobody but `ferry`, made by the rules, and the default user for the test. */
async function pairWith(rules: readonly string[], version: string) {
  const settings = { save: '3600 1' };
  const both = await Promise.all([
    server(version, { configFile: true, settings }),
    server(version, { configFile: true, settings }),
  ]);
  for (const each of both) await run(each, ['ACL', 'SETUSER', 'ferry', ...rules]);
  return { both, pair: pairOf(...both, { source: LOGIN, target: LOGIN }) };
}

const WITH_USERS = versions().filter((id) => capabilities(id).can('acl'));

describe.each(WITH_USERS)("the README's ACL line on %s", (version) => {
  test('the permissions check misses nothing on either side, and the survey reads everything', async () => {
    const { pair } = await pairWith(await documentedRules(version), version);
    const facts = await surveyPair(pair, { secrets, ferryRunId: 'of-another-server' });
    for (const side of SIDES) {
      const seen = facts[side];
      if (seen.kind !== 'read') throw new Error(`${side} was not read: ${seen.detail}`);
      expect(seen.user).toBe('ferry');
      const names = [...new Set(neededOn(seen.identity).map(({ name }) => name))];
      expect(names.filter((name) => seen.permissions[name] !== 'allowed')).toEqual([]);
      expect(facts.logins.unread).toEqual([]);
      expect(seen).toMatchObject({
        modules: expect.any(Array),
        usedModules: expect.any(Array),
        functionLibraries: [],
        sentinels: 0,
        clients: expect.anything(),
        clockAheadMs: expect.any(Number),
        lock: { kind: 'free' },
      });
    }
    expect(facts.targetReachesSource).toEqual({ kind: 'proven' });
    const { permissions, users } = await findingsOf(pair);
    expect(permissions).toMatchObject({ severity: 'ok' });
    expect(users).toMatchObject({ severity: 'ok' });
  });

  test('none of its rules is one too many', async () => {
    const rules = await documentedRules(version);
    // Logs and counts that the survey does without; what else is left out is missed by the check.
    const spared =
      /^(on|>.*|[~&%].*|\+(migrate|psetex|pubsub.*|module.*|function.*|acl\|(whoami|dryrun|log|list)))$/;
    const alone = rules.filter((rule) => !spared.test(rule));
    expect(alone.length).toBeGreaterThan(10);
    const { both, pair } = await pairWith(rules, version);
    const missed = async (rule: string): Promise<boolean> => {
      const others = rules.filter((each) => each !== rule);
      await run(both[0], ['ACL', 'SETUSER', 'ferry', 'reset', ...others]);
      return (await surveyPair(pair, { secrets, ferryRunId: null })).source.kind === 'unreachable'
        ? true
        : (await findingsOf(pair))['permissions']?.severity !== 'ok';
    };
    const needless: string[] = [];
    for (const rule of alone) if (!(await missed(rule))) needless.push(rule);
    // One line serves 6.0 and 6.2, which differ in these.
    const differ = capabilities(version).can('functions') ? [] : ['+time', '+acl|list', '+acl|setuser'];
    expect(needless.filter((rule) => !differ.includes(rule))).toEqual([]);
  });

  test('without one of its rules the check says what is missing', async () => {
    const rules = (await documentedRules(version)).filter((rule) => rule !== '+replicaof');
    const { permissions } = await findingsOf((await pairWith(rules, version)).pair);
    expect(permissions).toMatchObject({
      severity: 'blocker',
      message: expect.stringContaining('may not run REPLICAOF'),
      hint: expect.stringContaining('`ACL SETUSER ferry +replicaof`'),
    });
  });
});
