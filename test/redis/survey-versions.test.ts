// The survey reads every version of this run: what a version has is read, what it does not have is empty, and
// nothing is unknown but what the version cannot tell (I10). Nothing is left behind (I12).

import { describe, expect, test } from 'vitest';
import { capabilitiesOf, compareVersions, type Running } from '../../src/migration/capabilities.ts';
import { neededOn } from '../../src/migration/checks/needed-commands.ts';
import { SIDES } from '../../src/migration/instance.ts';
import { routeBetween } from '../../src/migration/route.ts';
import type { ServerFacts, SideFacts } from '../../src/migration/survey-facts.ts';
import { readSettingValue, settingCommand } from '../../src/redis/settings.ts';
import { surveyPair } from '../../src/redis/survey.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { binaryOf, server, versions } from '../support/servers.ts';
import { findingsOf, pairOf, run, secrets } from './survey-pairs.ts';

const PASSWORD = 'sesame-4711';
const LOGIN = { passwordRef: `env:${PASSWORD}` };

function runningOf(id: string): Running {
  const { flavour, version } = binaryOf(id);
  return { product: flavour, version };
}

function facts(side: SideFacts): ServerFacts {
  if (side.kind === 'unreachable') throw new Error(`not read: ${side.detail}`);
  return side;
}

/** Settings that a server of this version has; the others are empty, none is unknown. */
function expectedSettings(running: Running, seen: ServerFacts): void {
  const able = capabilitiesOf(running);
  const { settings } = seen;
  expect(Object.entries(settings).filter(([, value]) => value === null)).toEqual([]);
  expect(settings.databases).toBe('11');
  expect(settings['replica-serve-stale-data']).toBe('yes');
  expect(settings['replica-read-only']).toBe(able.can('read-only-replica') ? 'yes' : '');
  expect(settings['min-replicas-to-write']).toBe(able.can('offsets') ? '0' : '');
  expect(settings['repl-backlog-size']).toMatch(able.can('backlog') ? /^\d+$/ : /^$/);
  expect(settings['repl-timeout']).toBe(able.can('output-buffer-limit') ? '60' : '');
  expect(settings['client-output-buffer-limit']).toMatch(able.can('output-buffer-limit') ? /slave \d/ : /^$/);
}

async function keysOf(each: RunningServer): Promise<unknown> {
  return (await run(each, ['KEYS', '*']))[0];
}

