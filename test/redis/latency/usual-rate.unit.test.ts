// How many commands a server usually serves: what is told as having waited in a stall.

import { beforeEach, describe, expect, it } from 'vitest';
import { UsualRate } from '../../../src/redis/latency/usual-rate.ts';

describe('what a server usually serves', () => {
  let rate: UsualRate;
  beforeEach(() => {
    rate = new UsualRate();
    for (const [i, perSecond] of [2_000, 2_100, 1_900, 2_050].entries()) rate.note(i * 1_000, perSecond);
  });

  it('is the middle of what was read before, whatever came after', () => {
    rate.note(5_000, 9);
    expect(rate.before(1_000)).toBe(2_000);
    expect(rate.before(4_000)).toBe(2_000);
  });

  it('is not told by a burst just before the stall', () => {
    rate.note(4_000, 31_000);
    expect(rate.before(4_500)).toBe(2_050);
  });

  it('is not told by what a script calls while it stops the server again and again', () => {
    for (let at = 5_000; at < 65_000; at += 400) {
      rate.stalled(at, at + 100);
      rate.stalled(at, at + 300);
      rate.note(at + 310, 1_000_000);
      expect(rate.before(at + 400)).toBe(2_000);
    }
    rate.note(69_000, 1_800);
    expect(rate.before(70_000)).toBe(2_000);
  });

  it('is not known where nothing calm was read', () => {
    expect(rate.before(-1)).toBeNull();
    rate.stalled(0, 4_000);
    rate.note(6_000, 5);
    rate.note(8_000, null);
    expect(rate.before(9_000)).toBeNull();
  });
});
