// One incident, one message: what belongs together is told together, and is closed after a calm while.

import { expect, it } from 'vitest';
import {
  CALM_MS,
  type Incident,
  incidentOf,
  type Moment,
  worse,
} from '../../../src/migration/latency/incident.ts';
import type { Stall } from '../../../src/migration/latency/reading.ts';
import { type Judgement, unjudged } from '../../../src/migration/latency/verdict.ts';
import { policy, stall, T0 } from './seconds.ts';

const steady: Judgement = { ...unjudged(T0), verdict: 'steady', why: '' };
const breached: Judgement = { ...steady, verdict: 'breached', since: T0 + 5_000, why: 'p99 up to 310 ms' };

function at(afterMs: number, change: Partial<Moment> = {}): Moment {
  return {
    number: 3,
    pair: 0,
    side: 'source',
    now: T0 + afterMs,
    judgement: steady,
    effect: 'none',
    policy,
    ...change,
  };
}

const seen = (...stalls: readonly Stall[]) => ({
  stalls: new Map(stalls.map((each) => [each.id, each])),
  earlier: null,
});

function opened(...stalls: readonly Stall[]): Incident {
  const incident = incidentOf(null, seen(...stalls), at(2_000));
  if (incident === null) throw new Error('no incident');
  return incident;
}

const fork: Stall = stall('a', T0 + 1_000, 812, {
  exact: true,
  cause: { kind: 'fork', durationMs: 811 },
});

it('a steady server without stalls has none', () => {
  expect(incidentOf(null, seen(), at(0))).toBeNull();
});

it('the first stall opens one, with its length, waiters and cause', () => {
  expect(opened(fork)).toEqual({
    number: 3,
    pair: 0,
    side: 'source',
    openedAt: T0 + 1_000,
    lastAt: T0 + 1_812,
    stalls: 1,
    worstMs: 812,
    worstAt: T0 + 1_000,
    worstExact: true,
    stalledMs: 812,
    commandsWaited: 1_624,
    cause: { kind: 'fork', durationMs: 811 },
    alsoSeen: [],
    verdict: 'steady',
    why: '',
    effect: 'none',
    silentSince: null,
    overAt: null,
  });
});

it('a gap shorter than a stall opens none', () => {
  expect(incidentOf(null, seen(stall('a', T0, 60)), at(2_000))).toBeNull();
});

it('more stalls add up; the longest one gives the cause, the others are named once', () => {
  const slow = (id: string, startedAt: number, lengthMs: number) =>
    stall(id, startedAt, lengthMs, {
      cause: { kind: 'slow-command', command: 'LRANGE', durationMs: lengthMs, times: 1 },
    });
  const before = opened(fork);
  const now = incidentOf(
    before,
    seen(fork, slow('b', T0 + 3_000, 200), slow('c', T0 + 4_000, 210)),
    at(5_000),
  );
  expect(now).toMatchObject({
    number: 3,
    stalls: 3,
    worstMs: 812,
    stalledMs: 1_222,
    cause: { kind: 'fork' },
    alsoSeen: [{ kind: 'slow-command', durationMs: 200 }],
    lastAt: T0 + 4_210,
  });
});

it('what is known better later is told instead, not beside it', () => {
  const lasting = { ...fork, lengthMs: 300, over: false, exact: false };
  const before = opened(lasting);
  expect(before).toMatchObject({ worstMs: 300, worstExact: false });
  expect(incidentOf(before, seen(fork), at(3_000))).toMatchObject({
    stalls: 1,
    worstMs: 812,
    worstExact: true,
    stalledMs: 812,
  });
});

it('how many waited is not known as soon as it is not known of one', () => {
  expect(opened(fork, stall('b', T0 + 3_000, 200, { commandsWaited: null })).commandsWaited).toBeNull();
});

it('is over ten calm seconds after its last stall, and says when it ended', () => {
  const before = opened(fork);
  expect(incidentOf(before, seen(fork), at(1_812 + CALM_MS - 1))?.overAt).toBeNull();
  expect(incidentOf(before, seen(fork), at(1_812 + CALM_MS))?.overAt).toBe(T0 + 1_812);
});

it('is not over while a stall lasts, or while the verdict is not steady', () => {
  const lasting = { ...fork, over: false };
  expect(incidentOf(opened(lasting), seen(lasting), at(60_000))?.overAt).toBeNull();
  expect(opened(lasting).silentSince).toBe(T0 + 1_000);
  expect(incidentOf(opened(fork), seen(fork), at(60_000, { judgement: breached }))?.overAt).toBeNull();
});

it('a verdict alone opens one, since the verdict began, and the worst one is kept', () => {
  const slow = incidentOf(null, seen(), at(6_000, { judgement: breached, effect: 'promotion-held' }));
  expect(slow).toMatchObject({
    openedAt: T0 + 5_000,
    stalls: 0,
    worstAt: null,
    cause: null,
    verdict: 'breached',
    why: 'p99 up to 310 ms',
    effect: 'promotion-held',
  });
  expect(incidentOf(slow, seen(), at(20_000))).toMatchObject({
    verdict: 'breached',
    why: 'p99 up to 310 ms',
    effect: 'promotion-held',
    overAt: T0 + 6_000,
  });
});

it('a gap too short to be a stall may still say why it is slow', () => {
  const short = stall('a', T0 + 5_500, 60, {
    cause: { kind: 'slow-command', command: 'LRANGE', durationMs: 58, times: 1 },
  });
  expect(incidentOf(null, seen(short), at(6_000, { judgement: breached }))).toMatchObject({
    stalls: 0,
    worstMs: 0,
    cause: { kind: 'slow-command', command: 'LRANGE' },
  });
});

it('a successor goes on with what the record has, and counts nothing twice', () => {
  const earlier = opened(fork);
  const more = stall('b', T0 + 3_000, 150);
  const now = incidentOf(earlier, { stalls: new Map([['b', more]]), earlier }, at(4_000));
  expect(now).toMatchObject({
    number: 3,
    openedAt: T0 + 1_000,
    stalls: 2,
    worstMs: 812,
    stalledMs: 962,
    cause: { kind: 'fork' },
  });
  expect(incidentOf(earlier, { stalls: new Map(), earlier }, at(30_000))).toMatchObject({
    stalls: 1,
    overAt: T0 + 1_812,
  });
});

it('a breach that was seen weighs more than what is not known', () => {
  expect(worse('unknown', 'breached')).toBe('breached');
  expect(worse('steady', 'unknown')).toBe('unknown');
  expect(worse('strained', 'steady')).toBe('strained');
});
