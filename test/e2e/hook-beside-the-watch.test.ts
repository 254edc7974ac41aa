// A hook may take minutes. Meanwhile the watch goes on: the old server's data is guarded, and clicks are followed.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ask } from '../../src/sandbox/load/resp.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { type LoadedPair, startLoadedPair } from '../support/loaded-pair.ts';
import { until } from '../support/until.ts';

it('I2 while the switch hook runs, a restarted target cannot empty the old source', {
  timeout: 90_000,
}, async () => {
  const { pair, uid, calls } = await cutOver();
  await until(async () => (await calls()).length === 1, { what: 'the hook was called' });
  await pair.target.restart('SIGKILL');
  await isParked(pair, 'old');
  expect(await ask(pair.at.old, [['EXISTS', 'a', 'b', 'c', 'd']])).toEqual([4]);
  expect((await pair.record(uid)).state).toMatchObject({ phase: 'watching', switchHook: null });
});

it('a revert is followed while the switch hook runs; the hook of the revert comes after it', {
  timeout: 90_000,
}, async () => {
  const { pair, uid, calls, release } = await cutOver();
  await until(async () => String((await ask(pair.at.old, [['ROLE']]))[0]).includes('connected'), {
    what: 'the old server follows',
  });
  await pair.wish(uid, 'revert-requested');
  await pair.reaches(uid, 'reverting');
  await until(async () => String((await ask(pair.at.old, [['ROLE']]))[0]).startsWith('master'), {
    what: 'the writes are back',
  });
  await isParked(pair, 'new');
  expect(await calls()).toMatchObject([{ event: 'switch', writesGoTo: 'target' }]);
  await release();
  await pair.reaches(uid, 'reverted');
  expect(await calls()).toMatchObject([{ writesGoTo: 'target' }, { writesGoTo: 'source' }]);
  const [first, second] = await calls();
  expect(first?.['idempotencyKey']).not.toBe(second?.['idempotencyKey']);
  const told = (await pair.said(uid)).filter((body) => body.kind === 'hook-ran');
  expect(told.map((body) => body.kind === 'hook-ran' && body.outcome.detail)).toEqual(['exit 0', 'exit 0']);
});

it.runIf(FULL_RUN)(
  'Complete waits for the switch hook, parks nothing less, and its outcome is in the record',
  {
    timeout: 90_000,
  },
  async () => {
    const { pair, uid, release } = await cutOver();
    await pair.wish(uid, 'complete-requested');
    await isParked(pair, 'old');
    expect((await pair.record(uid)).state.phase).toBe('watching');
    await release();
    const { state } = await pair.reaches(uid, 'completed');
    expect(state).toMatchObject({ switchHook: { hook: 'switch', ok: true, detail: 'exit 0' } });
  },
);

it.runIf(FULL_RUN)(
  'I8 a successor calls a hook that nobody saw end once more, with the same key',
  {
    timeout: 90_000,
  },
  async () => {
    const { pair, uid, calls, release } = await cutOver();
    await until(async () => (await calls()).length === 1, { what: 'the hook was called' });
    await pair.stopWorker();
    await pair.startWorker();
    await until(async () => (await calls()).length === 2, {
      what: 'it was called again',
      deadlineMs: 30_000,
    });
    await release();
    await until(
      async () => {
        const { state } = await pair.record(uid);
        return state.phase === 'watching' && state.switchHook?.ok === true;
      },
      { what: 'its outcome is recorded' },
    );
    const keys = new Set((await calls()).map(({ idempotencyKey }) => idempotencyKey));
    expect(keys.size).toBe(1);
  },
);

/** Watching, under a hook that ends when it is released. */
async function cutOver() {
  const folder = await mkdtemp(join(tmpdir(), 'ferry-hook-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const log = join(folder, 'calls');
  const gate = join(folder, 'released');
  const script = `read -r call; echo "$call" >> ${log}; while [ ! -e ${gate} ]; do sleep 0.1; done`;
  const program = join(folder, 'switch');
  await writeFile(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const pair = await startLoadedPair({
    source: 'redis-7.0',
    target: 'redis-8.0',
    // As by default: the time between asking for a full resync and its first byte.
    settings: { 'repl-diskless-sync-delay': '5' },
    hooks: [`  switch: { command: ['${program}'], timeout: 60s }`],
  });
  onTestFinished(async () => {
    await writeFile(gate, '');
    await pair.stop();
  });
  await ask(pair.at.old, [['MSET', 'a', '1', 'b', '2', 'c', '3', 'd', '4']]);
  const uid = await pair.follow();
  await pair.cutOver(uid);
  const calls = async (): Promise<readonly Record<string, unknown>[]> => {
    const lines = (await readFile(log, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line));
  };
  return { pair, uid, calls, release: () => writeFile(gate, '') };
}

async function isParked({ at }: LoadedPair, side: 'old' | 'new'): Promise<void> {
  await until(async () => String((await ask(at[side], [['ROLE']]))[0]).startsWith('slave,127.0.0.1,1,'), {
    what: `the ${side} server is parked`,
    deadlineMs: 15_000,
  });
}
