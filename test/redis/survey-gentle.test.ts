// What a survey leaves behind and what it costs: no key, no setting, no secret, cheap commands only.
// And what it finds out about a user's permissions without running anything.

import { beforeAll, describe, expect, test } from 'vitest';
import { capabilitiesOf } from '../../src/migration/capabilities.ts';
import { type Command, connectTo } from '../../src/redis/connect.ts';
import { surveyPair } from '../../src/redis/survey.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { sharedServer } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { findingsOf, instanceOf, secrets } from './survey-pairs.ts';

let source: RunningServer;
let target: RunningServer;
/** Asks for a password. */
let locked: RunningServer;

beforeAll(async () => {
  [source, target, locked] = await Promise.all([
    sharedServer('redis-7.0'),
    sharedServer('redis-8.0'),
    sharedServer('valkey-8.1', { password: 'sesame-4711' }),
  ]);
});

async function ask(server: RunningServer, command: Command, login = {}): Promise<unknown> {
  const connection = await connectTo(instanceOf('any', server, login), secrets, { name: 'ferry-test' });
  try {
    return await connection.ask(command);
  } finally {
    connection.close();
  }
}

const LOGIN = { username: 'ferry', passwordRef: 'env:sesame-0815' };
const PASSWORD = { passwordRef: 'env:sesame-4711' };

describe('I12 leave no trace', () => {
  test('no key stays, no setting changes, on either side', async () => {
    const pair = { source: instanceOf('carts-old', source), target: instanceOf('carts-new', target) };
    const before = await Promise.all([source, target].map((server) => ask(server, ['CONFIG', 'GET', '*'])));
    const facts = await surveyPair(pair, { secrets, ferryRunId: null });
    expect(facts.targetReachesSource).toEqual({ kind: 'proven' });
    const after = await Promise.all([source, target].map((server) => ask(server, ['CONFIG', 'GET', '*'])));
    expect(after).toEqual(before);
    for (const server of [source, target]) {
      await until(async () => (await ask(server, ['DBSIZE'])) === 0, { what: 'no key', deadlineMs: 1_000 });
    }
  });

  test('a server that refuses unknown users gets no key at all', async () => {
    const pair = {
      source: instanceOf('carts-old', locked, PASSWORD),
      target: instanceOf('carts-new', target),
    };
    const facts = await surveyPair(pair, { secrets, ferryRunId: null });
    expect(facts.targetReachesSource).toEqual({ kind: 'proven' });
    expect(String(await ask(locked, ['INFO', 'commandstats'], PASSWORD))).not.toMatch(
      /cmdstat_restore:calls=[1-9]/,
    );
  });
});

describe('I11 gentle', () => {
  test('the source is asked nothing that takes long or holds it', async () => {
    await ask(source, ['CONFIG', 'RESETSTAT']);
    const pair = { source: instanceOf('carts-old', source), target: instanceOf('carts-new', target) };
    await surveyPair(pair, { secrets, ferryRunId: null });
    const stats = String(await ask(source, ['INFO', 'commandstats']));
    const run = [...stats.matchAll(/^cmdstat_([^:]+):calls=[1-9]/gm)].map(([, name]) => name);
    const cheap =
      'acl|dryrun acl|list acl|log acl|whoami auth client|list client|setname config|get config|resetstat discard exec ' +
      'function|list get hello info module|list multi ping pttl pubsub|numsub restore select time watch';
    expect(run.filter((name) => !cheap.split(' ').includes(name ?? ''))).toEqual([]);
  });
});

