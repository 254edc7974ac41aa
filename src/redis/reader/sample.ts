// Compares keys drawn at random on both sides; all of them where they are few. By SCAN from random places, or by
// RANDOMKEY on servers that know no SCAN; there the counts have to agree as well.

import type { VerificationLevel } from '../../migration/policy.ts';
import { countKeys, type KeysByDb, settleCounts, sumOf } from './counts.ts';
import { createKeySet, drawKeys, drawRandomly, listKeys, shares } from './draw.ts';
import { createPace, type Pace } from './pace.ts';
import { type Peer, selectBoth } from './peer.ts';
import { basisOf, prepare, progress, type Run, termsOf, UNPACED, type Untimed, withCounts } from './run.ts';
import { compareOnce, SLICE_KEYS, settle } from './settle.ts';
import { slices } from './slices.ts';

/** Keys drawn on the target in addition, to find those that only it has. */
const TARGET_SHARE = 0.25;

export async function compareSample(run: Run, level: VerificationLevel): Promise<Untimed> {
  const { source, target, clock, signal } = run;
  const pace = createPace(clock, run.keysPerSecond, signal);
  const compared = prepare(run, run, await termsOf(run), pace);
  await compared.inStep.wait();
  const drawn = await chooseKeys(run, pace);
  const total = [...drawn.values()].reduce((sum, keys) => sum + keys.length, 0);
  const report = progress(run, total);
  report(0);
  for (const [db, keys] of drawn) {
    await selectBoth(db, source, target);
    const again: Buffer[] = [];
    for (const slice of slices(keys, SLICE_KEYS)) {
      const open = await compareOnce(compared, db, slice);
      again.push(...open);
      report(slice.length - open.length);
    }
    await settle(compared, db, again);
    report(again.length);
  }
  const basis = basisOf(run);
  const counts = await settleCounts(source, target, compared.inStep, clock, signal);
  const { sourceKeys, targetKeys } = counts;
  return { ...withCounts(compared.tally.found, counts, basis), level, basis, sourceKeys, targetKeys };
}

/** By database. What fits into a sample is taken as a whole from both sides. */
async function chooseKeys(run: Run, pace: Pace): Promise<ReadonlyMap<number, readonly Buffer[]>> {
  const { source, target, sampleKeys } = run;
  const here = await countKeys(source);
  const there = await countKeys(target);
  const chosen = new Map<number, ReturnType<typeof createKeySet>>();
  const choose = async (peer: Peer, keysByDb: KeysByDb, wanted: number, spending: Pace): Promise<void> => {
    const { connection, able } = peer;
    const whole = sumOf(keysByDb) <= sampleKeys;
    for (const [db, share] of shares(keysByDb, wanted)) {
      const keys = chosen.get(db) ?? createKeySet();
      chosen.set(db, keys);
      await connection.ask(['SELECT', db]);
      if (!able.can('scan')) await drawRandomly(connection, keys, share, spending);
      else if (whole) await listKeys(connection, keys, keys.size + sampleKeys, spending);
      else await drawKeys(connection, keys, share, run.random, spending);
    }
  };
  await choose(source, here, sampleKeys, pace);
  await choose(target, there, Math.ceil(sampleKeys * TARGET_SHARE), UNPACED);
  return new Map([...chosen].map(([db, keys]) => [db, keys.list()]));
}
