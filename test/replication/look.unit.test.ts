// What a look takes as proof that the stream flows, told from answers of servers with and without offsets.

import { expect, it } from 'vitest';
import type { Side } from '../../src/migration/instance.ts';
import { observationOf, parseInfo } from '../../src/redis/info.ts';
import type { PairReader } from '../../src/replication/link.ts';
import { type LookMemory, lookAt } from '../../src/replication/look.ts';
import type { Canary, Clock } from '../../src/workflow/ports.ts';
import { pairOf } from '../redis/control-pair.ts';

const UP = 'role:slave\nmaster_link_status:up\nmaster_sync_in_progress:0\nloading:0\n';

/** `shows`: what the follower has of the canary's key, or its offset, at a time of the fake clock. */
function rigOf(offsets: boolean, shows: (nowMs: number) => string | null) {
  let nowMs = 1_000;
  const clock: Clock = {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
    },
  };
  const infoOf = (side: Side): string => {
    if (!offsets) return side === 'source' ? 'role:master\n' : UP;
    return side === 'source'
      ? 'role:master\nmaster_repl_offset:100\n'
      : `${UP}slave_repl_offset:${shows(nowMs)}\n`;
  };
  const reader: PairReader = {
    read: async (_, side) => {
      const info = parseInfo(infoOf(side));
      return { info, observation: observationOf(info, { peer: [], nobody: [] }, nowMs, false) };
    },
    offset: async () => Number(shows(nowMs)),
    value: async () => shows(nowMs),
    setting: async () => null,
    trouble: () => null,
    close: () => undefined,
  };
  const memory: LookMemory = { transfer: null, arrived: null, silentSinceMs: null };
  const look = (canary: Canary | null) => lookAt(pairOf(1, 2), 'forward', canary, { reader, memory, clock });
  const canary = (value: string): Canary => ({ key: 'ferry:canary:u1', value, sentMs: nowMs });
  return { look, canary, clock };
}

it('a canary that arrives is the proof, with the time since it was sent', async () => {
  const { look, canary } = rigOf(false, (nowMs) => (nowMs >= 1_030 ? 'c1' : null));
  const { observation, silentSeconds } = await look(canary('c1'));
  expect(observation).toMatchObject({ stage: 'online', lagMs: 30, lagBytes: null, provenOffset: null });
  expect(silentSeconds).toBeNull();
});

it('I10 an older canary proves nothing, and without one nothing is known', async () => {
  const { look, canary } = rigOf(false, () => 'c0');
  expect((await look(null)).observation).toMatchObject({ lagMs: null, lagBytes: null, provenOffset: null });
  expect((await look(canary('c1'))).observation).toMatchObject({ lagMs: null, provenOffset: null });
});

it('an offset is the proof where both have them', async () => {
  const { look } = rigOf(true, (nowMs) => (nowMs >= 1_012 ? '100' : '60'));
  expect((await look(null)).observation).toMatchObject({ lagMs: 12, lagBytes: 40, provenOffset: 100 });
});

it.each([
  ['canary', false],
  ['offset', true],
])('I13 tells a link that is up while no %s arrives, within 15 s', async (_, offsets) => {
  const { look, canary, clock } = rigOf(offsets, () => '7');
  const startedMs = clock.monotonicMs();
  let silent: number | null = null;
  for (let n = 0; silent === null && clock.monotonicMs() - startedMs < 20_000; n += 1) {
    silent = (await look(canary(`c${n}`))).silentSeconds;
  }
  expect(silent).toBeGreaterThanOrEqual(12);
  expect(clock.monotonicMs() - startedMs).toBeLessThan(15_000);
});

it('a follower that lags and goes on is not silent', async () => {
  const { look, canary, clock } = rigOf(false, (nowMs) => `late-${Math.floor(nowMs / 5_000)}`);
  while (clock.monotonicMs() < 30_000) {
    expect((await look(canary('never'))).silentSeconds).toBeNull();
  }
});
