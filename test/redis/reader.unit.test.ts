// The pure parts of the verifier: comparing, digesting, reading by chunks, counting, pacing, naming.

import { describe, expect, it } from 'vitest';
import { capabilitiesOf } from '../../src/migration/capabilities.ts';
import { parseInfo } from '../../src/redis/info.ts';
import { disagreements } from '../../src/redis/reader/counts.ts';
import { orderedDigest, unorderedDigest } from '../../src/redis/reader/digest.ts';
import { createKeySet, shares } from '../../src/redis/reader/draw.ts';
import {
  BY_TIME_LEFT,
  compare,
  EXACT_EXPIRY,
  type Fingerprint,
  stoodStill,
  WITH_DRIFT,
} from '../../src/redis/reader/fingerprint.ts';
import { createInStep } from '../../src/redis/reader/in-step.ts';
import { createPace } from '../../src/redis/reader/pace.ts';
import { printableKey } from '../../src/redis/reader/printable-key.ts';
import { createTally } from '../../src/redis/reader/tally.ts';
import {
  DEFAULT_SCAN_LIMITS,
  type Reading,
  type ScanLimits,
  VALUE_TYPES,
} from '../../src/redis/reader/value-scan.ts';
import type { Command } from '../../src/redis/wire/command.ts';
import type { Reply } from '../../src/redis/wire/reply.ts';

const salt = Buffer.from('salt');
const key = Buffer.from('key');
const buffers = (...words: string[]): Buffer[] => words.map((word) => Buffer.from(word));

const NOW = Date.UTC(2026, 0, 5, 12);

function fingerprint(changes: Partial<Fingerprint> = {}): Fingerprint {
  return {
    type: 'string',
    size: 3,
    unit: 'bytes',
    digest: 'aabbccddeeff',
    bytes: 3,
    extent: 'whole',
    why: '',
    expiresAt: null,
    readAt: NOW,
    ...changes,
  };
}

const nothing = fingerprint({ type: 'none', size: 0, digest: '', bytes: 0 });
const at = (ms: number, widthMs = 0) => ({ from: ms, to: ms + widthMs });

describe('comparing two fingerprints', () => {
  it.each([
    ['missing', fingerprint(), nothing],
    ['extra', nothing, fingerprint()],
    ['type', fingerprint(), fingerprint({ type: 'list' })],
    ['value', fingerprint(), fingerprint({ size: 4 })],
    ['value', fingerprint(), fingerprint({ digest: 'ff' })],
    ['expiry', fingerprint({ expiresAt: at(NOW + 1_000) }), fingerprint({ expiresAt: at(NOW + 1_001) })],
    ['expiry', fingerprint({ expiresAt: at(NOW + 1_000) }), fingerprint()],
  ])('says %s', (what, source, target) => {
    expect(compare(source, target, EXACT_EXPIRY)).toMatchObject({ kind: 'differs', what });
  });

  it('takes a key whose time was over by the clock of the side without it for equal', () => {
    const ended = fingerprint({ expiresAt: at(NOW - 1) });
    expect(compare(ended, nothing, EXACT_EXPIRY)).toEqual({ kind: 'equal' });
    expect(compare(nothing, ended, EXACT_EXPIRY)).toEqual({ kind: 'equal' });
    const alive = fingerprint({ expiresAt: at(NOW + 1) });
    expect(compare(alive, nothing, EXACT_EXPIRY)).toMatchObject({ what: 'missing' });
  });

  it('allows for the time between two readings of a time left', () => {
    const source = fingerprint({ expiresAt: at(NOW, 10) });
    expect(compare(source, fingerprint({ expiresAt: at(NOW + 60) }), BY_TIME_LEFT).kind).toBe('equal');
    expect(compare(source, fingerprint({ expiresAt: at(NOW + 61) }), BY_TIME_LEFT).kind).toBe('differs');
    expect(compare(source, fingerprint({ expiresAt: at(NOW - 50) }), BY_TIME_LEFT).kind).toBe('equal');
    expect(compare(source, fingerprint({ expiresAt: at(NOW - 51) }), BY_TIME_LEFT).kind).toBe('differs');
  });

  it('lets expiries of an old source end later on the target, not earlier', () => {
    const source = fingerprint({ expiresAt: at(NOW) });
    expect(compare(source, fingerprint({ expiresAt: at(NOW + 30_000) }), WITH_DRIFT).kind).toBe('equal');
    expect(compare(source, fingerprint({ expiresAt: at(NOW - 30_000) }), WITH_DRIFT).kind).toBe('differs');
  });

  it('I10 calls a key that could not be read whole unprovable, not equal', () => {
    const why = 'too big';
    const partial = fingerprint({ extent: 'partial', why });
    expect(compare(partial, partial, EXACT_EXPIRY)).toEqual({ kind: 'unprovable', why });
    const unreadable = fingerprint({ extent: 'unreadable', digest: '', why });
    expect(compare(unreadable, fingerprint(), EXACT_EXPIRY)).toEqual({ kind: 'unprovable', why });
    const larger = fingerprint({ extent: 'partial', size: 4, why });
    expect(compare(larger, partial, EXACT_EXPIRY)).toMatchObject({ what: 'value' });
  });

  it('never takes a torn reading for one that stood still', () => {
    const torn = fingerprint({ extent: 'torn' });
    expect(stoodStill(torn, torn, EXACT_EXPIRY)).toBe(false);
    expect(stoodStill(fingerprint(), fingerprint(), EXACT_EXPIRY)).toBe(true);
  });

  it('copes with an expiry that no calendar holds', () => {
    const source = fingerprint({ expiresAt: at(9e18) });
    expect(compare(source, fingerprint(), EXACT_EXPIRY)).toMatchObject({
      detail: 'expires far in the future on the source, never expires on the target',
    });
  });
});

