// The accounting finds what is planted: a lost write, a write on the wrong side, a second writer. It invents nothing.

import { expect, onTestFinished, test } from 'vitest';
import { fill } from '../../../src/sandbox/load/fill.ts';
import { type Load, type LoadOptions, startLoad } from '../../../src/sandbox/load/load.ts';
import { type Address, ask } from '../../../src/sandbox/load/resp.ts';
import type { RunningServer } from '../../../src/sandbox/servers/start.ts';
import { server } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

function load(options: LoadOptions): Load {
  const started = startLoad({ perSecond: 2_000, ...options });
  onTestFinished(() => started.stop());
  return started;
}

const at = (running: RunningServer): Address => ({ host: running.host, port: running.port });

async function pairOfServers(): Promise<{ old: RunningServer; fresh: RunningServer }> {
  return { old: await server('redis-7.0'), fresh: await server('redis-8.0') };
}

async function follow(replica: RunningServer, primary: RunningServer): Promise<void> {
  await ask(at(replica), [['REPLICAOF', primary.host, String(primary.port)]]);
  await until(async () => String(await info(replica)).includes('master_link_status:up'), {
    what: 'the replica follows',
  });
}

async function info(of: RunningServer): Promise<string> {
  return String((await ask(at(of), [['INFO', 'replication']]))[0]);
}

async function acknowledged(by: Load, atLeast: number): Promise<void> {
  await until(async () => (await by.figures()).acknowledged >= atLeast, {
    what: `${atLeast} acknowledged writes`,
  });
}

test('a quiet run has nothing lost, nothing on a wrong side, nothing uncertain', async () => {
  const { old, fresh } = await pairOfServers();
  const writers = load({ old: at(old), new: at(fresh) });
  const began = performance.now();
  await acknowledged(writers, 2_000);
  expect(performance.now() - began).toBeGreaterThan(700);
  await writers.stop();
  const result = await writers.account(at(old));
  expect(result).toMatchObject({
    lost: 0,
    wrongSide: 0,
    uncertain: 0,
    refused: 0,
    byNew: 0,
    twoWriters: null,
  });
  expect(result.byOld).toBe(result.acknowledged);
});

test('a storm is as many times the writes as it was told', async () => {
  const { old, fresh } = await pairOfServers();
  const writers = load({ old: at(old), new: at(fresh), perSecond: 100 });
  await writers.setPace(20);
  // A hundred a second would take five times as long as anybody waits for them here.
  await acknowledged(writers, 5_000);
  await writers.stop();
  expect(await writers.account(at(old))).toMatchObject({ lost: 0, wrongSide: 0 });
});

test('a number that is gone is found by its name', async () => {
  const { old, fresh } = await pairOfServers();
  const writers = load({ old: at(old), new: at(fresh) });
  await acknowledged(writers, 500);
  await writers.stop();
  await ask(at(old), [
    ['SETBIT', 'load:plain-1:0', '17', '0'],
    ['SETBIT', 'load:lua-3:0', '101', '0'],
  ]);
  const result = await writers.account(at(old));
  expect(result.lost).toBe(2);
  expect(result.lostExamples).toEqual([
    { writer: 'plain-1', number: 17 },
    { writer: 'lua-3', number: 101 },
  ]);
});

test('a server without any of it has lost everything', async () => {
  const { old, fresh } = await pairOfServers();
  const writers = load({ old: at(old), new: at(fresh) });
  await acknowledged(writers, 300);
  await writers.stop();
  const result = await writers.account(at(fresh));
  expect(result.lost).toBe(result.acknowledged);
});

test('a clean switch moves every writer, and the one that stays is refused the whole time', async () => {
  const { old, fresh } = await pairOfServers();
  const writers = load({ old: at(old), new: at(fresh), stays: { kind: 'multi', forMs: 1_000 } });
  await acknowledged(writers, 300);
  await follow(fresh, old);
  await writers.watchSides();
  await switchOver(old, fresh);
  await until(async () => (await writers.figures()).stayingOn === 'old', { what: 'one stays' });
  await until(async () => (await writers.figures()).stayingOn === null, { what: 'it leaves' });
  const before = await writers.figures();
  await acknowledged(writers, before.acknowledged + 500);
  await writers.stop();
  const result = await writers.account(at(fresh));
  expect(result).toMatchObject({ lost: 0, wrongSide: 0, twoWriters: 0, uncertain: 0 });
  expect(result.refusedWhileStaying).toBeGreaterThan(50);
  expect(result.switchGapMs).toBeGreaterThan(0);
  expect(result.switchGapMs).toBeLessThanOrEqual(result.longestGapMs);
});

