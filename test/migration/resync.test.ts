// A transfer that begins anew by itself is counted once, by what the source counts or by a stage that went back.

import { describe, expect, it } from 'vitest';
import type { PairObservation } from '../../src/migration/progress.ts';
import {
  awaitTransfer,
  type EndedTransfer,
  followTransfer,
  type TransferTrack,
} from '../../src/migration/resync.ts';
import { look } from './looks.ts';

/** The seconds at which a transfer was seen to have begun anew, and how the one before had ended. */
function restarts(looks: readonly PairObservation[], pointedAfter = -1) {
  let track: TransferTrack | null = null;
  const found: { at: number; ended: EndedTransfer }[] = [];
  for (const [index, each] of looks.entries()) {
    const { track: next, ended } = followTransfer(track, each);
    if (ended !== null) found.push({ at: each.at / 1_000, ended });
    track = index === pointedAfter ? awaitTransfer(next) : next;
  }
  return found;
}

/** Before 2.8: neither offsets nor a count of full syncs. */
const OLD = { offset: -1, syncFullCount: 0 };

describe('by the count of the source', () => {
  const count = (syncFullCount: number) => ({ source: { syncFullCount } });

  it('the first full sync belongs to the pointing', () => {
    const looks = [
      look(0, 'connecting', count(4)),
      look(1, 'connecting', count(5)),
      look(2, 'transferring', count(5)),
      look(3, 'online', count(5)),
    ];
    expect(restarts(looks, 0)).toEqual([]);
  });

  it('each further one is another transfer', () => {
    const looks = [
      look(0, 'connecting', count(4)),
      look(1, 'transferring', count(5)),
      look(2, 'connecting', count(5)),
      look(3, 'waiting', count(6)),
      look(4, 'transferring', count(6)),
      look(5, 'transferring', count(7)),
    ];
    expect(restarts(looks, 0).map(({ at }) => at)).toEqual([3, 5]);
  });

  it('one that was asked for between two looks is not counted when it is first seen', () => {
    const looks = [
      look(0, 'connecting', count(4)),
      look(1, 'waiting', count(4)),
      look(2, 'waiting', count(5)),
    ];
    expect(restarts(looks, 0)).toEqual([]);
  });

  it('a new owner that comes in the middle counts from there', () => {
    const looks = [
      look(0, 'transferring', count(9)),
      look(1, 'loading', count(9)),
      look(2, 'waiting', count(10)),
    ];
    expect(restarts(looks).map(({ at }) => at)).toEqual([2]);
  });

  it('a link that goes on where it stopped is none', () => {
    const looks = [look(0, 'online', count(5)), look(1, 'connecting', count(5)), look(2, 'online', count(5))];
    expect(restarts(looks)).toEqual([]);
  });

  it('the full sync of another replica is none', () => {
    const both = (syncFullCount: number) => ({ source: { syncFullCount, replicaCount: 2 } });
    const looks = [look(0, 'loading', both(5)), look(1, 'loading', both(6)), look(2, 'online', both(6))];
    expect(restarts(looks)).toEqual([]);
  });

  it('a source that was restarted counts from the start', () => {
    const looks = [
      look(0, 'online', count(5)),
      look(1, 'waiting', { source: { syncFullCount: 8, runId: 'b'.repeat(40) } }),
    ];
    expect(restarts(looks)).toEqual([]);
  });

  it('I10 a server that does not answer tells nothing', () => {
    const looks = [
      look(0, 'transferring', count(5)),
      look(1, 'connecting', { source: null }),
      look(2, 'connecting', { target: null, source: { syncFullCount: 6 } }),
      look(3, 'transferring', count(5)),
    ];
    expect(restarts(looks)).toEqual([]);
  });
});

