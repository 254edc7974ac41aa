// I1, I2, I3, I8: a worker dies or oversleeps its lease before or after every act of a cutover under load.
// Whatever the instant, a second worker undoes it or finishes it, and the late one cannot act any more.

import { expect, it } from 'vitest';
import { type Case, casesOf, healthyActs, lineOf, nameOf, severalAtOnce, strike } from '../support/crash.ts';
import { seeded } from '../support/data.ts';
import { FULL_RUN } from '../support/full-run.ts';

/** The core of every cutover, in this order; a healthy run tells what else there is. */
const CORE = [
  'record:cutover-begun',
  'fence:source',
  'record:demoting',
  'follow:source',
  'record:promoting',
  'promote:target',
  'lift:source',
  'record:promoted',
];
const DEEDS = ['kill', 'sleep'] as const;
const AT_ONCE = FULL_RUN ? 3 : 2;
/** Of the faults on either side of the point of no return. */
const SAMPLE_EACH = 2;
const SAMPLE_SEED = 20_260_401;
/** To look into some of them: part of their names, such as `sleep before record`. */
const ONLY = process.env['FERRY_CRASH_ONLY'] ?? '';

it('I1 I2 I3 I8 a worker lost before or after any act of a cutover: undone or finished, nothing lost, one writer', {
  timeout: FULL_RUN ? 3_600_000 : 240_000,
}, async () => {
  const acts = await healthyActs();
  const before = acts.filter(({ moment }) => moment === 'before');
  // What already was done may be made sure of again.
  const names = [...new Set(before.map(({ act }) => act))];
  expect(names.filter((name) => CORE.includes(name))).toEqual(CORE);
  const cases = casesOf(acts).filter(({ fault }) => nameOf(fault).includes(ONLY));
  const run = FULL_RUN ? cases : sampleOf(cases);
  const results = await severalAtOnce(AT_ONCE, run, async ({ fault, expected }) => {
    const struck = await strike(fault, expected);
    process.stdout.write(`${lineOf(struck)}\n`);
    return struck;
  });
  expect(results.filter(({ trouble }) => trouble !== null)).toEqual([]);
});

/** For each end: one death, one sleep, and one more, all at the core of the cutover. */
function sampleOf(cases: readonly Case[]): Case[] {
  const random = seeded(SAMPLE_SEED);
  const shuffled = cases
    .filter(({ fault }) => CORE.includes(fault.act))
    .map((each) => ({ each, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ each }) => each);
  return (['undone', 'promoted'] as const).flatMap((end) => {
    const ending = shuffled.filter(({ expected }) => expected === end);
    const chosen = DEEDS.flatMap((deed) => ending.find(({ fault }) => fault.deed === deed) ?? []);
    const others = ending.filter((each) => !chosen.includes(each));
    return [...chosen, ...others].slice(0, SAMPLE_EACH);
  });
}
