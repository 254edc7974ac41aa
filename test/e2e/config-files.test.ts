// I1, I12: what a config file says at the end is what a restart brings back: the roles of the end, and the
// settings of before.

import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Address, ask } from '../../src/sandbox/load/resp.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { type LoadedPair, startLoadedPair } from '../support/loaded-pair.ts';
import { until } from '../support/until.ts';

it('I1 I12 after revert a restart brings back the old roles and settings', { timeout: 90_000 }, async () => {
  const { pair, uid } = await watching();
  await pair.wish(uid, 'revert-requested');
  await pair.reaches(uid, 'reverted');
  await restarted(pair);
  expect(await roleOf(pair.at.old)).toBe('master');
  expect(await ask(pair.at.old, [['SET', 'after-the-restart', '1']])).toEqual(['OK']);
  expect(await roleOf(pair.at.new)).toBe('slave');
  await hasSettingsOfBefore(pair);
});

it('I1 I12 after complete a restart brings back the new roles and the old settings', {
  timeout: 90_000,
}, async () => {
  const { pair, uid } = await watching();
  await pair.wish(uid, 'complete-requested');
  await pair.reaches(uid, 'completed');
  await restarted(pair);
  expect(await roleOf(pair.at.old)).toBe('slave');
  expect(await roleOf(pair.at.new)).toBe('master');
  await hasSettingsOfBefore(pair);
});

it('I13 a config file that cannot be written at the end is told, with the line that belongs into it', {
  timeout: 90_000,
}, async () => {
  const { pair, uid } = await watching();
  const file = join(pair.source.dir, 'redis.conf');
  await rm(file);
  // Whoever runs this may be root, whom no permission stops.
  await mkdir(file);
  await pair.wish(uid, 'complete-requested');
  const { state } = await pair.reaches(uid, 'completed');
  const told = state.phase === 'completed' ? state.leftToDo.join(' ') : '';
  expect(told).toContain('carts-old');
  expect(told).toContain('`replicaof 127.0.0.1 1`');
});

/** Cut over, with the roles of the cutover in both config files. */
async function watching(): Promise<{ readonly pair: LoadedPair; readonly uid: string }> {
  const pair = await startLoadedPair({
    source: 'redis-7.0',
    target: 'redis-8.0',
    configFile: true,
    passwords: { source: 'of the source', target: 'of the target' },
  });
  onTestFinished(() => pair.stop());
  await ask(pair.at.old, [['MSET', 'a', '1', 'b', '2']]);
  const uid = await pair.follow();
  expect((await pair.record(uid)).ledger).not.toEqual([]);
  await pair.cutOver(uid);
  await until(async () => (await configOf(pair.source)).includes('replicaof'), {
    what: 'the roles are kept',
  });
  return { pair, uid };
}

/** As CONFIG REWRITE left it. */
function configOf({ dir }: RunningServer): Promise<string> {
  return readFile(join(dir, 'redis.conf'), 'utf8');
}

async function restarted({ source, target }: LoadedPair): Promise<void> {
  for (const server of [source, target]) await server.restart('SIGTERM');
}

async function hasSettingsOfBefore({ at }: LoadedPair): Promise<void> {
  for (const server of [at.old, at.new]) {
    for (const [name, value] of [
      ['masterauth', ''],
      ['repl-backlog-size', '1048576'],
    ] as const) {
      expect(String((await ask(server, [['CONFIG', 'GET', name]]))[0])).toBe(`${name},${value}`);
    }
  }
}

async function roleOf(at: Address): Promise<string> {
  const [role] = await ask(at, [['ROLE']]);
  return Array.isArray(role) ? String(role[0]) : '';
}
