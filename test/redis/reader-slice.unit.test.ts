// The first look at a slice of keys, without servers: raw replies, bounded reads, and when bytes that differ are
// the same value.

import { describe, expect, it } from 'vitest';
import { createGait } from '../../src/redis/reader/gait.ts';
import { sliceReads } from '../../src/redis/reader/slice-reads.ts';
import { encodeCommands } from '../../src/redis/wire/command.ts';
import { keyed, keyedTogether, prepared } from '../../src/redis/wire/prepared.ts';
import { RawReplies, spansOf } from '../../src/redis/wire/raw-replies.ts';

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
const list = (...items: readonly string[]): string => `*${items.length}\r\n${items.join('')}`;
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

const REPLIES = ['+OK\r\n', '-ERR no 12\r\n', ':-2\r\n', '$-1\r\n', '*-1\r\n', '*0\r\n', bulk('a\r\n*3\r\n')];
const NESTED = list(bulk('0'), list(bulk('a'), list(':1\r\n', bulk('')), '$-1\r\n'));
const STREAM = [...REPLIES, NESTED, bulk('end')];

describe('raw replies', () => {
  it.each([1, 2, 3, 7, 1_000])('end where the last one ends, however they come: %d bytes a chunk', (size) => {
    const wanted = bytes(STREAM.join(''));
    const all = Buffer.concat([wanted, bytes('+next\r\n')]);
    const raw = new RawReplies(STREAM.length, 10_000);
    const left: Buffer[] = [];
    for (let at = 0; at < all.length; at += size) {
      const chunk = all.subarray(at, at + size);
      left.push(raw.complete ? chunk : raw.feed(chunk));
    }
    expect(raw.take()).toEqual(wanted);
    expect(Buffer.concat(left).toString()).toBe('+next\r\n');
  });

  it('are dropped, but read to their end, when they are too large', () => {
    const raw = new RawReplies(2, 20);
    expect(raw.feed(bytes(bulk('x'.repeat(30)))).length).toBe(0);
    expect(raw.complete).toBe(false);
    expect(raw.feed(bytes('+OK\r\n+more\r\n')).toString()).toBe('+more\r\n');
    expect([raw.complete, raw.take()]).toEqual([true, null]);
  });

  it('refuse what is no protocol', () => {
    expect(() => new RawReplies(1, 100).feed(bytes('HTTP/1.1'))).toThrow(/protocol/);
  });

  it('are told apart with the bytes of their strings', () => {
    const { ends, contentBytes } = spansOf(bytes(STREAM.join('')), STREAM.length);
    const lengths = [...ends].map((end, i) => end - (ends[i - 1] ?? 0));
    expect(lengths).toEqual(STREAM.map((reply) => reply.length));
    expect([...contentBytes]).toEqual([0, 0, 0, 0, 0, 0, 7, 2, 3]);
  });
});

describe('prepared requests', () => {
  it('are what the encoder makes of the same commands', () => {
    const key = Buffer.from([0x6b, 0x00, 0xff, 0x0d, 0x0a]);
    const name = key.toString('latin1');
    expect(prepared(keyed(['GETRANGE'], ['0', '99'])(name))).toEqual(
      encodeCommands([['GETRANGE', key, 0, 99]]),
    );
    expect(prepared(keyed(['XINFO', 'GROUPS'])(name))).toEqual(encodeCommands([['XINFO', 'GROUPS', key]]));
    expect(prepared(keyedTogether('EXISTS', [name, 'b']))).toEqual(encodeCommands([['EXISTS', key, 'b']]));
  });
});

