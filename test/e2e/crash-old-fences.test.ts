// I1, I2, I3, I8: the fences before 6.2 last until somebody takes them off. A worker that dies behind one leaves a
// server that lets nobody write; its successor finds that in the record, and undoes or finishes it.

import { inject, it } from 'vitest';
import { capabilitiesOf } from '../../src/migration/capabilities.ts';
import { routeBetween } from '../../src/migration/route.ts';
import { nameOf, severalAtOnce, strike } from '../support/crash.ts';
import type { End } from '../support/cutover-under-load.ts';
import type { Fault } from '../support/faulty-worker.ts';
import { FULL_RUN } from '../support/full-run.ts';

type Case = Omit<Fault, 'cutover'> & { readonly expected: End; readonly sampled: boolean };

/** The old side follows the new one before that is promoted. */
const DEMOTE_FIRST: readonly Case[] = [
  { deed: 'kill', moment: 'after', act: 'fence:source', expected: 'undone', sampled: true },
  { deed: 'kill', moment: 'after', act: 'promote:target', expected: 'promoted', sampled: true },
  { deed: 'kill', moment: 'before', act: 'fence:source', expected: 'undone', sampled: false },
  { deed: 'kill', moment: 'after', act: 'follow:source', expected: 'undone', sampled: false },
  { deed: 'sleep', moment: 'after', act: 'fence:source', expected: 'undone', sampled: false },
  { deed: 'sleep', moment: 'before', act: 'promote:target', expected: 'promoted', sampled: false },
  { deed: 'sleep', moment: 'before', act: 'lift:source', expected: 'promoted', sampled: false },
];

/** It cannot follow: the new one is promoted behind the hold. */
const PROMOTE_FIRST: readonly Case[] = [
  { deed: 'kill', moment: 'after', act: 'fence:source', expected: 'undone', sampled: true },
  { deed: 'sleep', moment: 'before', act: 'promote:target', expected: 'promoted', sampled: true },
  { deed: 'kill', moment: 'before', act: 'record:promoting', expected: 'undone', sampled: false },
  { deed: 'kill', moment: 'after', act: 'record:promoting', expected: 'promoted', sampled: false },
  { deed: 'kill', moment: 'after', act: 'promote:target', expected: 'promoted', sampled: false },
  { deed: 'sleep', moment: 'before', act: 'record:promoted', expected: 'promoted', sampled: false },
];

/** Where the old side is set aside there is one act more to die at. */
const SET_ASIDE: readonly Case[] = [
  { deed: 'kill', moment: 'after', act: 'follow:source', expected: 'promoted', sampled: false },
  { deed: 'sleep', moment: 'before', act: 'lift:source', expected: 'promoted', sampled: false },
];

const TARGET = 'redis-8.0';

const runs = Object.entries(inject('servers')).flatMap(([source, running]) => {
  const from = { product: running.flavour, version: running.version };
  if (capabilitiesOf(from).can('pause-writes')) return [];
  const { demotion } = routeBetween(from, { product: 'redis', version: '8.0' });
  const cases =
    demotion === 'follow' ? DEMOTE_FIRST : [...PROMOTE_FIRST, ...(demotion === 'set-aside' ? SET_ASIDE : [])];
  return cases
    .filter(({ sampled }) => sampled || FULL_RUN)
    .map(({ expected, deed, moment, act }) => ({
      source,
      expected,
      fault: { deed, moment, act, cutover: 1 } as const,
    }));
});

it('I1 I2 I3 I8 a worker lost behind a fence that lasts: undone or finished, nothing lost, one writer', {
  timeout: 3_600_000,
}, async ({ expect }) => {
  expect(runs.map(({ source }) => source)).toContain('redis-6.0');
  const results = await severalAtOnce(2, runs, async ({ source, fault, expected }) => {
    const { trouble, tookMs } = await strike(fault, expected, { source, target: TARGET });
    const name = `${source} ${nameOf(fault)}: ${expected}`;
    process.stdout.write(`${trouble === null ? 'held  ' : 'BROKEN'} ${name}; ${tookMs} ms\n`);
    return { name, trouble };
  });
  expect(results.filter(({ trouble }) => trouble !== null)).toEqual([]);
});