describe('digests', () => {
  it('keep elements apart and mind their order where it counts', () => {
    const of = (make: typeof orderedDigest, ...rows: Buffer[][]): string => {
      const digest = make(salt);
      for (const row of rows) digest.add(...row);
      return digest.hex();
    };
    const [ab, c, a, bc] = ['ab', 'c', 'a', 'bc'].map((word) => buffers(word));
    if (!ab || !c || !a || !bc) throw new Error('four words');
    expect(of(orderedDigest, ab, c)).not.toBe(of(orderedDigest, a, bc));
    expect(of(orderedDigest, ab, c)).not.toBe(of(orderedDigest, c, ab));
    expect(of(unorderedDigest, ab, c)).toBe(of(unorderedDigest, c, ab));
    expect(of(unorderedDigest, buffers('ab', 'c'))).not.toBe(of(unorderedDigest, buffers('a', 'bc')));
    expect(of(unorderedDigest, ab, ab)).not.toBe(of(unorderedDigest, ab));
  });
});

describe('reading values', () => {
  const limits: ScanLimits = { ...DEFAULT_SCAN_LIMITS, salt, chunkElements: 2, stringChunkBytes: 4 };

  function read(type: string, size: number, replies: Reply[], given = limits): [Reading, Command[]] {
    const scan = VALUE_TYPES.get(type)?.scan(key, size, given);
    if (scan === undefined) throw new Error(type);
    const asked: Command[] = [];
    for (let step = scan.next(); ; step = scan.next(replies.shift() ?? null)) {
      if (step.done === true) return [step.value, asked];
      asked.push(step.value);
    }
  }

  it('reads a long string in chunks', () => {
    const [reading, asked] = read('string', 6, buffers('abcd', 'ef'));
    expect(asked.map(([, , from, to]) => [from, to])).toEqual([
      [0, 3],
      [4, 7],
    ]);
    expect(reading).toMatchObject({ bytes: 6, extent: 'whole' });
  });

  it('reads one score however a version prints it', () => {
    const old = read('zset', 1, [buffers('a', '0.10000000000000001')])[0];
    const recent = read('zset', 1, [buffers('a', '0.1')])[0];
    expect(old.digest).toBe(recent.digest);
    expect(read('zset', 1, [buffers('a', 'inf')])[0].digest).not.toBe(
      read('zset', 1, [buffers('a', '-inf')])[0].digest,
    );
  });

  it('reads a hash by HGETALL and by HSCAN to the same digest', () => {
    const whole = read('hash', 2, [buffers('a', '1', 'b', '2')]);
    const scanned = read('hash', 3, [
      [Buffer.from('5'), buffers('b', '2')],
      [Buffer.from('0'), buffers('a', '1')],
    ]);
    expect(whole[1]).toEqual([['HGETALL', key]]);
    expect(scanned[1].map(([name]) => name)).toEqual(['HSCAN', 'HSCAN']);
    expect(scanned[0].digest).toBe(whole[0].digest);
    expect(scanned[0].extent).toBe('torn');
  });

  it('calls a value torn that is not as long as it was', () => {
    expect(read('string', 3, [null])[0].extent).toBe('torn');
    expect(read('list', 2, [buffers('a')])[0].extent).toBe('torn');
    expect(read('set', 2, [buffers('a')])[0].extent).toBe('torn');
    expect(read('stream', 2, [[]])[0].extent).toBe('torn');
  });

  it('stops at the limit of one key, and says so', () => {
    const small = { ...limits, maxValueBytes: 4 };
    expect(read('list', 6, [buffers('ab', 'cd'), buffers('ef', 'gh')], small)[0]).toMatchObject({
      bytes: 4,
      extent: 'partial',
    });
    expect(read('string', 9, buffers('abcd'), small)[0].extent).toBe('partial');
    const set = read('set', 9, [[Buffer.from('3'), buffers('ab', 'cd')]], small)[0];
    expect(set).toMatchObject({ extent: 'partial', digest: '' });
  });
});

describe('counts', () => {
  it('agree when the target lies between two readings of the source', () => {
    expect(disagreements({ 0: 10 }, { 0: 12 }, { 0: 15 })).toEqual([]);
    expect(disagreements({ 0: 10 }, { 0: 16 }, { 0: 15 })).toHaveLength(1);
  });

  it('I10 are compared by database, not by their sum', () => {
    const found = disagreements({ 0: 10, 1: 5 }, { 0: 9, 1: 6 }, { 0: 10, 1: 5 });
    expect(found.map(({ db, what }) => [db, what])).toEqual([
      [0, 'missing'],
      [1, 'extra'],
    ]);
  });
});

