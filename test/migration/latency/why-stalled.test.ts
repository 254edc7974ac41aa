// A cause is named only where the server timed it, counted it, or was seen at work; all else is unknown.

import { describe, expect, it } from 'vitest';
import type { Cause, ServerFacts, SlowEntry } from '../../../src/migration/latency/cause.ts';
import { explainStall, type StalledSpan, type Witness } from '../../../src/migration/latency/why-stalled.ts';

const AT = 1_700_000_000_000;
/** A stall of 800 ms that began at AT. */
const SPAN: StalledSpan = { startedAt: AT, lengthMs: 800, intervalMs: 10, loading: false, lost: false };
const NOBODY: Witness = { served: null, silentBeside: null };

const QUIET: ServerFacts = {
  at: AT - 500,
  runId: 'a',
  forks: 3,
  latestForkUs: 40_000,
  snapshotRunning: false,
  aofRewriteRunning: false,
  aofDelays: 0,
  expiredKeys: 100,
  evictedKeys: 0,
  expireCycleMs: 50,
  evictionMs: 0,
  outputBufferBytes: 20_000,
  commands: 1_000,
  opsPerSecond: 2_000,
  usedMemoryBytes: 1_000_000_000,
  residentBytes: 1_100_000_000,
  systemMemoryBytes: 8_000_000_000,
  loading: false,
  cpuMs: 10_000,
  pauses: 0,
  unpauses: 0,
  slow: [slow(7, 100, 'SORT', -60)],
  slowerThanMs: 10,
  events: [],
  clockAheadMs: 0,
};

/** `ago`: seconds after AT at which it ended, by the server's clock. */
function slow(id: number, durationMs: number, command: string, ago = 0, byFerry = false): SlowEntry {
  return { id, endedAtSeconds: AT / 1_000 + ago, durationMs, command, byFerry };
}

function afterwards(changes: Partial<ServerFacts>): ServerFacts {
  return { ...QUIET, at: AT + 810, cpuMs: 10_020, ...changes };
}

function explain(
  changes: Partial<ServerFacts>,
  how: { before?: Partial<ServerFacts>; span?: Partial<StalledSpan>; witness?: Partial<Witness> } = {},
) {
  return explainStall(
    { ...QUIET, ...how.before },
    afterwards(changes),
    { ...SPAN, ...how.span },
    { ...NOBODY, ...how.witness },
  );
}

const kindOf = (cause: Cause): string => cause.kind;

describe('what the server timed', () => {
  it('names a fork and takes its length', () => {
    expect(explain({ forks: 4, latestForkUs: 805_000 })).toEqual({
      cause: { kind: 'fork', durationMs: 805 },
      exactMs: 805,
    });
  });

  it('tells a fork by another duration where forks are not counted', () => {
    const { cause } = explain({ forks: null, latestForkUs: 805_000 }, { before: { forks: null } });
    expect(cause).toEqual({ kind: 'fork', durationMs: 805 });
  });

  it.each([
    ['a fork that is too short', { forks: 4, latestForkUs: 300_000 }],
    ['a fork that is longer than the stall', { forks: 4, latestForkUs: 1_200_000 }],
    ['no new fork', { forks: 3, latestForkUs: 800_000 }],
  ])('does not take %s for it', (_, changes) => {
    const before = { latestForkUs: 800_000 };
    expect(kindOf(explain(changes, { before: changes.forks === 3 ? before : {} }).cause)).toBe('unknown');
  });

  it('names a slow command by its name, and takes its length', () => {
    expect(explain({ slow: [slow(8, 803, 'EVAL')] })).toEqual({
      cause: { kind: 'slow-command', command: 'EVAL', durationMs: 803, times: 1 },
      exactMs: 803,
    });
  });

  it('adds up the runs of one command, and does not take their sum for an exact length', () => {
    expect(explain({ slow: [slow(9, 390, 'SORT'), slow(8, 400, 'SORT')] })).toEqual({
      cause: { kind: 'slow-command', command: 'SORT', durationMs: 790, times: 2 },
      exactMs: null,
    });
  });

  it.each([
    ['was there before', [slow(7, 800, 'SORT')]],
    ['ended long before', [slow(8, 800, 'SORT', -3)]],
    ['ended after it', [slow(8, 800, 'SORT', 2)]],
    ['was much longer', [slow(8, 2_000, 'SORT')]],
    ['was much shorter', [slow(8, 200, 'SORT')]],
  ])('does not take a command for it that %s', (_, entries) => {
    expect(kindOf(explain({ slow: entries }).cause)).toBe('unknown');
  });

  it("reads the server's clock: an hour ahead is an hour ahead", () => {
    const clockAheadMs = 3_600_000;
    const { cause } = explain({ slow: [slow(8, 803, 'KEYS', 3_600)], clockAheadMs });
    expect(kindOf(cause)).toBe('slow-command');
    expect(kindOf(explain({ slow: [slow(8, 803, 'KEYS')], clockAheadMs }).cause)).toBe('unknown');
  });

  it('goes by what is new where the server does not tell its clock', () => {
    const blind = { clockAheadMs: null };
    expect(kindOf(explain({ slow: [slow(8, 803, 'KEYS', 900)], ...blind }).cause)).toBe('slow-command');
    expect(kindOf(explain({ slow: [slow(7, 803, 'KEYS')], ...blind }).cause)).toBe('unknown');
    expect(
      kindOf(explain({ slow: [slow(8, 803, 'KEYS')], ...blind }, { before: { slow: null } }).cause),
    ).toBe('unknown');
  });

  it('names the fork rather than the command that forked', () => {
    const { cause } = explain({ forks: 4, latestForkUs: 790_000, slow: [slow(8, 801, 'BGSAVE')] });
    expect(cause).toEqual({ kind: 'fork', durationMs: 790 });
  });

  it('names the one that fits best', () => {
    const { cause } = explain({ forks: 4, latestForkUs: 420_000, slow: [slow(8, 802, 'LRANGE')] });
    expect(kindOf(cause)).toBe('slow-command');
  });

  it("says when it was Ferry's own command", () => {
    const { cause } = explain({ slow: [slow(8, 803, 'CLIENT LIST', 0, true)] });
    expect(cause).toEqual({ kind: 'ferry', what: 'its CLIENT LIST took 803 ms' });
  });

  it.each<[string, Partial<ServerFacts>, Cause]>([
    ['expiring keys', { expireCycleMs: 750, expiredKeys: 90_100 }, { kind: 'expiry', keys: 90_000 }],
    ['evicting keys', { evictionMs: 700, evictedKeys: 5_000 }, { kind: 'eviction', keys: 5_000 }],
    [
      'an event of the latency monitor',
      { events: [{ event: 'aof-fsync-always', atSeconds: AT / 1_000, durationMs: 790 }] },
      { kind: 'aof-sync' },
    ],
    [
      'a command that only the latency monitor has',
      { slow: null, events: [{ event: 'command', atSeconds: AT / 1_000, durationMs: 790 }] },
      { kind: 'slow-command', command: 'a command', durationMs: 790, times: 1 },
    ],
  ])('names %s', (_, changes, cause) => {
    expect(explain(changes)).toEqual({ cause, exactMs: null });
  });
});