describe('I9 secrets stay home', () => {
  test('facts and findings hold no password, also where masterauth is set', async () => {
    await ask(target, ['CONFIG', 'SET', 'masterauth', 'sesame-4711']);
    const pair = {
      source: instanceOf('carts-old', locked, PASSWORD),
      target: instanceOf('carts-new', target),
    };
    const facts = await surveyPair(pair, { secrets, ferryRunId: null });
    const findings = await findingsOf(pair);
    await ask(target, ['CONFIG', 'SET', 'masterauth', '']);
    expect(facts.target).toMatchObject({ replicationAuth: { password: 'needed', user: 'needed' } });
    expect(JSON.stringify([facts, findings])).not.toContain('sesame');
  });

  test('a password that cannot be resolved is said without it', async () => {
    const pair = {
      source: instanceOf('carts-old', locked, PASSWORD),
      target: instanceOf('carts-new', target),
    };
    const facts = await surveyPair(pair, {
      secrets: {
        resolve: (ref) =>
          ref === PASSWORD.passwordRef ? secrets.resolve(`${ref}-old`) : secrets.resolve(ref),
      },
      ferryRunId: null,
    });
    expect(facts.source).toMatchObject({ kind: 'unreachable', why: 'auth' });
    expect(JSON.stringify(facts)).not.toContain('sesame');
  });
});

describe('permissions', () => {
  /** Surveys with a user of these rules on the given server. */
  async function verdictFor(server: RunningServer, rules: readonly string[], login = {}) {
    await ask(server, ['ACL', 'SETUSER', 'ferry', 'reset', 'on', '>sesame-0815', ...rules], login);
    const findings = await findingsOf({
      source: instanceOf('carts-old', server, LOGIN),
      target: instanceOf('carts-new', target),
    });
    return findings['permissions'];
  }

  const SERVERS = [
    ['redis-7.0', () => source, {}],
    ['valkey-8.1', () => locked, PASSWORD],
  ] as const;

  test.each(SERVERS)('%s: a user who may do everything', async (_name, server, login) => {
    expect(await verdictFor(server(), ['~*', '&*', '+@all'], login)).toMatchObject({ severity: 'ok' });
  });

  test.each(SERVERS)('%s: missing ones are named with the line to run', async (_name, server, login) => {
    expect(
      await verdictFor(server(), ['~*', '&*', '+@all', '-client|pause', '-replicaof', '-psync'], login),
    ).toMatchObject({
      severity: 'blocker',
      message:
        'On carts-old, user `ferry` may not run CLIENT PAUSE, REPLICAOF and PSYNC; needed for the fence, changing roles and replication.',
      hint: 'Give it: `ACL SETUSER ferry +client|pause +replicaof +psync`.',
    });
  });

  test('keys that the user may not read count as missing', async () => {
    const verdict = await verdictFor(source, ['~ferry:*', '~app:*', '+@all']);
    expect(verdict).toMatchObject({ severity: 'blocker', hint: expect.stringContaining('ferry ~* +') });
    expect(verdict?.message).toMatch(/ on all keys; needed for the guard and verification\.$/);
  });

  test('I10 what could not be found out is never fine', async () => {
    const verdict = await verdictFor(source, ['~*', '&*', '+@all', '-acl']);
    expect(verdict).toMatchObject({ severity: 'confirm', message: expect.stringContaining('PSYNC') });
  });

  test('the line to run is all that was missing', async () => {
    const verdict = await verdictFor(source, ['+info', '+ping', '+acl|whoami', '+acl|dryrun', '+multi']);
    const lines = [...(verdict?.hint ?? '').matchAll(/ACL SETUSER ferry ([^`]*)`/g)];
    const missing = lines.flatMap(([, rules = '']) => rules.split(' '));
    const mended = ['+info', '+ping', '+acl|whoami', '+acl|dryrun', '+multi', ...missing];
    expect(await verdictFor(source, mended)).toMatchObject({ severity: 'ok' });
  });

  test('nothing of the trial is ever run', async () => {
    await ask(source, ['CONFIG', 'RESETSTAT']);
    await verdictFor(source, ['~*', '&*', '+@all']);
    const stats = String(await ask(source, ['INFO', 'commandstats']));
    expect(stats).not.toMatch(
      /cmdstat_(replicaof|client\|pause|client\|kill|config\|set|config\|rewrite|psync):calls=[1-9]/,
    );
    expect(capabilitiesOf({ product: 'redis', version: source.version }).can('acl-dryrun')).toBe(true);
  });
});
