// What can be made to go wrong on purpose: real trouble for real servers, each with what it does and what a
// person should see Ferry do about it. Every one ends by itself, and at the latest with the sandbox.

import { setTimeout as delay } from 'node:timers/promises';
import { ask } from '../load/resp.ts';
import { addressOf, SOURCE_NAME, TARGET_NAME, type World } from '../world.ts';
import type { Play } from './play.ts';

export const TROUBLES = ['stall', 'slow', 'cut', 'kill-worker', 'slack-away', 'storm'] as const;
export type TroubleName = (typeof TROUBLES)[number];

/** How long each lasts, and how bad it is. */
export const SEVERITY = {
  stallMs: 800,
  slowForMs: 60_000,
  /** Longer than the limit of a breach, so that it is one. */
  slowScriptMs: 300,
  slowEveryMs: 450,
  cutForMs: 10_000,
  slackAwayForMs: 30_000,
  stormForMs: 30_000,
  stormFactor: 5,
} as const;

export type Severity = { readonly [figure in keyof typeof SEVERITY]: number };

export interface Trouble {
  readonly title: string;
  readonly does: string;
  /** What there is to see, in the thread above all. */
  readonly expect: string;
  /** About how long it takes. */
  readonly lastsMs: number;
}

export function describeTroubles(how: Severity = SEVERITY): Readonly<Record<TroubleName, Trouble>> {
  const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;
  return {
    stall: {
      title: `Stall ${SOURCE_NAME} for ${how.stallMs} ms`,
      does: `One script of ${how.stallMs} ms: the server answers nobody meanwhile.`,
      expect: 'The thread tells how long it was, who waited and why. One stall holds nothing up.',
      lastsMs: how.stallMs,
    },
    slow: {
      title: `Slow ${SOURCE_NAME} for a minute`,
      does: `A script of ${how.slowScriptMs} ms, again and again.`,
      expect:
        'One incident, edited while it lasts: strained, then breached. The promotion is held until it is over.',
      lastsMs: how.slowForMs,
    },
    cut: {
      title: `Cut the link for ${seconds(how.cutForMs)}`,
      does: 'The two servers do not reach each other; everybody else reaches both.',
      expect: `Approvals are withdrawn, and the thread says since when. Then ${TARGET_NAME} catches up; approve anew.`,
      lastsMs: how.cutForMs,
    },
    'kill-worker': {
      title: 'Kill the worker',
      does: 'SIGKILL for the process that drives the migration. It is started again at once.',
      expect:
        'Writes go on as if nothing had happened. The thread says since when another worker drives the migration.',
      lastsMs: 3_000,
    },
    'slack-away': {
      title: `Slack away for ${seconds(how.slackAwayForMs)}`,
      does: 'Every call of Slack fails, and nobody can press anything.',
      expect: 'The migration goes on. What Slack missed appears when it is back, in order.',
      lastsMs: how.slackAwayForMs,
    },
    storm: {
      title: `Write storm for ${seconds(how.stormForMs)}`,
      does: `${how.stormFactor} times the writes.`,
      expect: 'The servers take them, or fall behind: then a cutover waits. Nothing is lost.',
      lastsMs: how.stormForMs,
    },
  };
}

/** Makes one trouble and resolves when it is over, or at once when `signal` says so. */
export async function makeTrouble(
  name: TroubleName,
  world: World,
  play: Play,
  signal: AbortSignal,
  how: Severity = SEVERITY,
): Promise<void> {
  switch (name) {
    case 'stall':
      await runScript(world, how.stallMs);
      return;
    case 'slow':
      return slow(world, signal, how);
    case 'cut':
      for (const link of world.links) link.cut();
      await lasting(how.cutForMs, signal);
      for (const link of world.links) link.mend();
      return;
    case 'kill-worker':
      await world.worker.kill('SIGKILL');
      return world.worker.ready();
    case 'slack-away':
      world.slack.away();
      await lasting(how.slackAwayForMs, signal);
      world.slack.comeBack();
      return;
    case 'storm':
      await play.load.setPace(how.stormFactor);
      await lasting(how.stormForMs, signal);
      await play.load.setPace(1);
  }
}

async function slow(world: World, signal: AbortSignal, how: Severity): Promise<void> {
  const until = performance.now() + how.slowForMs;
  while (performance.now() < until && !signal.aborted) {
    await runScript(world, how.slowScriptMs);
    await lasting(how.slowEveryMs - how.slowScriptMs, signal);
  }
}

/** Keeps the old server busy for so long. It reads the clock only, so that a read-only server runs it as well. */
const BUSY = `
  local function now() local t = redis.call('TIME') return t[1] * 1000 + t[2] / 1000 end
  local till = now() + tonumber(ARGV[1])
  while now() < till do end
  return 1`;

/** By a client like any other, so that nobody takes it for Ferry's own. */
async function runScript(world: World, ms: number): Promise<void> {
  const somebody = { name: 'nightly-report', withinMs: ms + 10_000 };
  await ask(addressOf(world.source), [['EVAL', BUSY, '0', String(ms)]], somebody);
}

async function lasting(ms: number, signal: AbortSignal): Promise<void> {
  await delay(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
}