describe.each(versions())('%s', (id) => {
  const running = runningOf(id);
  const able = capabilitiesOf(running);

  test('both sides are read whole', async () => {
    const both = await Promise.all([
      server(id, { settings: { databases: '11' } }),
      server(id, { settings: { databases: '11' } }),
    ]);
    await run(both[0], ['SELECT', 3], ['SET', 'a', 1], ['SETEX', 'b', 600, 2]);
    const pair = pairOf(...both);
    const seen = await surveyPair(pair, { secrets, ferryRunId: 'of-another-server' });
    expect(seen.logins).toMatchObject({
      unread: [],
      users: [{ name: 'default', source: 'open', target: 'open', differs: [], commandsCompared: true }],
    });
    for (const side of SIDES) {
      const read = facts(seen[side]);
      expect(read).toMatchObject({
        identity: { ...running, runId: expect.stringMatching(able.can('run-id') ? /^\w{40}$/ : /^process-/) },
        mode: 'standalone',
        role: { kind: 'primary' },
        maxMemoryBytes: 0,
        keysByDb: side === 'source' ? { 3: 2 } : {},
        evictedDuringSurvey: 0,
        connectedClients: expect.any(Number),
        blockedClients: 0,
        cachedScripts: able.can('streams') ? 0 : null,
        refusedOfStream: able.can('acl') ? 0 : null,
        clients: { kind: 'listed', subscribed: 0 },
        replicationAuth: { password: 'needed', user: 'needed', isSendable: true },
        user: able.can('acl') ? 'default' : null,
        functionLibraries: [],
        replicas: [],
        sentinels: 0,
        ferrysOwn: false,
        lock: { kind: 'free' },
        replicationAddress: { kind: 'same' },
        clockAheadMs: able.can('time') ? expect.any(Number) : null,
      });
      expect(read.usedMemoryBytes).toBeGreaterThan(0);
      expect(read.residentBytes).toBeGreaterThan(0);
      expect(read.changesPerSecond).toBeGreaterThanOrEqual(0);
      expect(read.modules).toEqual(able.can('modules') ? expect.any(Array) : []);
      expect(read.opsPerSecond).toBeGreaterThanOrEqual(0);
      expectedSettings(running, read);
      const wanted = neededOn(running).map(({ name }) => name);
      expect(wanted.filter((name) => read.permissions[name] !== 'allowed')).toEqual([]);
    }
    expect(facts(seen.target).clients).toMatchObject({ kind: 'listed', count: 0 });
    expect(['proven', 'answered', 'not-measured']).toContain(seen.targetReachesSource.kind);
    expect(await keysOf(both[1])).toEqual([]);
  });

  test('with a password on either side', async () => {
    const both = await Promise.all([server(id, { password: PASSWORD }), server(id, { password: PASSWORD })]);
    const pair = pairOf(...both, { source: LOGIN, target: LOGIN });
    const seen = await surveyPair(pair, { secrets, ferryRunId: null });
    for (const side of SIDES) {
      expect(facts(seen[side]).replicationAuth).toEqual({
        password: 'empty',
        user: 'needed',
        isSendable: true,
      });
    }
    const { reachable, 'replication-auth': login } = await findingsOf(pair);
    expect(reachable?.severity).toBe('ok');
    expect(login).toMatchObject({ severity: 'ok', message: expect.stringContaining('Ferry sets the login') });
    // Also a version that lets anybody connect says so only once something is asked.
    const refused = await findingsOf(pairOf(...both, { source: LOGIN }));
    expect(refused['reachable']).toMatchObject({
      severity: 'blocker',
      message: expect.stringContaining('carts-new (127.0.0.1:'),
    });
  });

  test('a password that this version cannot send is refused before the sync', async () => {
    const [source, target] = await Promise.all([server(id), server(id)]);
    // Set at run time: an old config file has no way to write it.
    await run(source, ['CONFIG', 'SET', 'requirepass', 'two words']);
    const { 'replication-auth': login } = await findingsOf(
      pairOf(source, target, { source: { passwordRef: 'env:two words' } }),
    );
    expect(login?.severity).toBe(able.can('sends-any-password') ? 'ok' : 'blocker');
  });

  test.runIf(able.can('output-buffer-limit'))(
    'the buffer of replicas is set by its class alone',
    async () => {
      const name = 'client-output-buffer-limit';
      const one = await server(id);
      const [, reply = null] = await run(one, settingCommand(name, '2097152 1048576 60'), [
        'CONFIG',
        'GET',
        name,
      ]);
      expect(readSettingValue(name, reply)).toBe('2097152 1048576 60');
      expect(String(reply)).toMatch(/normal 0 0 0/);
    },
  );

  test('a renamed command is refused by its name', async () => {
    const changed = ['SLAVEOF ""', 'REPLICAOF ""'].slice(0, able.can('replica-words') ? 2 : 1);
    const [noConfig, noFollow, other] = await Promise.all([
      server(id, { settings: { 'rename-command': 'CONFIG ""' } }),
      server(id, { settings: { 'rename-command': changed } }),
      server(id),
    ]);
    const source = await findingsOf(pairOf(noConfig, other));
    expect(source['permissions']).toMatchObject({
      severity: 'blocker',
      message: able.can('config-rewrite')
        ? 'carts-old has no CONFIG GET, CONFIG SET and CONFIG REWRITE: renamed or switched off.'
        : 'carts-old has no CONFIG GET and CONFIG SET: renamed or switched off.',
      hint: expect.stringContaining('rename-command'),
    });
    const target = await findingsOf(pairOf(other, noFollow));
    expect(target['permissions']).toMatchObject({
      severity: 'blocker',
      message: `carts-new has no ${able.can('replica-words') ? 'REPLICAOF' : 'SLAVEOF'}: renamed or switched off.`,
    });
  });

  test('a server without INFO is refused for that', async () => {
    const [silent, other] = await Promise.all([
      server(id, { settings: { 'rename-command': 'INFO hidden-info' } }),
      server(id),
    ]);
    const { reachable } = await findingsOf(pairOf(silent, other));
    expect(reachable).toMatchObject({
      severity: 'blocker',
      hint: 'Give INFO its name back (`rename-command`), or move this server by other means.',
    });
  });
});

/** 3.0 and newer keep the connection of a MIGRATE open for a while, so that the source still shows it. */
const KEEPS_CONNECTION = '3.0';

/** What can be found out, by the versions of both. */
function reachBetween(source: Running, target: Running): string {
  const able = capabilitiesOf(target);
  if (routeBetween(source, target).through === 'relay' || !able.can('scripts')) return 'not-measured';
  return able.can('acl') || compareVersions(target.version, KEEPS_CONNECTION) >= 0 ? 'proven' : 'answered';
}

describe('the way from the target to the source, where one of them is old', () => {
  const old = (id: string) => !capabilitiesOf(runningOf(id)).can('acl');
  const sides = [...versions().filter(old), 'redis-7.0'];
  const pairs = sides.flatMap((source) => sides.map((target) => [source, target] as const));

  test.each(pairs)('%s seen from %s', async (sourceId, targetId) => {
    const [source, target] = await Promise.all([server(sourceId), server(targetId)]);
    const wanted = reachBetween(runningOf(sourceId), runningOf(targetId));
    const there = await surveyPair(pairOf(source, target), { secrets, ferryRunId: null });
    expect(there.targetReachesSource.kind).toBe(wanted);
    const nobody = { source: { replicationAddress: { host: '127.0.0.1', port: 1 } } };
    const gone = await surveyPair(pairOf(source, target, nobody), { secrets, ferryRunId: null });
    expect(gone.targetReachesSource.kind).toBe(wanted === 'not-measured' ? wanted : 'no-answer');
    // The key of the trial was for 1 ms, and old servers count a key until they look at it.
    expect(await keysOf(source)).toEqual([]);
  });
});
