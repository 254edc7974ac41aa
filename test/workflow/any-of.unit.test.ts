// One signal for several: the first reason counts, and nothing is left on signals that live as long as the process.

import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { anyOf } from '../../src/workflow/any-of.ts';

it('aborts with the reason of the first, also of one that was aborted before', () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const { signal } = anyOf([one.signal, other.signal]);
  expect(signal.aborted).toBe(false);
  other.abort('first');
  one.abort('second');
  expect(signal.reason).toBe('first');
  expect(anyOf([one.signal, other.signal]).signal.reason).toBe('second');
});

it('leaves nothing behind on what it listened to', () => {
  const process = new AbortController();
  for (let tick = 0; tick < 1_000; tick += 1) anyOf([process.signal, new AbortController().signal]).end();
  expect(getEventListeners(process.signal, 'abort')).toEqual([]);
});

it('is deaf once it has ended', () => {
  const process = new AbortController();
  const ended = anyOf([process.signal]);
  ended.end();
  process.abort();
  expect(ended.signal.aborted).toBe(false);
});
