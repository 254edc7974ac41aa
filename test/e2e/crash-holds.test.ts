// I1, I2, I3, I8: the fences before 6.2 last until somebody takes them off. A worker that is lost behind one leaves
// a server that lets nobody write; its successor finds that in the record, and undoes or finishes it.

import { expect, it } from 'vitest';
import type { StartOptions } from '../../src/sandbox/servers/start.ts';
import {
  type Case,
  casesOf,
  healthyActs,
  lineOf,
  nameOf,
  type Servers,
  severalAtOnce,
  strike,
} from '../support/crash.ts';
import type { End } from '../support/cutover-under-load.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { idOfRelease } from '../support/servers.ts';

interface Pair {
  readonly from: string;
  readonly to: string;
  /** What its fence is, and what becomes of the old side. */
  readonly how: string;
  /** What a cutover of this pair must pass, in this order; a healthy run tells what else there is. */
  readonly core: readonly string[];
  /** Of an approval whose worker is lost before it began. Default: promoted. */
  readonly notBegun?: End;
  readonly both?: StartOptions;
  readonly source?: StartOptions;
}

const BEGIN = ['record:cutover-begun', 'fence:source'];
const DEMOTE_FIRST = [
  ...BEGIN,
  'record:demoting',
  'follow:source',
  'lift:source',
  'record:promoting',
  'promote:target',
  'record:promoted',
];
const SET_ASIDE = [
  ...BEGIN,
  'record:promoting',
  'follow:source',
  'lift:source',
  'promote:target',
  'record:promoted',
];
const STAYS_HELD = [...BEGIN, 'fence-close:source', 'record:promoting', 'promote:target', 'record:promoted'];

/** Somebody has rights of their own, which the fence takes and has to put back exactly. */
const USER = { user: 'ana on >of-ana ~carts:* -@all +get +set +del' };

const PAIRS: readonly Pair[] = [
  {
    from: '6.0',
    to: '8.0',
    how: 'users, then it follows',
    core: DEMOTE_FIRST,
    both: { settings: USER },
  },
  {
    from: '5.0',
    to: '8.0',
    how: 'password over another one, then it follows',
    core: DEMOTE_FIRST,
    source: { password: 'of-the-carts' },
  },
  { from: '2.8', to: '8.0', how: 'password, then set aside', core: SET_ASIDE },
  {
    from: '2.6',
    to: '8.0',
    how: 'password, then set aside, by a relay',
    core: SET_ASIDE,
    // The relay is lost with its worker: the target takes the snapshot again, and people are asked again.
    notBegun: 'undone',
  },
  {
    from: '2.4',
    to: '2.6',
    how: 'password over another one, which stays',
    core: STAYS_HELD,
    source: { password: 'of-the-carts' },
  },
];

/** One on either side of the point of no return. */
const SAMPLE: readonly Case[] = [
  { fault: { deed: 'kill', moment: 'after', act: 'fence:source', cutover: 1 }, expected: 'undone' },
  { fault: { deed: 'sleep', moment: 'before', act: 'promote:target', cutover: 1 }, expected: 'promoted' },
];
const AT_ONCE = FULL_RUN ? 4 : 2;
/** To look into some of them: part of their names, such as `sleep before record`. */
const ONLY = process.env['FERRY_CRASH_ONLY'] ?? '';

const here = PAIRS.flatMap((pair) => {
  const [source, target] = [idOfRelease(pair.from), idOfRelease(pair.to)];
  return source === undefined || target === undefined ? [] : [{ pair, source, target }];
});

it('I3 6.0 is always among the servers that a hold is tried on', () => {
  expect(here.map(({ source }) => source)).toContain('redis-6.0');
});

for (const { pair, source, target } of here) {
  const servers: Servers = {
    source,
    target,
    sourceOptions: { ...pair.both, ...pair.source },
    targetOptions: { ...pair.both },
  };
  const title = `I1 I2 I3 I8 a worker lost behind the fence of ${source} (${pair.how}), towards ${target}`;
  it(title, { timeout: FULL_RUN ? 3_600_000 : 240_000 }, async () => {
    const cases = FULL_RUN ? await everyCase(pair, servers) : SAMPLE;
    const run = cases.filter(({ fault }) => nameOf(fault).includes(ONLY));
    const results = await severalAtOnce(AT_ONCE, run, async ({ fault, expected }) => {
      const struck = await strike(fault, expected, servers);
      process.stdout.write(`${source} to ${target} ${lineOf(struck)}\n`);
      return struck;
    });
    expect(results.filter(({ trouble }) => trouble !== null)).toEqual([]);
  });
}

async function everyCase({ core, notBegun }: Pair, servers: Servers): Promise<readonly Case[]> {
  const acts = await healthyActs(servers);
  const before = acts.filter(({ moment }) => moment === 'before');
  // What already was done may be made sure of again.
  const names = [...new Set(before.map(({ act }) => act))];
  expect(names.filter((name) => core.includes(name))).toEqual(core);
  return casesOf(acts, notBegun).filter(isOwnInstant);
}

/** Right after an act is right before the next one: one of them for each way to be lost. */
function isOwnInstant({ fault }: Case): boolean {
  return fault.moment === (fault.deed === 'kill' ? 'after' : 'before');
}
