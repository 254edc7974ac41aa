// When a cutover may begin, in the zone of the people who look after it.

import { describe, expect, it } from 'vitest';
import type { Weekday, Window } from '../../src/migration/policy.ts';
import { isOpen } from '../../src/migration/window.ts';

const ALL_DAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

function window(from: string, to: string, days: readonly Weekday[] = ALL_DAYS, zone = 'UTC'): Window {
  return { zone, days, from, to };
}

/** 2026-11-23 is a Monday. */
function at(time: string): number {
  return Date.parse(`${time}Z`);
}

describe('within a day', () => {
  const office = window('08:00', '17:00', ['mon', 'tue', 'wed', 'thu']);

  it.each([
    ['2026-11-23T07:59:59', false],
    ['2026-11-23T08:00:00', true],
    ['2026-11-23T16:59:59', true],
    ['2026-11-23T17:00:00', false],
    ['2026-11-26T12:00:00', true],
    ['2026-11-27T12:00:00', false],
    ['2026-11-29T12:00:00', false],
  ])('%s UTC: %s', (time, open) => {
    expect(isOpen(office, at(time))).toBe(open);
  });

  it('without a window it is always open', () => {
    expect(isOpen(null, at('2026-11-29T03:00:00'))).toBe(true);
  });
});

describe('from and to the same', () => {
  it.each([
    ['2026-11-23T00:00:00', true],
    ['2026-11-23T07:59:59', true],
    ['2026-11-23T23:59:59', true],
    ['2026-11-24T00:00:00', false],
  ])('is the whole day: %s UTC: %s', (time, open) => {
    expect(isOpen(window('08:00', '08:00', ['mon']), at(time))).toBe(open);
  });
});

describe('past midnight', () => {
  const night = window('22:00', '04:00', ['fri']);

  it.each([
    ['2026-11-27T21:59:59', false],
    ['2026-11-27T22:00:00', true],
    ['2026-11-28T03:59:59', true],
    ['2026-11-28T04:00:00', false],
    ['2026-11-28T22:30:00', false],
    ['2026-11-27T03:00:00', false],
  ])('belongs to the day on which it began: %s UTC: %s', (time, open) => {
    expect(isOpen(night, at(time))).toBe(open);
  });

  it('carries Sunday night into Monday', () => {
    expect(isOpen(window('22:00', '04:00', ['sun']), at('2026-11-23T01:00:00'))).toBe(true);
    expect(isOpen(window('22:00', '04:00', ['mon']), at('2026-11-23T01:00:00'))).toBe(false);
  });
});

describe('in a zone', () => {
  const zurich = window('08:00', '17:00', ['mon'], 'Europe/Zurich');

  it.each([
    ['winter, before', '2026-11-23T06:59:59', false],
    ['winter, at 8', '2026-11-23T07:00:00', true],
    ['summer, at 8', '2026-07-20T06:00:00', true],
    ['summer, at 17', '2026-07-20T15:00:00', false],
  ])('%s local time (%s UTC): %s', (_, time, open) => {
    expect(isOpen(zurich, at(time))).toBe(open);
  });

  it('takes the day of the zone, not of UTC', () => {
    const auckland = window('00:00', '24:00', ['tue'], 'Pacific/Auckland');
    expect(isOpen(auckland, at('2026-11-23T10:59:59'))).toBe(false);
    expect(isOpen(auckland, at('2026-11-23T11:00:00'))).toBe(true);
  });

  it('knows zones that are half an hour off', () => {
    const kolkata = window('08:00', '09:00', ALL_DAYS, 'Asia/Kolkata');
    expect(isOpen(kolkata, at('2026-11-23T02:29:59'))).toBe(false);
    expect(isOpen(kolkata, at('2026-11-23T02:30:00'))).toBe(true);
  });

  it('follows the clock through the hour that summer time skips and the one that winter repeats', () => {
    const small = window('02:15', '02:45', ['sun'], 'Europe/Zurich');
    // 2026-03-29: 02:00 becomes 03:00, so the window never comes.
    for (let minute = 0; minute < 120; minute += 5) {
      expect(isOpen(small, at('2026-03-29T00:00:00') + minute * 60_000)).toBe(false);
    }
    // 2026-10-25: 03:00 becomes 02:00, so it comes twice.
    expect(isOpen(small, at('2026-10-25T00:30:00'))).toBe(true);
    expect(isOpen(small, at('2026-10-25T01:30:00'))).toBe(true);
  });
});
