// One crash: a cutover or revert under load whose worker fails at one instant, taken over by a healthy one.

import { ENDS_WITHIN_MS, type End, follow, type LoadedRig, startLoadedRig } from './cutover-under-load.ts';
import { type Fault, type FaultyWorker, startFaultyWorker, type TracedAct } from './faulty-worker.ts';
import type { RigOptions } from './rig.ts';
import { until } from './until.ts';

/** How a crash ended; `trouble` null: everything that is promised held. */
export interface Struck {
  readonly name: string;
  readonly end: End | null;
  /** From the fault to the end of the cutover. */
  readonly tookMs: number | null;
  readonly longestGapMs: number | null;
  readonly acknowledged: number | null;
  readonly trouble: string | null;
}

/** The pair that is moved; default: 7.0 to 8.0. */
export type Servers = Pick<RigOptions, 'source' | 'target' | 'sourceOptions' | 'targetOptions'>;

export interface Case {
  readonly fault: Fault;
  readonly expected: End;
}

const DEEDS = ['kill', 'sleep'] as const;

/**
 * Every instant, both ways to be lost, and the only end that the recovery table leaves. `notBegun`: what becomes of
 * an approval when the worker is lost before the first record: as a rule the next one makes the attempt itself.
 */
export function casesOf(acts: readonly TracedAct[], notBegun: End = 'promoted'): Case[] {
  const decided = acts.findIndex(({ act, moment }) => act === 'record:promoting' && moment === 'after');
  return acts.flatMap(({ act, moment }, at) => {
    // A fault strikes at the first act of its name; the role is kept in the config file more than once.
    const isFirst = acts.findIndex((each) => each.act === act && each.moment === moment) === at;
    return (isFirst ? DEEDS : []).map((deed): Case => {
      const expected = at === 0 ? notBegun : at >= decided ? 'promoted' : 'undone';
      return { fault: { act, moment, deed, cutover: 1 }, expected };
    });
  });
}

export function lineOf({ name, end, tookMs, longestGapMs, acknowledged, trouble }: Struck): string {
  const figures = `${tookMs} ms to the end, longest gap ${longestGapMs} ms, ${acknowledged} acknowledged`;
  return `${trouble === null ? 'held  ' : 'BROKEN'} ${name}: ${end}; ${figures}`;
}

export function nameOf({ deed, moment, act, cutover }: Fault): string {
  return `${deed} ${moment} ${act}${cutover === 2 ? ' of a revert' : ''}`;
}

/** Every act of a cutover that nothing disturbs, in order, up to the first ones of watching. */
export async function healthyActs(servers: Servers = {}): Promise<readonly TracedAct[]> {
  const rig = await startLoadedRig({ ferry: { role: 'bot' }, ...servers });
  const worker = await startFaultyWorker(rig, null);
  try {
    await follow(rig);
    await rig.approve();
    await rig.reaches('watching');
    const acts = () => worker.acts().filter((each) => each.cutovers === 1);
    // Watching begins by making the roles last and renewing the guard.
    const last = await until(
      () =>
        acts().findIndex((each) => each.act === 'take-guard:target' && each.moment === 'after') + 1 || null,
      { what: 'the first acts of watching' },
    );
    await rig.settles('promoted');
    return acts().slice(0, last);
  } catch (error) {
    throw new Error(`${messageOf(error)}\n${tail(rig, worker)}`, { cause: error });
  } finally {
    await worker.stop();
    await rig.stop();
  }
}

/** Runs one crash from the first write to the accounting. Never throws: what is wrong is its `trouble`. */
export async function strike(fault: Fault, expected: End, servers: Servers = {}): Promise<Struck> {
  let measured: Omit<Struck, 'name' | 'trouble'> = {
    end: null,
    tookMs: null,
    longestGapMs: null,
    acknowledged: null,
  };
  const name = nameOf(fault);
  const rig = await startLoadedRig({ ferry: { role: 'bot' }, ...servers });
  let worker: FaultyWorker | null = null;
  try {
    worker = await startFaultyWorker(rig, fault);
    await follow(rig);
    // It finds what the first one leaves by the reconciler alone.
    await rig.startWorker();
    await rig.approve();
    if (fault.cutover === 2) {
      await rig.reaches('watching');
      await until(async () => (await rig.load.figures()).byNew > 100, { what: 'writes at the new side' });
      await rig.revert();
    }
    const failing = worker;
    await until(() => failing.hasFailed(), { what: 'the fault strikes', deadlineMs: 40_000 });
    const failedAt = performance.now();
    const end = await rig.ends();
    // Reverted is over: there the guard is gone with everything else of Ferry's.
    if (end !== 'reverted') {
      const writing = end === 'promoted' ? 'target' : 'source';
      const what = 'a successor guards the writing side';
      await until(async () => (await rig.guardEpoch(writing)) > 1, { what, deadlineMs: 30_000 });
    }
    measured = { ...measured, end, tookMs: Math.round(performance.now() - failedAt) };
    if (end !== expected) throw new Error(`I8: it ended ${end}, which should have been ${expected}`);
    const tookMs = measured.tookMs ?? Number.POSITIVE_INFINITY;
    if (tookMs > ENDS_WITHIN_MS) throw new Error(`I3: it took ${tookMs} ms to end`);
    if (fault.deed === 'sleep') await wakeLate(fault, worker);
    const { longestGapMs, acknowledged } = await rig.settles(end);
    measured = { ...measured, longestGapMs: Math.round(longestGapMs), acknowledged };
    return { name, ...measured, trouble: null };
  } catch (error) {
    return { name, ...measured, trouble: `${messageOf(error)}\n${tail(rig, worker)}` };
  } finally {
    await worker?.stop();
    await rig.stop();
  }
}

/** I8: whoever wakes after its successor has finished finds every door closed. */
async function wakeLate(fault: Fault, worker: FaultyWorker): Promise<void> {
  await worker.wake();
  await until(() => worker.hasGivenUp(), { what: 'the sleeper gives up', deadlineMs: 30_000 });
  const [verb = '', side = ''] = fault.act.split(':');
  const own = DEED_OF[verb] ?? verb;
  // An act that it slept after was done before; only its end is told late.
  const late = worker
    .lateDeeds()
    .filter((deed) => deed.kind === 'done')
    .filter((deed, at) => !(fault.moment === 'after' && at === 0 && deed.did === `${own}:${side}`));
  if (late.length > 0) throw new Error(`I8: the sleeper acted after it woke: ${JSON.stringify(late)}`);
}

/** How an act of the trace is called on a control connection. */
const DEED_OF: Readonly<Record<string, string>> = {
  'take-guard': 'takeGuard',
  'fence-close': 'fence',
  'rewrite-config': 'rewriteConfig',
  canary: 'writeCanary',
};

/** Does `work` for each item, so many at a time; gives the results in the items' order. */
export async function severalAtOnce<T, R>(
  atOnce: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const one = async () => {
    for (const [at, item] of queue) results[at] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return results;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`;
}

/** The last words of both workers, without what they say all the time. */
function tail(rig: LoadedRig, worker: FaultyWorker | null): string {
  const last = (text: string, count: number) =>
    text
      .split('\n')
      .filter((line) => !/"(record:verified|hold-lock)/.test(line))
      .slice(-count)
      .join('\n');
  return `--- the faulty worker:\n${last(worker?.output() ?? 'not started', 25)}\n--- the others:\n${last(rig.log(), 40)}`;
}
