// From the facts of a survey to findings and a plan: order, refusal, and the settings that Ferry will change.

import { describe, expect, test } from 'vitest';
import { assess } from '../../../src/migration/assess.ts';
import { CHECKS } from '../../../src/migration/checks/all.ts';
import { count } from '../../../src/migration/finding.ts';
import { aPolicy, type Changes, context, GB, MB } from './sound-facts.ts';

function assessed(...changes: readonly Changes[]) {
  const contexts = changes.map((change) => context(change));
  return assess(
    contexts.map(({ facts }) => facts),
    contexts.map(({ pair }) => pair),
    aPolicy,
  );
}

const UNREACHABLE = { kind: 'unreachable', why: 'timeout', detail: 'it did not answer.' } as const;

describe('assess', () => {
  test('a sound pair gives a plan and every finding', () => {
    const { findings, draft } = assessed({});
    expect(findings).toHaveLength(CHECKS.length);
    expect(count(findings, 'ok')).toBe(CHECKS.length);
    expect(draft).toMatchObject({
      findings,
      predictedFenceMs: 20,
      pairs: [
        {
          source: { runId: 'aaaaaaaaaaaa' },
          target: { runId: 'bbbbbbbbbbbb' },
          sourceUsedMemoryBytes: GB,
          sourceKeys: 1_000,
          dropsKeys: 0,
          settings: [],
          wayBack: { possible: true },
        },
      ],
    });
  });

  test('I5 the plan names exactly the keys that go, over all databases', () => {
    const { findings, draft } = assessed({ target: { keysByDb: { 0: 1_200, 7: 4 } } });
    expect(draft?.pairs[0]?.dropsKeys).toBe(1_204);
    expect(findings[0]).toMatchObject({ check: 'target-keys', severity: 'confirm' });
  });

  test('there is no way back where the old server cannot log in at the new one', () => {
    const { draft } = assessed({
      targetInstance: { passwordRef: 'env:NEW' },
      source: {
        identity: { runId: 'aaaaaaaaaaaa', product: 'redis', version: '5.0.14' },
        replicationAuth: { password: 'empty', user: 'empty', isSendable: true },
      },
    });
    expect(draft?.pairs[0]?.wayBack).toEqual({
      possible: false,
      why: expect.stringContaining(
        'carts-old cannot log in at carts-new as `ferry`: Redis 5.0.14 has one password',
      ),
    });
  });

  test('a blocker refuses, and all of them are told, most severe first', () => {
    const { findings, draft } = assessed({
      source: { sentinels: 3, setting: { 'replica-read-only': 'no' } },
      target: { keysByDb: { 0: 1 }, configFile: '' },
    });
    expect(draft).toBeNull();
    expect(findings).toHaveLength(CHECKS.length);
    const told = findings.filter(({ severity }) => severity !== 'ok');
    expect(told.map(({ check, severity }) => `${severity} ${check}`)).toEqual([
      'blocker sentinels',
      'blocker read-only',
      'confirm target-keys',
      'warning config-file',
    ]);
  });

  test('the same facts give the same findings', () => {
    const changes = { source: { usedMemoryBytes: 9 * GB }, target: { modules: null } };
    expect(assessed(changes)).toEqual(assessed(changes));
  });

  test.each(['source', 'target'] as const)('I10 there is no plan without the %s', (side) => {
    const { findings, draft } = assessed({ [side]: UNREACHABLE });
    expect(draft).toBeNull();
    expect(findings[0]).toMatchObject({ check: 'reachable', severity: 'blocker' });
  });

  test('each pair is judged, and one blocker refuses all', () => {
    expect(assessed({}, {}).draft?.pairs).toHaveLength(2);
    const { findings, draft } = assessed({}, { target: { mode: 'cluster' } });
    expect(draft).toBeNull();
    expect(findings).toHaveLength(2 * CHECKS.length);
  });

  test('facts of a pair cannot be left out', () => {
    const { pair, facts } = context();
    expect(() => assess([facts], [pair, pair], aPolicy)).toThrow(RangeError);
    expect(() => assess([facts, facts], [pair], aPolicy)).toThrow(RangeError);
  });
});

