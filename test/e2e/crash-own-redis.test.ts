// I1, I2, I3, I8: Ferry's own Redis freezes in the middle of a cutover under load. No record can be written, so
// nothing more happens; a fence ends by itself, and what was begun is undone or finished once it answers again.

import { expect, it } from 'vitest';
import { follow, startLoadedRig } from '../support/cutover-under-load.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { until } from '../support/until.ts';

const FROZEN_MS = 6_000;
/** The lease of the longer fence outlives the freeze: the save that hangs may still be done when it ends. */
const FENCES = ['1s', '2s'] as const;

const MOMENTS = [
  { act: 'record:cutover-begun', end: ['undone', 'promoted'], writesGoOn: true },
  { act: 'fence:source', end: ['undone', 'promoted'], writesGoOn: true },
  { act: 'record:demoting', end: ['undone', 'promoted'], writesGoOn: false },
  { act: 'follow:source', end: ['undone', 'promoted'], writesGoOn: false },
  { act: 'record:promoting', end: ['promoted'], writesGoOn: true },
  { act: 'promote:target', end: ['promoted'], writesGoOn: true },
] as const;

const CASES = MOMENTS.flatMap((each) => FENCES.map((fence) => ({ ...each, fence })));
const RUN = FULL_RUN ? CASES : CASES.filter(({ act, fence }) => act === 'follow:source' && fence === '2s');

for (const { act, end, writesGoOn, fence } of RUN) {
  it(`I1 I2 I3 I8 Ferry's own Redis freezes after ${act}, with a fence of ${fence}`, {
    timeout: 240_000,
  }, async () => {
    let frozenAt: number | null = null;
    let began = false;
    let thawed = false;
    const rig = await startLoadedRig({
      cutover: `fence: ${fence}`,
      ferry: {
        trace: {
          at(moment, seen) {
            began ||= seen === 'record:cutover-begun';
            if (!began || frozenAt !== null || moment !== 'after' || seen !== act) return;
            frozenAt = performance.now();
            rig.own.pause();
            setTimeout(() => {
              thawed = true;
              rig.own.resume();
            }, FROZEN_MS);
          },
        },
      },
    });
    try {
      await follow(rig);
      await rig.approve();
      await until(() => frozenAt !== null, { what: 'it freezes', deadlineMs: 30_000 });
      if (writesGoOn) {
        const { acknowledged } = await rig.load.figures();
        await until(async () => (await rig.load.figures()).acknowledged > acknowledged + 100, {
          what: 'writes go on while it is frozen',
          deadlineMs: FROZEN_MS,
        });
        expect(thawed).toBe(false);
      }
      await until(() => thawed, { what: 'it thaws' });
      const ended = await rig.ends();
      expect(end).toContain(ended);
      await rig.settles(ended);
    } catch (error) {
      process.stderr.write(`${rig.log().split('\n').slice(-60).join('\n')}\n`);
      throw error;
    } finally {
      rig.own.resume();
      await rig.stop();
    }
  });
}
