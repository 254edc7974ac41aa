// I1, I2, I3, I8: a worker is lost in the middle of a revert under load. It is the same cutover with the sides
// swapped: undone, the new side keeps its writes; decided, the old side gets them, and nothing is lost either way.

import { expect, it } from 'vitest';
import { nameOf, strike } from '../support/crash.ts';
import type { End } from '../support/cutover-under-load.ts';
import type { Fault } from '../support/faulty-worker.ts';
import { FULL_RUN } from '../support/full-run.ts';

type Case = Omit<Fault, 'cutover'> & { readonly expected: End };

const SAMPLE: readonly Case[] = [
  { deed: 'kill', moment: 'after', act: 'follow:target', expected: 'promoted' },
];
const MORE: readonly Case[] = [
  { deed: 'sleep', moment: 'before', act: 'promote:source', expected: 'reverted' },
  { deed: 'sleep', moment: 'before', act: 'fence:target', expected: 'promoted' },
  { deed: 'sleep', moment: 'before', act: 'follow:target', expected: 'promoted' },
  { deed: 'sleep', moment: 'before', act: 'record:promoting', expected: 'promoted' },
  { deed: 'kill', moment: 'after', act: 'record:promoting', expected: 'reverted' },
  { deed: 'kill', moment: 'after', act: 'promote:source', expected: 'reverted' },
  { deed: 'sleep', moment: 'before', act: 'record:promoted', expected: 'reverted' },
];

for (const { expected, ...where } of FULL_RUN ? [...SAMPLE, ...MORE] : SAMPLE) {
  const fault: Fault = { ...where, cutover: 2 };
  it(`I1 I2 I3 I8 ${nameOf(fault)}: ${expected}`, { timeout: 240_000 }, async () => {
    const { trouble, ...struck } = await strike(fault, expected);
    expect(trouble).toBeNull();
    expect(struck.end).toBe(expected);
  });
}
