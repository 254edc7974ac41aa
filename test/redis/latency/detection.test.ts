// Stalls of a known kind, start and length are put upon a server: every one is found, as long as it was, with its
// cause where one can be known, and none is found that was not there.

import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Cause } from '../../../src/migration/latency/cause.ts';
import type { Stall } from '../../../src/migration/latency/reading.ts';
import type { RunningServer } from '../../../src/sandbox/servers/start.ts';
import { seeded, wireTo } from '../../support/data.ts';
import { FULL_RUN } from '../../support/full-run.ts';
import { type HeldLink, heldLink } from '../../support/held-link.ts';
import { startRawPinger } from '../../support/raw-pinger.ts';
import { server } from '../../support/servers.ts';
import { until } from '../../support/until.ts';
import {
  busyScript,
  DEBUG_ON,
  debugSleep,
  Heard,
  holdUp,
  type Injected,
  instanceAt,
  isAsLong,
  isSeenBy,
  overlaps,
  probesOver,
  scriptSpeed,
  stopFor,
} from './probe-rig.ts';

/** The full run takes all of the range; the sample what a busy machine cannot blur. */
const RUN = FULL_RUN
  ? { count: 200, shortestMs: 20, longestMs: 2_000, stallMs: 10, keys: 500_000, seed: 4 }
  : { count: 12, shortestMs: 60, longestMs: 500, stallMs: 30, keys: 0, seed: 4 };
const VALUE_BYTES = 3_000;
const KINDS = ['script', 'sleep', 'stop', 'proxy', ...(FULL_RUN ? (['fork'] as const) : [])] as const;
type Kind = (typeof KINDS)[number];

/** What is known of each kind; null: nothing can be. */
const CAUSES: Readonly<Record<Kind, ((cause: Cause) => boolean) | null>> = {
  script: (cause) => cause.kind === 'slow-command' && cause.command === 'EVAL',
  sleep: (cause) => cause.kind === 'slow-command' && cause.command === 'DEBUG SLEEP',
  fork: (cause) => cause.kind === 'fork',
  proxy: (cause) => cause.kind === 'network',
  stop: null,
};

interface Case extends Injected {
  readonly kind: Kind;
  /** How long it keeps the machine busy besides: a snapshot is written long after its fork. */
  readonly busyMs?: number;
}

/** What stalls are put upon, and how. */
interface Bench {
  readonly target: RunningServer;
  readonly link: HeldLink;
  readonly turnsPerMs: number;
}

interface Found extends Case {
  readonly found: Stall;
}

async function put(kind: Kind, ms: number, { target, link, turnsPerMs }: Bench): Promise<Case> {
  switch (kind) {
    case 'script':
      return { kind, ...(await holdUp(target.port, busyScript(ms * turnsPerMs))) };
    case 'sleep':
      return { kind, ...(await holdUp(target.port, debugSleep(ms))) };
    case 'stop':
      return { kind, ...(await stopFor(target, ms)) };
    case 'fork':
      return { kind, ...(await fork(target)) };
    case 'proxy': {
      const startedAt = Date.now();
      const startedMs = performance.now();
      link.hold();
      await delay(ms);
      link.letGo();
      return { kind, startedAt, lengthMs: performance.now() - startedMs };
    }
  }
}

/** A snapshot: it is not waited for, its fork is what stalls. */
async function fork({ port }: RunningServer): Promise<Omit<Case, 'kind'>> {
  const connection = await wireTo(port);
  try {
    const startedAt = Date.now();
    await connection.ask(['BGSAVE']);
    const field = async (section: string, name: string): Promise<number> => {
      const text = String(await connection.ask(['INFO', section]));
      return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1]);
    };
    const lengthMs = (await field('stats', 'latest_fork_usec')) / 1_000;
    await until(async () => (await field('persistence', 'rdb_bgsave_in_progress')) === 0, {
      what: 'the snapshot is written',
      deadlineMs: 60_000,
    });
    return { startedAt, lengthMs, busyMs: Date.now() - startedAt };
  } finally {
    connection.close();
  }
}

it(`finds ${RUN.count} stalls, as long as they were, and why`, { timeout: 1_200_000 }, async () => {
  const own = await server('redis-7.0');
  const target = await server('redis-7.0', { settings: { ...DEBUG_ON, maxmemory: '0' } });
  if (RUN.keys > 0) await holdUp(target.port, ['DEBUG', 'POPULATE', RUN.keys, 'key', VALUE_BYTES]);
  const link = await heldLink(target.port);
  const turnsPerMs = await scriptSpeed(target.port);
  const probes = probesOver(own);
  const direct = new Heard(probes, instanceAt(target.port), { stallMs: RUN.stallMs });
  const behind = new Heard(probes, instanceAt(link.port), { stallMs: RUN.stallMs });
  await Promise.all([direct.measures(2), behind.measures(2)]);
  const raw = await startRawPinger(target.port);

  const random = seeded(RUN.seed);
  const cases: Found[] = [];
  const missed: string[] = [];
  for (let i = 0; i < RUN.count; i += 1) {
    const kind = KINDS[i % KINDS.length] ?? 'sleep';
    const ms = RUN.shortestMs * (RUN.longestMs / RUN.shortestMs) ** random();
    await delay(50 + random() * 100);
    const injected = await put(kind, ms, { target, link, turnsPerMs });
    const found = await (kind === 'proxy' ? behind : direct).stallIn(injected).catch(() => null);
    if (found === null) missed.push(`${kind} of ${injected.lengthMs.toFixed(1)} ms`);
    else cases.push({ ...injected, found });
  }
  await direct.measures(2);
  const samples = await raw.stop();

  const long = cases.filter((each) => !isAsLong(each.found, each)).map(worded);
  const known = cases.filter(({ kind }) => CAUSES[kind] !== null);
  const wrong = known.filter(({ kind, found }) => CAUSES[kind]?.(found.cause) !== true).map(worded);
  const invented = direct.all.filter(
    (stall) => !cases.some((each) => overlaps(stall, whole(each))) && !isSeenBy(samples, stall),
  );
  if (FULL_RUN) {
    process.stdout.write(
      `${RUN.count} stalls of ${RUN.shortestMs} to ${RUN.longestMs} ms: ${cases.length} found, ` +
        `${cases.length - long.length} within 10% or an interval, causes right in ${known.length - wrong.length} ` +
        `of ${known.length} that can be known, ${invented.length} invented\n`,
    );
  }
  expect(missed).toEqual([]);
  expect(long.length, long.join('\n')).toBeLessThanOrEqual(RUN.count * 0.02);
  expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(known.length * 0.05);
  // What nobody can know is said to be unknown.
  const guessed = cases.filter(({ kind, found }) => CAUSES[kind] === null && found.cause.kind !== 'unknown');
  expect(guessed.map(worded)).toEqual([]);
  expect(invented).toEqual([]);
});

function whole({ startedAt, lengthMs, busyMs }: Case): Injected {
  return { startedAt, lengthMs: Math.max(lengthMs, busyMs ?? 0) };
}

function worded({ kind, lengthMs, found }: Found): string {
  return `${kind} of ${lengthMs.toFixed(1)} ms: ${found.lengthMs} ms, ${JSON.stringify(found.cause)}`;
}
