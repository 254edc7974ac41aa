// Every check against real servers: content with a sound pair, and not with the one thing that was spoiled.

import { beforeAll, describe, expect, test } from 'vitest';
import { CHECKS } from '../../src/migration/checks/all.ts';
import { otherSide, SIDES } from '../../src/migration/instance.ts';
import { freePort } from '../../src/sandbox/servers/start.ts';
import { sharedServer } from '../support/servers.ts';
import { findingsOf, instanceOf, pairOf, severities } from './survey-pairs.ts';
import { SCENARIOS, type Servers } from './survey-scenarios.ts';
import { CLIENT_SCENARIOS } from './survey-scenarios-clients.ts';

let servers: Servers;

/** The load of the last one of SCENARIOS shows in the rates for a while. */
const ALL = [...CLIENT_SCENARIOS, ...SCENARIOS];

const SOUND = { save: '3600 1', 'repl-backlog-size': '64mb' };

beforeAll(async () => {
  const [source, target, valkey, cluster, older] = await Promise.all([
    sharedServer('redis-7.0', { configFile: true, settings: { ...SOUND, databases: '16' } }),
    sharedServer('redis-8.0', { configFile: true, settings: { ...SOUND, databases: '16' } }),
    sharedServer('valkey-8.1', { configFile: true, settings: { ...SOUND, databases: '8' } }),
    sharedServer('redis-8.0', { settings: { 'cluster-enabled': 'yes' } }),
    sharedServer('redis-6.0', { configFile: true, settings: { ...SOUND, databases: '16' } }),
  ]);
  servers = { source, target, valkey, cluster, older };
});

/** One clock, snapshots that succeed; the others need servers or certificates, and have files of their own. */
const NOT_SPOILED_HERE = ['clock', 'snapshot-cost', 'permissions', 'tls', 'relay'];

describe('a sound pair', () => {
  test('every check runs, in order of severity, and all but the way back are content', async () => {
    const findings = await findingsOf(pairOf(servers.source, servers.target));
    expect(Object.keys(findings)).toHaveLength(CHECKS.length);
    const { 'way-back': back, 'source-reach': reach, ...rest } = severities(findings);
    expect(new Set(Object.values(rest))).toEqual(new Set(['ok']));
    expect([back, reach]).toEqual(['warning', 'warning']);
  });

  test('between equal versions the way back has no caution', async () => {
    const findings = await findingsOf(pairOf(servers.target, servers.cluster));
    expect(findings['way-back']).toMatchObject({ severity: 'ok', hint: '' });
  });

  test('every check has a live case against it, or says why not', async () => {
    const names = Object.keys(await findingsOf(pairOf(servers.source, servers.target)));
    const spoiled = new Set([...ALL.map(({ check }) => check), ...NOT_SPOILED_HERE]);
    expect(names.filter((name) => !spoiled.has(name))).toEqual([]);
  });

  test.each(SIDES)('I10 nothing is fine about a %s that cannot be read', async (side) => {
    const gone = instanceOf('gone', { port: await freePort() });
    const pair = { ...pairOf(servers.source, servers.target), [side]: gone };
    const findings = await findingsOf(pair);
    expect(findings['reachable']?.severity).toBe('blocker');
    const content = Object.values(findings).filter(({ severity }) => severity === 'ok');
    expect(content.length).toBeGreaterThan(0);
    for (const { check, message } of content) {
      expect(message).not.toContain('gone');
      if (check !== 'environments') expect(message).toContain(pair[otherSide(side)].name);
    }
  });
});

describe('a spoiled pair', () => {
  test.each(ALL)('$check: $severity, $says', async ({ check, severity, says, hint, ...scenario }) => {
    const undo = (await scenario.arrange?.(servers)) ?? (() => undefined);
    try {
      const findings = await findingsOf(
        (await scenario.pair?.(servers)) ?? pairOf(servers.source, servers.target),
        await scenario.ferryRunId?.(servers),
      );
      const finding = findings[check];
      expect(finding).toMatchObject({ severity, message: expect.stringMatching(says) });
      expect(finding?.hint).toMatch(hint ?? /\S/);
    } finally {
      await undo();
    }
  });
});