test('a way back is no wrong side when it was announced', async () => {
  const { old, fresh } = await pairOfServers();
  const writers = load({ old: at(old), new: at(fresh) });
  await acknowledged(writers, 200);
  await follow(fresh, old);
  await switchOver(old, fresh);
  await until(async () => (await writers.figures()).byNew > 100, { what: 'writes on the new side' });
  await until(async () => (await info(old)).includes('master_link_status:up'), {
    what: 'the old side follows',
  });
  await writers.expectSwitch('old');
  const { byOld } = await writers.figures();
  await switchOver(fresh, old);
  await until(async () => (await writers.figures()).byOld > byOld + 100, { what: 'writes on the old side' });
  await writers.stop();
  expect(await writers.account(at(old))).toMatchObject({ lost: 0, wrongSide: 0 });
});

test('writes accepted by the old side after the new one took over are found', async () => {
  const { old, fresh } = await pairOfServers();
  const writers = load({ old: at(old), new: at(fresh), stays: { kind: 'lua', forMs: 30_000 } });
  await acknowledged(writers, 300);
  await follow(fresh, old);
  await writers.watchSides();
  await switchOver(old, fresh);
  await until(async () => (await writers.figures()).byNew > 100, { what: 'writes on the new side' });
  expect(await writers.figures()).toMatchObject({ wrongSide: 0, twoWriters: 0 });
  await ask(at(old), [['REPLICAOF', 'NO', 'ONE']]);
  await until(async () => (await writers.figures()).wrongSide > 0, { what: 'the wrong side to be noticed' });
  await until(async () => ((await writers.figures()).twoWriters ?? 0) > 0, {
    what: 'two writers to be noticed',
  });
  const { wrongSideExamples } = await writers.figures();
  expect(wrongSideExamples[0]).toMatchObject({ side: 'old', writer: 'lua-3' });
  await writers.stop();
  expect((await writers.account(at(fresh))).lost).toBeGreaterThan(0);
});

test('a write whose reply was lost is uncertain, neither acknowledged nor lost', async () => {
  const { old, fresh } = await pairOfServers();
  const writers = load({ old: at(old), new: at(fresh) });
  await acknowledged(writers, 200);
  // Stopped, it takes what is sent and answers nobody; killed, it never will.
  old.pause();
  let before = -1;
  await until(
    async () => {
      const now = (await writers.figures()).acknowledged;
      const isStill = now === before;
      before = now;
      return isStill;
    },
    { what: 'every writer to wait for a reply', everyMs: 50 },
  );
  await old.restart('SIGKILL');
  const { uncertain } = await until(
    async () => {
      const figures = await writers.figures();
      return figures.uncertain > 0 && figures;
    },
    { what: 'uncertain writes' },
  );
  expect(uncertain).toBeLessThan(200);
  expect((await writers.figures()).byNew).toBe(0);
});

test('the fill makes as many keys as it was asked for, of every ordinary type', async () => {
  const old = await server('redis-7.0');
  await fill(at(old), 10_000);
  const [size] = await ask(at(old), [['DBSIZE']]);
  expect(size).toBe(10_000);
  const types = await ask(
    at(old),
    ['cart:0', 'session:1', 'customer:2', 'queue:3', 'tags:4', 'ranking:5', 'counter:6', 'events:7'].map(
      (key) => ['TYPE', key],
    ),
  );
  expect(types).toEqual(['string', 'string', 'hash', 'list', 'set', 'zset', 'string', 'stream']);
});

/** By hand, as the cutover does it: fence, final offset, demote, promote with it. */
async function switchOver(from: RunningServer, to: RunningServer): Promise<void> {
  const offsetOf = (text: string, name: string): number =>
    Number(new RegExp(`${name}:(\\d+)`).exec(text)?.[1] ?? Number.NaN);
  await ask(at(from), [['CLIENT', 'PAUSE', '2000', 'WRITE']]);
  const final = offsetOf(await info(from), 'master_repl_offset');
  await until(async () => offsetOf(await info(to), 'slave_repl_offset') >= final, {
    what: 'the final offset',
    everyMs: 1,
  });
  await ask(at(from), [['REPLICAOF', to.host, String(to.port)]]);
  await ask(at(to), [['REPLICAOF', 'NO', 'ONE']]);
  await ask(at(from), [['CLIENT', 'UNPAUSE']]);
}
