// One migration under numbered writes, from the plan to its end: every acknowledged write is accounted for,
// the old address accepts none afterwards, and at no instant do both sides accept (I1, I2).

import { expect, onTestFinished } from 'vitest';
import type { CutoverOutcome } from '../../src/migration/cutover.ts';
import { fill } from '../../src/sandbox/load/fill.ts';
import type { Account, Load } from '../../src/sandbox/load/load.ts';
import { loadThread } from './load-thread.ts';
import type { LoadedPair } from './loaded-pair.ts';
import { until } from './until.ts';

export interface Passage {
  readonly what: 'cutover' | 'revert';
  readonly outcome: CutoverOutcome;
  readonly account: Account;
}

export interface PassageOptions {
  /** In the names of its keys: another one for each passage of a pair. */
  readonly prefix: string;
  /** Reverts after the cutover; else completes. */
  readonly reverts: boolean;
  /** How long the writer of the kind plain insists on the old address. */
  readonly staysMs: number;
  /** Is the way back open after the cutover? */
  readonly wayBack: 'open' | 'closed';
  readonly perSecond?: number;
  /** Redis before 2.6 has no scripts. */
  readonly scripts?: boolean;
  readonly keys?: number;
  /** Looks for two sides that accept at once. Default: yes. */
  readonly watchesSides?: boolean;
}

/** Longer than anybody stays. */
const MOVES_WITHIN_MS = 30_000;

/** Both servers are as before afterwards, once `pair.reset` was called. */
export async function passage(pair: LoadedPair, options: PassageOptions): Promise<readonly Passage[]> {
  const { reverts } = options;
  const passages: Passage[] = [];
  const { load, uid } = await underLoad(pair, options);
  const { state } = await pair.cutOver(uid);
  if (state.phase !== 'watching') throw new Error(`It is ${state.phase}.`);
  expect(state.wayBack.state).toBe(options.wayBack);
  passages.push({
    what: 'cutover',
    outcome: state.outcome,
    account: await settled(load, 'new', pair, options),
  });
  if (reverts) {
    await load.resetGaps();
    await load.expectSwitch('old');
    await pair.wish(uid, 'revert-requested');
    const reverted = await pair.reaches(uid, 'reverted');
    if (reverted.state.phase !== 'reverted' || reverted.state.back === null)
      throw new Error(`It is ${reverted.state.phase}.`);
    const account = await settled(load, 'old', pair, options);
    passages.push({ what: 'revert', outcome: reverted.state.back, account });
  } else {
    await pair.wish(uid, 'complete-requested');
    await pair.reaches(uid, 'completed');
  }
  // I1: the former primary stays closed after the end as well.
  expectNothingWrong(await load.account(reverts ? pair.at.old : pair.at.new), options.watchesSides !== false);
  await load.unwatchSides();
  await load.stop();
  return passages;
}

type LoadedOptions = Pick<
  PassageOptions,
  'prefix' | 'staysMs' | 'perSecond' | 'scripts' | 'keys' | 'watchesSides'
>;

/** Fills the source, writes to it, and brings the pair to where people may approve. */
export async function underLoad(
  pair: LoadedPair,
  options: LoadedOptions,
): Promise<{ readonly load: Load; readonly uid: string }> {
  const { load, followed: uid } = await loadOver(pair, options, () => pair.follow());
  return { load, uid };
}

/** Fills the source, writes to it, and goes on once the target follows and writes are steady. */
export async function loadOver<T>(
  pair: LoadedPair,
  options: LoadedOptions,
  follow: () => Promise<T>,
): Promise<{ readonly load: Load; readonly followed: T }> {
  const { prefix, staysMs, perSecond = 2_000, scripts = true, keys = 5_000 } = options;
  await pair.reset();
  await fill(pair.at.old, keys);
  const load = await loadThread({
    ...pair.at,
    prefix,
    perSecond,
    kinds: scripts ? ['plain', 'multi', 'lua'] : ['plain', 'multi'],
    stays: { kind: 'plain', forMs: staysMs },
  });
  onTestFinished(() => load.stop());
  const followed = await follow();
  if (options.watchesSides !== false) await load.watchSides();
  await load.resetGaps();
  const { acknowledged } = await load.figures();
  await until(async () => (await load.figures()).acknowledged > acknowledged + 500, {
    what: 'steady writes',
  });
  return { load, followed };
}

/** Waits until every writer has moved, the one that stayed too, and accounts for everything so far. */
async function settled(
  load: Load,
  to: 'old' | 'new',
  pair: LoadedPair,
  { staysMs, watchesSides }: PassageOptions,
): Promise<Account> {
  const refusedBefore = (await load.figures()).refusedWhileStaying;
  await until(
    async () => {
      const { holder, stayingOn, refusedWhileStaying } = await load.figures();
      return holder === to && stayingOn === null && refusedWhileStaying > refusedBefore;
    },
    { what: `all writers write to the ${to} side`, deadlineMs: staysMs + MOVES_WITHIN_MS },
  );
  const account = await load.account(pair.at[to]);
  expectNothingWrong(account, watchesSides !== false);
  return account;
}

export function expectNothingWrong(account: Account, watched = true): void {
  expect(account.acknowledged).toBeGreaterThan(0);
  expect({ lost: account.lost, examples: account.lostExamples }).toEqual({ lost: 0, examples: [] });
  expect({ wrongSide: account.wrongSide, examples: account.wrongSideExamples }).toEqual({
    wrongSide: 0,
    examples: [],
  });
  expect(account.twoWriters).toBe(watched ? 0 : null);
}
