// I2: a new server that is restarted between the decision to promote it and the promotion comes back as a primary,
// perhaps without its data. That is no end of a cutover: the old server keeps what it has, and a person looks.

import { expect, it, onTestFinished } from 'vitest';
import { ask } from '../../src/sandbox/load/resp.ts';
import type { ActTrace } from '../../src/workflow/ports.ts';
import { type LoadedPair, startLoadedPair } from '../support/loaded-pair.ts';
import { until } from '../support/until.ts';

it.for(['redis-6.0', 'redis-7.0'])(
  'I2 %s to redis-8.0: the restarted target is not taken for the promoted one',
  { timeout: 120_000 },
  async (source) => {
    let pair: LoadedPair | null = null;
    const trace: ActTrace = {
      async at(when, act) {
        if (when === 'after' && act === 'record:promoting') await pair?.target.restart('SIGKILL');
      },
    };
    // As by default: the time between asking for a full resync and its first byte.
    const settings = { 'repl-diskless-sync-delay': '5' };
    pair = await startLoadedPair({ source, target: 'redis-8.0', settings, trace });
    const { at, follow, wish, reaches, answer, stop } = pair;
    onTestFinished(stop);
    await ask(at.old, [['MSET', 'a', '1', 'b', '2']]);
    const uid = await follow();
    await wish(uid, 'approved');
    const { state } = await reaches(uid, 'needs-human');
    if (state.phase !== 'needs-human') throw new Error('unreachable');
    expect(state.facts.join(' ')).toContain('carts-new was restarted since the cutover began');
    expect(
      await ask(at.old, [
        ['EXISTS', 'a'],
        ['EXISTS', 'b'],
      ]),
    ).toEqual([1, 1]);
    const role = await until(
      async () => {
        const [seen] = await ask(at.old, [['ROLE']]);
        return Array.isArray(seen) && Number(seen[2]) === 1 ? String(seen[0]) : null;
      },
      { what: 'the old side is set aside' },
    );
    expect(role).toBe('slave');
    expect(state.answers.find(({ id }) => id === 'recheck')?.label).toBe(
      'Go on with the restarted carts-new',
    );
    await answer(uid, 'recheck');
    await reaches(uid, 'watching');
    expect(await ask(at.new, [['SET', 'c', '3']])).toEqual(['OK']);
  },
);
