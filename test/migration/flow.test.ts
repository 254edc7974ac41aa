// A link that says "up" while nothing arrives is told apart from one that is late, within 15 seconds.

import { expect, it } from 'vitest';
import { type Flow, silenceOf, watchFlow } from '../../src/migration/flow.ts';
import { look } from './looks.ts';

/** Looks a second apart from second 0 on; what the last one says. */
function silence(
  seconds: number,
  each: (second: number) => {
    lagMs?: number;
    offset?: number;
    asked?: boolean;
    stage?: 'online' | 'connecting';
  },
): string | null {
  let flow: Flow | null = null;
  for (let second = 0; second <= seconds; second += 1) {
    const { lagMs = null, offset = -1, asked = true, stage = 'online' } = each(second);
    flow = watchFlow(flow, look(second, stage, { lagMs, target: { offset } }), asked, second * 1_000);
  }
  return silenceOf(flow, seconds * 1_000);
}

it('nothing has arrived: said after 12 seconds, not before', () => {
  expect(silence(11, () => ({}))).toBe(null);
  expect(silence(12, () => ({}))).toBe('the link says up, but nothing has arrived for 12 s');
});

it('what was proven last counts', () => {
  expect(silence(16, (second) => (second <= 5 ? { lagMs: 3 } : {}))).toBe(null);
  expect(silence(17, (second) => (second <= 5 ? { lagMs: 3 } : {}))).toContain('12 s');
});

it('a target that is late but applies what comes is not silent', () => {
  expect(silence(60, (second) => ({ offset: 1_000 * second }))).toBe(null);
});

it('the pings of the primary are no stream', () => {
  expect(silence(600, (second) => ({ offset: 14 * Math.floor(second / 10) }))).toContain('600 s');
});

it('where nothing was written nothing can have been lost', () => {
  expect(silence(60, () => ({ asked: false }))).toBe(null);
});

it('a link that is down has its own words', () => {
  expect(silence(60, () => ({ stage: 'connecting' }))).toBe(null);
});
