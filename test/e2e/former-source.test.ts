// I2: the server that gave its writes away keeps its data, whatever becomes of the one that took them.

import { expect, it, onTestFinished } from 'vitest';
import { ask } from '../../src/sandbox/load/resp.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { type LoadedPair, startLoadedPair } from '../support/loaded-pair.ts';
import { until } from '../support/until.ts';

it('I2 a restarted target cannot empty the old source: that one is taken off, and why is told', {
  timeout: 90_000,
}, async () => {
  const { pair, uid } = await watching();
  await pair.target.restart('SIGKILL');
  await takenOff(pair);
  expect(Number((await ask(pair.at.old, [['EXISTS', 'a', 'b']]))[0])).toBe(2);
  const closed = (await pair.said(uid)).find((body) => body.kind === 'way-back-closed');
  expect(closed?.why).toContain('carts-new was restarted');
});

it.runIf(FULL_RUN)('I2 nor while a question waits for its answer', { timeout: 90_000 }, async () => {
  const { pair, uid } = await watching();
  await ask(pair.at.new, [['REPLICAOF', '127.0.0.1', '1']]);
  await pair.reaches(uid, 'needs-human');
  await pair.target.restart('SIGKILL');
  await takenOff(pair);
  expect(Number((await ask(pair.at.old, [['EXISTS', 'a', 'b']]))[0])).toBe(2);
});

it('I1 I10 restarted as a primary while no worker looks, it is parked, and a save does not hide its writes', {
  timeout: 90_000,
}, async () => {
  const { pair, uid } = await watching();
  await pair.stopWorker();
  await pair.source.restart('SIGTERM');
  await ask(pair.at.old, [['SET', 'written-to-the-old-one', '1']]);
  // A save in the second of the start could not be told from the start.
  await until(
    async () => {
      await ask(pair.at.old, [['SAVE']]);
      return /uptime_in_seconds:[2-9]/.test(String(await ask(pair.at.old, [['INFO', 'server']])));
    },
    { what: 'a save after the start', everyMs: 200 },
  );
  await pair.startWorker();
  const { state } = await pair.reaches(uid, 'needs-human');
  if (state.phase !== 'needs-human') throw new Error('unreachable');
  expect(state.question).toContain('may have taken writes');
  expect(state.facts.join(' ')).toContain('cannot be told');
  await takenOff(pair);
  expect(await ask(pair.at.old, [['EXISTS', 'written-to-the-old-one']])).toEqual([1]);
});

async function watching(): Promise<{ readonly pair: LoadedPair; readonly uid: string }> {
  const pair = await startLoadedPair({
    source: 'redis-7.0',
    target: 'redis-8.0',
    // As by default: the time between asking for a full resync and its first byte.
    settings: { 'repl-diskless-sync-delay': '5' },
  });
  onTestFinished(() => pair.stop());
  await ask(pair.at.old, [['MSET', 'a', '1', 'b', '2']]);
  const uid = await pair.follow();
  await pair.cutOver(uid);
  await until(async () => String((await ask(pair.at.old, [['ROLE']]))[0]).includes('connected'), {
    what: 'the old source follows',
  });
  return { pair, uid };
}

async function takenOff(pair: LoadedPair): Promise<void> {
  await until(async () => String((await ask(pair.at.old, [['ROLE']]))[0]).startsWith('slave,127.0.0.1,1,'), {
    what: 'the old source is parked',
    deadlineMs: 15_000,
  });
}