describe('what was counted or seen', () => {
  it.each<[string, Partial<ServerFacts>, Partial<ServerFacts>, Cause]>([
    ['a write that waited for the disk', {}, { aofDelays: 1 }, { kind: 'aof-sync' }],
    ['a pause', {}, { pauses: 1 }, { kind: 'paused' }],
    [
      'an output buffer that grew',
      {},
      { outputBufferBytes: 200_020_000 },
      { kind: 'output-buffer', bytes: 200_000_000 },
    ],
    ['a snapshot all the while', { snapshotRunning: true }, { snapshotRunning: true }, { kind: 'snapshot' }],
    [
      'a rewrite of the AOF all the while',
      { aofRewriteRunning: true },
      { aofRewriteRunning: true },
      { kind: 'aof-rewrite' },
    ],
    [
      'data in swap',
      {},
      { usedMemoryBytes: 2_000_000_000, residentBytes: 900_000_000 },
      { kind: 'memory', what: 'about 1,049 MB of its data are not in memory (swap)' },
    ],
    ['loading', {}, { loading: true }, { kind: 'loading' }],
  ])('names %s', (_, before, changes, cause) => {
    expect(explain(changes, { before })).toEqual({ cause, exactMs: null });
  });

  it("does not take Ferry's own fence for a pause", () => {
    expect(kindOf(explain({ pauses: 1, unpauses: 1 }).cause)).toBe('unknown');
  });

  it('does not take a snapshot for it that began or ended meanwhile', () => {
    expect(kindOf(explain({ snapshotRunning: true }).cause)).toBe('unknown');
    expect(kindOf(explain({}, { before: { snapshotRunning: true } }).cause)).toBe('unknown');
  });

  it('is the network where the server answered somebody else meanwhile', () => {
    const { cause } = explain({ snapshotRunning: true }, { witness: { served: 'answered' } });
    expect(kindOf(cause)).toBe('network');
  });

  it('is the network where the other server fell silent, too', () => {
    expect(explain({}, { witness: { silentBeside: 'carts-new' } }).cause).toEqual({
      kind: 'network',
      what: 'carts-new fell silent at the same time',
    });
  });

  it('is not the network where the server says what it did', () => {
    const witness = { served: 'answered', silentBeside: 'carts-new' } as const;
    expect(kindOf(explain({ forks: 4, latestForkUs: 800_000 }, { witness }).cause)).toBe('fork');
  });

  it('takes a command that ran meanwhile for a proof only where the server was idle', () => {
    const witness = { served: 'executed' } as const;
    expect(kindOf(explain({}, { witness }).cause)).toBe('network');
    expect(kindOf(explain({ cpuMs: 10_790 }, { witness }).cause)).toBe('unknown');
    expect(kindOf(explain({ cpuMs: null }, { witness }).cause)).toBe('unknown');
  });
});

describe('unknown says why', () => {
  it.each<[string, ReturnType<typeof explainStall>, RegExp]>([
    ['idle', explain({}), /used 20 ms of processor time in the 1310 ms around it, so it was not busy/],
    ['busy', explain({ cpuMs: 10_900 }), /used 900 ms .* so it was busy$/],
    ['busy and without a log', explain({ cpuMs: 10_900, slow: null }), /SLOWLOG cannot be read$/],
    ['no facts after', explainStall(QUIET, null, SPAN, NOBODY), /could not be asked afterwards/],
    ['no facts before', explainStall(null, afterwards({}), SPAN, NOBODY), /nothing was known .* before/],
    ['a restart', explain({ runId: 'b', forks: 0 }), /was started anew/],
    ['a lost connection', explain({}, { span: { lost: true } }), /the connection ended/],
  ])('%s', (_, { cause, exactMs }, why) => {
    expect(cause).toMatchObject({ kind: 'unknown', why: expect.stringMatching(why) });
    expect(exactMs).toBeNull();
  });

  it('names the slow command also where nothing was known before', () => {
    const { cause } = explainStall(null, afterwards({ slow: [slow(8, 803, 'EVAL')] }), SPAN, NOBODY);
    expect(kindOf(cause)).toBe('slow-command');
  });
});
