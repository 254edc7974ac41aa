// Ferry against what it is built on, in the same run on the same machine: read the ratios, not the figures.

import { afterAll, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/compose.ts';
import { infoText, parseInfo } from '../../src/redis/info.ts';
import { createVerifier } from '../../src/redis/reader/verifier.ts';
import type { Command } from '../../src/redis/wire/command.ts';
import type { WireConnection } from '../../src/redis/wire/connection.ts';
import { listOf } from '../../src/redis/wire/reply.ts';
import { fill } from '../../src/sandbox/load/fill.ts';
import { type Address, ask } from '../../src/sandbox/load/resp.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { percentile } from '../e2e/under-load-table.ts';
import { replicate } from '../support/by-hand.ts';
import { wireTo } from '../support/data.ts';
import { loadThread } from '../support/load-thread.ts';
import { type LoadedPair, startLoadedPair } from '../support/loaded-pair.ts';
import { startRig } from '../support/rig.ts';
import { until } from '../support/until.ts';
import { type Figure, publish } from './figures.ts';

const KEYS = 400_000;
const VERIFIED_KEYS = 60_000;
const ROUNDS = 5;
const AT_REST_MS = 20_000;
const SLACK_MS = 30_000;

const figures: Figure[] = [];
afterAll(() => publish(figures, process.env['FERRY_BENCH_JSON']));

async function pairOf(): Promise<LoadedPair> {
  const pair = await startLoadedPair({ source: 'redis-7.0', target: 'redis-8.0' });
  onTestFinished(() => pair.stop());
  return pair;
}

it('sync: until caught up', async () => {
  const pair = await pairOf();
  await fill(pair.at.old, KEYS);
  const bareMs = await took(async () => {
    await replicate(pair);
  });
  await ask(pair.at.new, [['REPLICAOF', 'NO', 'ONE'], ['FLUSHALL']]);
  const uid = await pair.plan();
  const ferryMs = await took(async () => {
    await pair.wish(uid, 'start-requested');
    await pair.reaches(uid, 'following');
  });
  figures.push({
    what: `sync of ${KEYS.toLocaleString('en-US')} keys`,
    unit: 'ms',
    ferry: ferryMs,
    bare: bareMs,
    note: 'REPLICAOF by hand until offsets are equal; Ferry from Start until it follows (three proofs in a row)',
  });
});

it('cutover: the gap of a writer who knows both addresses', async () => {
  const pair = await pairOf();
  const ferry: number[] = [];
  const fences: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const byFerry = await gap(pair, `ferry${round}`, async () => {
      const uid = await pair.follow();
      return async () => {
        const { state } = await pair.cutOver(uid);
        if (state.phase === 'watching') fences.push(state.outcome.fenceTimeMs ?? Number.NaN);
        return async () => {
          await pair.wish(uid, 'complete-requested');
          await pair.reaches(uid, 'completed');
        };
      };
    });
    ferry.push(byFerry);
    const byHand = await gap(pair, `hand${round}`, async () => {
      await replicate(pair);
      return async () => {
        await ask(pair.at.old, [['FAILOVER']]);
        return async () => undefined;
      };
    });
    bare.push(byHand);
  }
  const under = `median of ${ROUNDS} under 2,000 writes a second; bare: FAILOVER`;
  figures.push(
    { what: 'cutover, gap of a writer', unit: 'ms', ferry: half(ferry), bare: half(bare), note: under },
    {
      what: 'cutover, longest gap',
      unit: 'ms',
      ferry: Math.max(...ferry),
      bare: Math.max(...bare),
      note: `of ${ROUNDS}`,
    },
    { what: 'cutover, fence time', unit: 'ms', ferry: half(fences), bare: null, note: 'as Ferry reports it' },
  );
});

it('verification: keys a second', async () => {
  const pair = await pairOf();
  await fill(pair.at.old, VERIFIED_KEYS);
  const uid = await pair.follow();
  const { pairs } = await pair.record(uid);
  const [first] = pairs;
  if (first === undefined) throw new Error('a migration without pairs');
  const verify = async (keysPerSecond: number): Promise<number> => {
    const verifier = createVerifier({
      secrets: { resolve: async () => '' },
      logger: createLogger({ level: 'error' }),
      clock: systemClock,
      random: Math.random,
      keysPerSecond,
      sampleKeys: VERIFIED_KEYS * 2,
    });
    const signal = new AbortController().signal;
    let compared = 0;
    const ms = await took(async () => {
      const result = await verifier.verify(first, 'sample', {
        pace: 'fast',
        signal,
        onProgress: () => undefined,
      });
      compared = result.comparedKeys;
      expect(result.differenceCount).toBe(0);
    });
    return (compared / ms) * 1_000;
  };
  const bare = await scanAndDump(pair);
  figures.push(
    {
      what: 'verification, as fast as it can',
      unit: 'keys/s',
      ferry: await verify(Number.MAX_SAFE_INTEGER),
      bare,
      note: 'bare: SCAN, then DUMP and PTTL pipelined from both, nothing compared; more is better',
    },
    {
      what: 'verification, as it runs',
      unit: 'keys/s',
      ferry: await verify(20_000),
      bare: null,
      note: 'rate limited on the source',
    },
  );
});