describe('by the stage, where the source counts none', () => {
  it('the first transfer is none', () => {
    const looks = [
      look(0, 'connecting', { source: OLD }),
      look(1, 'waiting', { source: OLD }),
      look(2, 'transferring', { source: OLD }),
      look(3, 'loading', { source: OLD }),
      look(4, 'online', { source: OLD }),
    ];
    expect(restarts(looks)).toEqual([]);
  });

  it('a stage that went back and moves again is another one, counted when it moves', () => {
    const looks = [
      look(0, 'transferring', { source: OLD }),
      look(1, 'connecting', { source: OLD }),
      look(2, 'connecting', { source: OLD }),
      look(3, 'waiting', { source: OLD }),
      look(4, 'transferring', { source: OLD }),
    ];
    expect(restarts(looks).map(({ at }) => at)).toEqual([3]);
  });

  it('so is a broken link: there is no partial resync', () => {
    const looks = [
      look(0, 'online', { source: OLD }),
      look(1, 'connecting', { source: OLD }),
      look(2, 'online', { source: OLD }),
    ];
    expect(restarts(looks).map(({ at }) => at)).toEqual([2]);
  });

  it('and a transfer that has less than before', () => {
    const looks = [
      look(0, 'transferring', { source: OLD, transferredBytes: 900 }),
      look(1, 'transferring', { source: OLD, transferredBytes: 100 }),
    ];
    expect(restarts(looks).map(({ at }) => at)).toEqual([1]);
  });

  it('pointed anew, the next one is the one that was asked for', () => {
    const looks = [
      look(0, 'transferring', { source: OLD }),
      look(1, 'connecting', { source: OLD }),
      look(2, 'waiting', { source: OLD }),
      look(3, 'loading', { source: OLD }),
    ];
    expect(restarts(looks, 0)).toEqual([]);
  });
});

describe('what is known of the one that ended', () => {
  const MB = 1024 ** 2;

  it('what waited to be sent, the rate of the writes, and how long the whole would have taken', () => {
    const at = (second: number, offset: number, syncFullCount: number) =>
      look(second, 'transferring', {
        source: { offset, syncFullCount },
        transferredBytes: second * 10 * MB,
        totalBytes: 100 * MB,
      });
    const [found] = restarts([at(1, 0, 1), at(2, 2 * MB, 1), at(4, 6 * MB, 1), at(5, 8 * MB, 2)]);
    expect(found?.ended).toMatchObject({
      furthest: 'transferring',
      arrived: false,
      queuedBytes: 6 * MB,
      writtenBytesPerSecond: 2 * MB,
      // Three seconds for 40 of 100 MB.
      wholeMs: 7_500,
    });
  });

  it('of a follower it is the lag that waited', () => {
    const [found] = restarts([
      look(1, 'online', { lagBytes: 3 * MB }),
      look(2, 'waiting', { source: { syncFullCount: 2 } }),
    ]);
    expect(found?.ended).toMatchObject({ furthest: 'online', queuedBytes: 3 * MB });
  });

  it('what was written while it came and went between two looks, and only then', () => {
    const at = (second: number, stage: 'connecting' | 'waiting' | 'loading', syncFullCount: number) =>
      look(second, stage, { source: { offset: second * 10 * MB, syncFullCount } });
    const unseen = (...looks: readonly PairObservation[]) => restarts(looks).at(-1)?.ended.unseenBytes;
    expect(unseen(at(1, 'waiting', 1), at(2, 'waiting', 2), at(3, 'waiting', 3))).toBe(20 * MB);
    expect(unseen(at(1, 'waiting', 1), at(2, 'connecting', 2), at(9, 'waiting', 3))).toBe(10 * MB);
    expect(
      unseen(at(1, 'waiting', 1), at(2, 'waiting', 2), at(3, 'connecting', 2), at(9, 'waiting', 3)),
    ).toBe(20 * MB);
    const seen = [at(2, 'waiting', 2), at(3, 'waiting', 2), at(4, 'waiting', 3)];
    expect(unseen(at(1, 'waiting', 1), ...seen)).toBe(null);
    expect(unseen(at(1, 'waiting', 1), at(2, 'loading', 2), at(3, 'waiting', 3))).toBe(null);
    expect(unseen(at(1, 'waiting', 1), at(2, 'waiting', 2))).toBe(null);
  });

  it('whether the source ended a connection for its buffer', () => {
    const kills = (outputLimitKills: number | null, syncFullCount: number) => ({
      source: { outputLimitKills, syncFullCount },
    });
    const ended = (before: number | null, after: number | null) =>
      restarts([look(1, 'transferring', kills(before, 1)), look(2, 'waiting', kills(after, 2))])[0]?.ended;
    expect(ended(3, 4)?.limitStruck).toBe(true);
    expect(ended(3, 3)?.limitStruck).toBe(false);
    expect(ended(null, null)?.limitStruck).toBe(null);
  });

  it('how long the target had heard nothing, and how long it loaded', () => {
    const [silent] = restarts([
      look(1, 'transferring', { target: { silentSeconds: 58 } }),
      look(3, 'waiting', { source: { syncFullCount: 2 } }),
    ]);
    expect(silent?.ended.silentSeconds).toBe(58);
    const [loading] = restarts([
      look(1, 'loading'),
      look(90, 'loading'),
      look(91, 'waiting', { source: { syncFullCount: 2 } }),
    ]);
    expect(loading?.ended).toMatchObject({ loadingMs: 89_000, arrived: true });
  });
});
