// The thread's own delay is known from a timer that is due and has not run, and from nothing else.

import { expect, it } from 'vitest';
import { Ruler } from '../../../src/redis/latency/ruler.ts';

it('knows of no delay while the next timer is not overdue', () => {
  const ruler = new Ruler();
  ruler.set(101);
  expect(ruler.ownDelayMs(100.5)).toBe(0);
  // Timers run on whole milliseconds.
  expect(ruler.ownDelayMs(102)).toBe(0);
  expect(ruler.ran(102)).toBeNull();
});

it('counts from when the timer was due to when a reply is read', () => {
  const ruler = new Ruler();
  ruler.set(101);
  expect(ruler.ownDelayMs(181)).toBe(80);
  // A second reply of the same moment is as late.
  expect(ruler.ownDelayMs(182)).toBe(81);
});

it('also where the timer runs first and the reply is read after it', () => {
  const ruler = new Ruler();
  ruler.set(101);
  expect(ruler.ran(181)).toBe(101);
  ruler.set(182);
  expect(ruler.ownDelayMs(181.2)).toBeCloseTo(80.2);
});

it('forgets a delay when all sockets have been read after it', () => {
  const ruler = new Ruler();
  ruler.set(101);
  ruler.ran(181);
  ruler.set(182);
  expect(ruler.looked(181.5)).toBe(true);
  expect(ruler.ownDelayMs(181.6)).toBe(0);
});

it('does not believe that the sockets were read while a timer is overdue again', () => {
  const ruler = new Ruler();
  ruler.set(101);
  ruler.ran(181);
  ruler.set(182);
  expect(ruler.looked(250)).toBe(false);
  expect(ruler.ownDelayMs(250)).toBe(149);
});