describe('settings in the plan', () => {
  test('I12 what is too small is raised on the side that needs it, with the reason', () => {
    const { findings, draft } = assessed({
      source: { usedMemoryBytes: 4.4 * GB, inputBytesPerSecond: 4 * MB, latestForkUs: 90_000 },
      target: { setting: { 'repl-backlog-size': String(MB) } },
    });
    expect(draft?.pairs[0]?.settings).toEqual([
      {
        pair: 0,
        side: 'source',
        name: 'client-output-buffer-limit',
        to: { text: `${2 * GB} ${2 * GB} 60` },
        why: 'writes during about 3 min of sync need 1.3 GB',
      },
      {
        pair: 0,
        side: 'source',
        name: 'repl-backlog-size',
        to: { text: String(512 * MB) },
        why: 'a broken link during the sync goes on without a new snapshot',
      },
      {
        pair: 0,
        side: 'target',
        name: 'repl-backlog-size',
        to: { text: String(512 * MB) },
        why: 'the way back survives a broken link',
      },
    ]);
    const warned = findings.filter(({ severity }) => severity === 'warning').map(({ check }) => check);
    expect(warned).toEqual(['output-buffer', 'backlog']);
  });

  test('I12 timeouts are raised on both sides where the sync is long', () => {
    const short = { setting: { 'repl-timeout': '60' } };
    const { draft } = assessed({ source: { usedMemoryBytes: 4.4 * GB, ...short }, target: short });
    const why = 'about 3 min of sync may be quiet for longer than 60 s';
    expect(draft?.pairs[0]?.settings).toEqual([
      { pair: 0, side: 'source', name: 'repl-timeout', to: { text: '360' }, why },
      { pair: 0, side: 'target', name: 'repl-timeout', to: { text: '360' }, why },
    ]);
  });

  test('the new server is given time before a full resync, where the old one can follow it', () => {
    const quick = { 'repl-diskless-sync': 'no', 'repl-diskless-sync-delay': '0' };
    const names = (version: string) =>
      assessed({
        source: { identity: { runId: 'aaaaaaaaaaaa', product: 'redis', version } },
        target: { setting: quick },
      }).draft?.pairs[0]?.settings.map(({ side, name, to }) => [side, name, to]);
    expect(names('4.0.14')).toEqual([
      ['target', 'repl-diskless-sync', { text: 'yes' }],
      ['target', 'repl-diskless-sync-delay', { text: '5' }],
    ]);
    expect(names('3.2.13')).toEqual([]);
  });

  test('what a version does not have is not set', () => {
    const old = {
      identity: { runId: 'process-7-100', product: 'redis', version: '2.4.16' } as const,
      inputBytesPerSecond: null,
      opsPerSecond: 50_000,
      setting: { 'client-output-buffer-limit': '', 'repl-backlog-size': '', 'repl-timeout': '' },
    };
    const { draft } = assessed({ source: old, target: { setting: { 'repl-backlog-size': String(MB) } } });
    expect(draft?.pairs[0]?.settings).toEqual([]);
  });

  test('each side speaks on the link what the other one listens for', () => {
    const speaks = { caRef: null, servername: null };
    const { draft } = assessed({ sourceInstance: { tls: speaks }, targetInstance: { tls: speaks } });
    expect(draft?.pairs[0]?.settings.map(({ side, name, to }) => [side, name, to])).toEqual([
      ['source', 'tls-replication', { text: 'yes' }],
      ['target', 'tls-replication', { text: 'yes' }],
    ]);
  });

  test('nothing is raised where it is enough, and a backlog never above 1 GB', () => {
    expect(assessed({}).draft?.pairs[0]?.settings).toEqual([]);
    const heavy = assessed({ source: { inputBytesPerSecond: 100 * MB, systemMemoryBytes: 512 * GB } });
    const backlogs = heavy.draft?.pairs[0]?.settings.filter(({ name }) => name === 'repl-backlog-size');
    expect(backlogs?.map(({ to }) => to)).toEqual([{ text: String(GB) }, { text: String(GB) }]);
  });

  test('a second pair carries its own number', () => {
    const small: Changes = { source: { setting: { 'repl-backlog-size': String(MB) } } };
    const { draft } = assessed({}, small);
    expect(draft?.pairs[1]?.settings.map(({ pair }) => pair)).toEqual([1]);
  });
});
