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
  const memory: LookMemory = { transfer: null };
  const look = (canary: Canary | null) => lookAt(pairOf(1, 2), 'forward', canary, { reader, memory, clock });
  const canary = (value: string): Canary => ({ key: 'ferry:canary:u1', value, sentMs: nowMs });
  return { look, canary };
}

it('a canary that arrives is the proof, with the time since it was sent', async () => {
  const { look, canary } = rigOf(false, (nowMs) => (nowMs >= 1_030 ? 'c1' : null));
  const { observation } = await look(canary('c1'));
  expect(observation).toMatchObject({ stage: 'online', lagMs: 30, lagBytes: null, provenOffset: null });
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