it('at rest: what following costs the source', async () => {
  const pair = await pairOf();
  await fill(pair.at.old, 20_000);
  await pair.follow();
  const withFerry = await usage(pair.at.old);
  await pair.stopWorker();
  const without = await usage(pair.at.old);
  figures.push(
    {
      what: 'CPU of the source at rest',
      unit: '% of a core',
      ferry: withFerry.cpu,
      bare: without.cpu,
      note: `over ${AT_REST_MS / 1_000} s; bare: the target follows, no Ferry`,
    },
    {
      what: 'commands of the source at rest',
      unit: 'a second',
      ferry: withFerry.commands,
      bare: without.commands,
      note: withFerry.most,
    },
  );
});

it('Slack: calls a minute', async () => {
  const rig = await startRig({ sourceOptions: { settings: { 'repl-diskless-sync-delay': '0' } } });
  onTestFinished(() => rig.stop());
  const startedMs = performance.now();
  await rig.type('/redis migrate carts-old carts-new');
  await rig.press('U0BEN', 'ferry.start');
  await rig.offering('ferry.approve');
  const busy = (rig.slack.calls().length / (performance.now() - startedMs)) * 60_000;
  const before = rig.slack.calls().length;
  await new Promise((resolve) => setTimeout(resolve, SLACK_MS));
  const rest = ((rig.slack.calls().length - before) / SLACK_MS) * 60_000;
  figures.push(
    { what: 'Slack calls, from the command to Approve', unit: 'a minute', ferry: busy, bare: null, note: '' },
    { what: 'Slack calls, following at rest', unit: 'a minute', ferry: rest, bare: null, note: '' },
  );
});

async function took(act: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await act();
  return performance.now() - startedMs;
}

function half(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Prepares under load, switches, and gives the longest gap of a writer over the switch, ms. */
async function gap(
  pair: LoadedPair,
  prefix: string,
  prepare: () => Promise<() => Promise<() => Promise<void>>>,
): Promise<number> {
  await pair.reset();
  await fill(pair.at.old, 5_000);
  const load = await loadThread({ ...pair.at, prefix });
  try {
    const change = await prepare();
    await load.resetGaps();
    const { acknowledged } = await load.figures();
    await until(async () => (await load.figures()).acknowledged > acknowledged + 1_000, { what: 'a load' });
    const finish = await change();
    await until(
      async () => {
        const { holder, byNew } = await load.figures();
        return holder === 'new' && byNew > 1_000;
      },
      { what: 'writes on the new side', deadlineMs: 60_000 },
    );
    const { switchGapMs } = await load.figures();
    await finish();
    return switchGapMs ?? Number.NaN;
  } finally {
    await load.stop();
  }
}

/** Every key's DUMP and PTTL from both servers, pipelined; keys a second. */
async function scanAndDump(pair: LoadedPair): Promise<number> {
  const sides = await Promise.all([wireTo(pair.at.old.port), wireTo(pair.at.new.port)]);
  const [source] = sides;
  let cursor = '0';
  let keys = 0;
  const ms = await took(async () => {
    do {
      const page = await scan(source, cursor);
      cursor = page.cursor;
      keys += page.keys.length;
      const reads = page.keys.flatMap((key): Command[] => [
        ['DUMP', key],
        ['PTTL', key],
      ]);
      await Promise.all(sides.map((side) => side.send(reads, () => undefined)));
    } while (cursor !== '0');
  });
  for (const side of sides) side.close();
  return (keys / ms) * 1_000;
}

async function scan(source: WireConnection, from: string): Promise<{ cursor: string; keys: Buffer[] }> {
  let cursor = '0';
  const keys: Buffer[] = [];
  await source.send([['SCAN', from, 'COUNT', 1_000]], (reply) => {
    const [next, found] = listOf(reply);
    cursor = String(next);
    for (const key of listOf(found)) if (Buffer.isBuffer(key)) keys.push(key);
  });
  return { cursor, keys };
}

interface Usage {
  /** Percent of a core. */
  readonly cpu: number;
  /** A second. */
  readonly commands: number;
  /** The commands that were run most, in words. */
  readonly most: string;
}

async function usage(at: Address): Promise<Usage> {
  const before = await counters(at);
  await new Promise((resolve) => setTimeout(resolve, AT_REST_MS));
  const after = await counters(at);
  const seconds = AT_REST_MS / 1_000;
  const calls = [...after.calls]
    .map(([name, count]) => ({ name, perSecond: (count - (before.calls.get(name) ?? 0)) / seconds }))
    .filter(({ perSecond }) => perSecond > 0)
    .sort((a, b) => b.perSecond - a.perSecond);
  return {
    cpu: ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100,
    commands: calls.reduce((sum, { perSecond }) => sum + perSecond, 0),
    most: calls
      .slice(0, 5)
      .map(({ name, perSecond }) => `${name} ${perSecond.toFixed(1)}`)
      .join(', '),
  };
}

async function counters(at: Address) {
  const [cpu, stats] = await ask(at, [
    ['INFO', 'cpu'],
    ['INFO', 'commandstats'],
  ]);
  const info = parseInfo(String(cpu));
  const cpuSeconds =
    Number(infoText(info, 'used_cpu_sys') ?? Number.NaN) +
    Number(infoText(info, 'used_cpu_user') ?? Number.NaN);
  const calls = new Map(
    [...String(stats).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(
      ([, name = '', count]) => [name, Number(count)] as const,
    ),
  );
  return { cpuSeconds, calls };
}
