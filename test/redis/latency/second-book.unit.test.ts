// Every reply and every omitted ping is in exactly one second; a second without a measurement says why.

import { describe, expect, it } from 'vitest';
import { bucketOf, countOf, merge } from '../../../src/migration/latency/histogram.ts';
import type { ProbeSecond } from '../../../src/migration/latency/reading.ts';
import { type LineState, SecondBook } from '../../../src/redis/latency/second-book.ts';

const AT = 1_700_000_000_000;
const UP: LineState = { waitingSinceAt: null, down: null, perSecond: 100, wantedPerSecond: 100 };

const waiting = (sinceAt: number): LineState => ({ ...UP, waitingSinceAt: sinceAt });

function total(seconds: readonly ProbeSecond[], part: 'measured' | 'omitted'): number {
  return countOf(merge(seconds.map((second) => second[part])));
}

describe('a reply', () => {
  it('belongs to the second in which its ping was sent', () => {
    const book = new SecondBook(AT);
    book.reply(AT + 998, AT + 1_003, 5, 10);
    const [first, ...rest] = book.complete(AT + 1_010, UP);
    expect(first).toMatchObject({
      at: AT,
      state: 'answering',
      why: null,
      pings: 1,
      sumUs: 5_000,
      maxUs: 5_000,
      measured: [[bucketOf(5_000), 1]],
      omitted: [],
      waitingMs: null,
    });
    expect(rest).toEqual([]);
  });

  it('that took long brings the pings that were omitted, each in its own second', () => {
    const book = new SecondBook(AT);
    // Sent at 900, answered at 1105: the pings of 910 … 1100 were not sent.
    book.reply(AT + 900, AT + 1_105, 205, 10);
    const seconds = book.complete(AT + 2_050, UP);
    expect(seconds.map(({ omitted }) => countOf(omitted))).toEqual([9, 11]);
    expect(seconds[0]?.omitted.at(-1)).toEqual([bucketOf(195_000), 1]);
    expect(seconds[1]?.omitted[0]).toEqual([bucketOf(5_000), 1]);
  });

  it('of a second that was handed over goes into the second in which it came, once', () => {
    const book = new SecondBook(AT);
    const seconds: ProbeSecond[] = [];
    for (let now = AT + 25; now < AT + 4_000; now += 25) {
      if (now === AT + 3_000) book.reply(AT + 500, now, 2_500, 10);
      seconds.push(...book.complete(now, now < AT + 3_000 ? waiting(AT + 500) : UP));
    }
    seconds.push(...book.complete(AT + 4_000, UP));
    expect(seconds.map(({ state }) => state)).toEqual(['silent', 'silent', 'silent', 'answering']);
    expect(seconds.map(({ waitingMs }) => waitingMs)).toEqual([500, 1_500, 2_500, null]);
    expect(total(seconds, 'measured')).toBe(1);
    expect(total(seconds, 'omitted')).toBe(249);
    expect(seconds[3]?.maxUs).toBe(2_500_000);
  });

  it.each([1, 9, 10, 11, 333, 999, 1_000, 1_001, 5_678])(
    'that took %i ms omits as many pings as fit into it',
    (tookMs) => {
      const book = new SecondBook(AT);
      book.reply(AT + 7, AT + 7 + tookMs, tookMs, 10);
      const seconds = book.complete(AT + 20_000, UP);
      expect(total(seconds, 'omitted')).toBe(Math.ceil(tookMs / 10) - 1);
      expect(total(seconds, 'measured')).toBe(1);
    },
  );
});

describe('a second', () => {
  it('waits a moment for the replies to its last pings', () => {
    const book = new SecondBook(AT);
    book.reply(AT + 10, AT + 11, 1, 10);
    expect(book.complete(AT + 1_005, waiting(AT + 999))).toEqual([]);
    expect(book.complete(AT + 1_019, waiting(AT + 999))).toEqual([]);
    expect(book.complete(AT + 1_020, waiting(AT + 999))).toMatchObject([{ pings: 1, waitingMs: 1 }]);
  });

  it('is given once', () => {
    const book = new SecondBook(AT);
    expect(book.complete(AT + 1_000, UP)).toHaveLength(1);
    expect(book.complete(AT + 1_000, UP)).toEqual([]);
  });

  it('begins on a whole second', () => {
    const book = new SecondBook(AT + 640);
    expect(book.complete(AT + 2_000, UP).map(({ at }) => at)).toEqual([AT, AT + 1_000]);
  });

  it('without a connection says why', () => {
    const book = new SecondBook(AT);
    book.down(AT + 300, 'a cannot be reached.');
    expect(book.complete(AT + 1_000, UP)).toMatchObject([
      { state: 'unreachable', why: 'a cannot be reached.', pings: 0 },
    ]);
  });

  it('in which the thread was held up is not measured, and is no silence', () => {
    const book = new SecondBook(AT);
    book.heldUp(AT + 200, AT + 3_100);
    const seconds = book.complete(AT + 3_100, waiting(AT + 199));
    expect(seconds.map(({ state }) => state)).toEqual(['unmeasured', 'unmeasured', 'unmeasured']);
    expect(seconds.map(({ ownDelayMs }) => ownDelayMs)).toEqual([800, 1_000, 1_000]);
    expect(seconds[0]?.why).toMatch(/own thread was held up for 800 ms/);
  });

  it('of which every reply was lost in the own delay is not measured', () => {
    const book = new SecondBook(AT);
    book.discard(AT + 200, AT + 400);
    expect(book.complete(AT + 1_000, UP)).toMatchObject([{ state: 'unmeasured', pings: 0 }]);
  });

  it('after hours of sleep is not followed by hours of seconds', () => {
    const book = new SecondBook(AT);
    book.reply(AT + 10, AT + 11, 1, 10);
    const seconds = book.complete(AT + 8 * 3_600_000, UP);
    expect(seconds.length).toBeLessThan(70);
    expect(seconds[0]).toMatchObject({ at: AT, pings: 1 });
    expect(seconds.slice(1).every(({ state }) => state === 'unmeasured')).toBe(true);
  });
});
