// I1, I2, I3, I8: a worker dies or oversleeps its lease before or after every act of a cutover under load.
// Whatever the instant, a second worker undoes it or finishes it, and the late one cannot act any more.

import { expect, it } from 'vitest';
import { healthyActs, nameOf, type Struck, severalAtOnce, strike } from '../support/crash.ts';
import type { End } from '../support/cutover-under-load.ts';
import { seeded } from '../support/data.ts';
import type { Fault, TracedAct } from '../support/faulty-worker.ts';
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
const SAMPLE_EACH = 3;
const SAMPLE_SEED = 20_260_401;
/** To look into some of them: part of their names, such as `sleep before record`. */
const ONLY = process.env['FERRY_CRASH_ONLY'] ?? '';

interface Case {
  readonly fault: Fault;
  readonly expected: End;
}

it('I1 I2 I3 I8 a worker lost before or after any act of a cutover: undone or finished, nothing lost, one writer', {
  timeout: FULL_RUN ? 3_600_000 : 240_000,
}, async () => {
  const acts = await healthyActs();
  const names = acts.filter(({ moment }) => moment === 'before').map(({ act }) => act);
  expect(names.filter((name) => CORE.includes(name))).toEqual(CORE);
  const cases = casesOf(acts);
  const run = FULL_RUN ? cases : sampleOf(cases);
  const results = await severalAtOnce(AT_ONCE, run, async ({ fault, expected }) => {
    const struck = await strike(fault, expected);
    process.stdout.write(`${lineOf(struck)}\n`);
    return struck;
  });
  expect(results.filter(({ trouble }) => trouble !== null)).toEqual([]);
});

/** Every instant, both ways to be lost, and the only end that the recovery table leaves. */
function casesOf(acts: readonly TracedAct[]): Case[] {
  const decided = acts.findIndex(({ act, moment }) => act === 'record:promoting' && moment === 'after');
  return acts
    .flatMap(({ act, moment }, at) =>
      DEEDS.map((deed): Case => {
        // Nothing was begun before the first record: the next worker makes the attempt itself.
        const expected = at === 0 || at >= decided ? 'promoted' : 'undone';
        return { fault: { act, moment, deed, cutover: 1 }, expected };
      }),
    )
    .filter(({ fault }) => nameOf(fault).includes(ONLY));
}

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

function lineOf({ name, end, tookMs, longestGapMs, acknowledged, trouble }: Struck): string {
  const figures = `${tookMs} ms to the end, longest gap ${longestGapMs} ms, ${acknowledged} acknowledged`;
  return `${trouble === null ? 'held  ' : 'BROKEN'} ${name}: ${end}; ${figures}`;
}