describe('choosing keys', () => {
  it('shares a sample out in proportion', () => {
    const shared = shares({ 0: 90_000, 3: 9_999, 5: 1, 7: 0 }, 20_000);
    expect([...shared]).toEqual([
      [0, 18_000],
      [3, 2_000],
      [5, 1],
    ]);
  });

  it("leaves Ferry's own keys out", () => {
    const keys = createKeySet();
    for (const name of ['ferry:lock', 'ferry:guard', 'ferryboat', 'a', 'a']) keys.add(Buffer.from(name));
    expect(keys.list().map(String)).toEqual(['ferryboat', 'a']);
  });
});

describe('a key for people', () => {
  it.each([
    [Buffer.from('user:1'), 'user:1'],
    [Buffer.from('café ☕'), 'café ☕'],
    [Buffer.from('a\r\nb\t'), 'a\\x0d\\x0ab\\x09'],
    [Buffer.from([0x61, 0xff, 0x00]), 'a\\xff\\x00'],
    [Buffer.from('\u202eevil\\'), '\\xe2\\x80\\xaeevil\\\\'],
    [Buffer.from('x'.repeat(80)), 'x'.repeat(80)],
    [Buffer.from('x'.repeat(5_000)), `${'x'.repeat(79)}…`],
  ])('%j', (raw, shown) => {
    expect(printableKey(raw)).toBe(shown);
  });
});

describe('the tally', () => {
  it('names the first 100 differences and 20 unsettled keys, and counts all', () => {
    const tally = createTally();
    for (let i = 0; i < 150; i += 1) {
      tally.settle(0, key, { kind: 'differs', what: 'value', detail: '' }, fingerprint());
      tally.giveUp(0, key);
    }
    tally.settle(0, key, { kind: 'equal' }, fingerprint());
    tally.settle(0, key, { kind: 'unprovable', why: 'too big' }, fingerprint());
    const { differences, unsettled, ...counts } = tally.found;
    expect([differences.length, unsettled.length]).toEqual([100, 20]);
    expect(counts).toEqual({
      comparedKeys: 151,
      comparedBytes: 453,
      differenceCount: 150,
      unsettledCount: 151,
    });
  });
});

describe('being in step', () => {
  const info = (lines: readonly string[]): Buffer => Buffer.from(lines.join('\r\n'));
  const follower = (offset: number, changes = ''): Buffer =>
    info([
      'role:slave',
      `master_link_status:up`,
      'master_replid:abc',
      `slave_repl_offset:${offset}`,
      changes,
    ]);

  /** Waits for offset 100, the target answering one after another, the last again and again. */
  async function wait(answers: readonly Buffer[], version = '7.0.15'): Promise<number> {
    let nowMs = 0;
    let asked = 0;
    const clock = {
      now: () => nowMs,
      monotonicMs: () => nowMs,
      sleep: async (ms: number) => {
        nowMs += ms;
      },
    };
    const peer = (who: string, version: string, answer: () => Buffer | undefined) => ({
      who,
      able: capabilitiesOf({ product: 'redis', version }),
      info: async () => parseInfo(String(answer() ?? '')),
    });
    const source = peer('carts-old', version, () =>
      info(['role:master', 'master_replid:abc', 'master_repl_offset:100']),
    );
    const target = peer('carts-new', '8.0.2', () => answers[Math.min(asked++, answers.length - 1)]);
    await createInStep(source, target, clock, new AbortController().signal, 1_000).wait();
    return asked;
  }

  it('is to have the offset that the source had', async () => {
    expect(await wait([follower(100)])).toBe(1);
    expect(await wait([follower(98), follower(99), follower(250)])).toBe(3);
  });

  it.each([
    ['target-behind', follower(99)],
    ['not-following', follower(100, 'master_link_status:down')],
    ['not-following', follower(100, 'master_replid:other')],
    ['not-following', info(['role:master', 'master_replid:abc', 'master_repl_offset:100'])],
  ])('I10 is never guessed: %s', async (code, answer) => {
    await expect(wait([answer])).rejects.toMatchObject({ code });
  });
});

describe('the pace', () => {
  it('I11 keeps to the budget, large values counted as many keys', async () => {
    let nowMs = 0;
    const clock = {
      now: () => nowMs,
      monotonicMs: () => nowMs,
      sleep: async (ms: number) => {
        nowMs += ms;
      },
    };
    const pace = createPace(clock, 1_000, new AbortController().signal);
    for (let i = 0; i < 10; i += 1) await pace.spend(200, 0);
    expect(nowMs).toBeGreaterThanOrEqual(1_990);
    const before = nowMs;
    await pace.spend(0, 2_048 * 500);
    expect(nowMs - before).toBeGreaterThanOrEqual(490);
  });
});