describe('a bounded read', () => {
  const reads = sliceReads({ stringBytes: 4, elements: 2 }, true, false);
  const of = (type: string) => {
    const read = reads.get(type);
    if (read === undefined) throw new Error(type);
    return read;
  };

  it.each([
    ['string', bulk('abc'), bulk('abcd')],
    ['list', list(bulk('a')), list(bulk('a'), bulk('b'))],
    ['zset', list(bulk('a'), bulk('1')), list(bulk('a'), bulk('1'), bulk('b'), bulk('2'))],
    ['set', list(bulk('0'), list(bulk('a'))), list(bulk('7'), list(bulk('a')))],
    ['hash', list(bulk('0'), list(bulk('a'), bulk('1'))), list(bulk('10'), list())],
    ['stream', list(list(bulk('1-1'), list())), list(list(), list())],
  ])('I10 is not taken for the whole of a larger %s', (type, whole, more) => {
    expect([of(type).whole(bytes(whole), 0), of(type).whole(bytes(more), 0)]).toEqual([true, false]);
  });

  const scan = (...items: readonly string[]): Buffer => bytes(list(bulk('0'), list(...items.map(bulk))));

  it('knows a set and a hash in another order', () => {
    expect(of('set').same(scan('a', 'b'), scan('b', 'a', 'b'))).toBe(true);
    expect(of('set').same(scan('a', 'b'), scan('a', 'c'))).toBe(false);
    expect(of('set').same(scan('a', 'b'), scan('a'))).toBe(false);
    expect(of('hash').same(scan('a', '1', 'b', '2'), scan('b', '2', 'a', '1'))).toBe(true);
    expect(of('hash').same(scan('a', '1', 'b', '2'), scan('b', '1', 'a', '2'))).toBe(false);
  });

  it('knows a score however a version prints it, and no other', () => {
    const ranked = (...items: readonly string[]): Buffer => bytes(list(...items.map(bulk)));
    expect(of('zset').same(ranked('a', '0.10000000000000001'), ranked('a', '0.1'))).toBe(true);
    expect(of('zset').same(ranked('a', '0.2'), ranked('a', '0.1'))).toBe(false);
    expect(of('zset').same(ranked('1.0', '1'), ranked('1', '1'))).toBe(false);
    expect(of('zset').same(ranked('a', 'inf'), ranked('a', '-inf'))).toBe(false);
  });

  it('minds where a group stands, not what a version tells of it besides', () => {
    const entries = list(list(bulk('1-1'), list(bulk('f'), bulk('v'))));
    const group = (...pairs: readonly string[]): string => list(list(...pairs));
    const told = (last: string, ...more: readonly string[]): Buffer =>
      bytes(
        entries +
          group(
            bulk('name'),
            bulk('g'),
            bulk('pending'),
            ':0\r\n',
            bulk('last-delivered-id'),
            bulk(last),
            ...more,
          ),
      );
    expect(of('stream').same(told('1-1'), told('1-1', bulk('lag'), ':0\r\n'))).toBe(true);
    expect(of('stream').same(told('1-1'), told('0-0'))).toBe(false);
    expect(of('stream').same(told('1-1'), bytes(entries + list()))).toBe(false);
  });

  it('leaves to others what it cannot show', () => {
    expect(sliceReads({ stringBytes: 4, elements: 2 }, false, false).has('set')).toBe(false);
    expect(sliceReads({ stringBytes: 4, elements: 2 }, true, true).has('hash')).toBe(false);
    expect(reads.has('vectorset')).toBe(false);
  });
});

describe('the gait', () => {
  function walker(pace: 'gentle' | 'fast') {
    const slept: number[] = [];
    const sleep = async (ms: number): Promise<void> => void slept.push(ms);
    const clock = { now: () => 0, monotonicMs: () => 0, sleep };
    return { slept, gait: createGait(pace, clock, new AbortController().signal) };
  }

  it('I11 leaves the source alone most of the time when it is gentle, and never waits when it is fast', async () => {
    const gentle = walker('gentle');
    await gentle.gait.rest(3, 1);
    // It was left alone for two of the three already.
    expect(gentle.slept).toEqual([6]);
    // The way there and back takes so long that it is left alone enough.
    await gentle.gait.rest(20, 1);
    expect(gentle.slept).toEqual([6]);
    const fast = walker('fast');
    await fast.gait.rest(5, 5);
    expect(fast.slept).toEqual([]);
  });

  it('I11 takes fewer keys at once where values are large', () => {
    const { gait } = walker('fast');
    const most = gait.sliceKeys();
    expect(most).toBe(gait.mostKeys);
    for (let i = 0; i < 30; i += 1) gait.learn(100, 100 * 16_384);
    expect(gait.sliceKeys()).toBe(64);
    for (let i = 0; i < 60; i += 1) gait.learn(64, 64 * 100);
    expect(gait.sliceKeys()).toBe(most);
    gait.learn(100, null);
    expect(gait.sliceKeys()).toBe(8);
  });
});
