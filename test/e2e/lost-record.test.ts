// I2, I3, I12: Ferry's own Redis loses its last second, and with it the record of an attempt whose fence lasts. Whoever
// comes next finds the hold on the server, takes it off and puts back exactly what was there; nobody's approval of
// before counts any more.

import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import type { StartOptions } from '../../src/sandbox/servers/start.ts';
import { keys } from '../../src/store/keys.ts';
import { follow, type LoadedRig, startLoadedRig } from '../support/cutover-under-load.ts';
import { type Fault, startFaultyWorker } from '../support/faulty-worker.ts';
import { idOfRelease } from '../support/servers.ts';
import { until } from '../support/until.ts';

const HELD: Fault = { deed: 'kill', moment: 'after', act: 'fence:source', cutover: 1 };
const USER: StartOptions = { settings: { user: 'ana on >of-ana ~carts:* -@all +get +set +del' } };
const PASSWORD: StartOptions = { password: 'of-the-carts' };

const MOVES = (
  [
    ['6.0', '8.0', USER],
    ['5.0', '8.0', {}],
    ['5.0', '8.0', PASSWORD],
    ['2.8', '8.0', {}],
    ['2.4', '2.6', PASSWORD],
  ] as const
).flatMap(([from, to, sourceOptions]) => {
  const [source, target] = [idOfRelease(from), idOfRelease(to)];
  return source === undefined || target === undefined ? [] : [{ source, target, sourceOptions }];
});

/** The record as it is now, to be put there again: what a Redis that lost the rest comes back with. */
async function remember(rig: LoadedRig): Promise<{ forget(): Promise<void> }> {
  const redis = new Redis(rig.own.url);
  const { uid } = await rig.migration();
  const key = keys.migration(uid);
  const [revision = '', record = '', step = ''] = await redis.hmget(key, 'revision', 'record', 'step');
  return {
    async forget() {
      await redis.hset(key, { revision: revision ?? '', record: record ?? '', step: step ?? '' });
      redis.disconnect();
    },
  };
}

for (const { source, target, sourceOptions } of MOVES) {
  const with_ = 'password' in sourceOptions ? ' with a password' : '';
  it(`I2 I3 I12 a hold on ${source}${with_} of which no record is left`, { timeout: 240_000 }, async () => {
    const rig = await startLoadedRig({ ferry: { role: 'bot' }, source, target, sourceOptions });
    const worker = await startFaultyWorker(rig, HELD);
    try {
      await follow(rig);
      await rig.offering('ferry.approve');
      const record = await remember(rig);
      await rig.approve();
      await until(() => worker.hasFailed(), { what: 'the worker dies', deadlineMs: 40_000 });
      await record.forget();
      expect((await rig.migration()).state.phase).toBe('following');
      await rig.startWorker();
      await until(() => rig.thread().some(({ text }) => text.includes('found its own hold on carts-old')), {
        what: 'it is said',
        deadlineMs: 30_000,
      });
      await rig.reaches('following', { deadlineMs: 60_000 });
      expect(await rig.ends()).toBe('undone');
      // The users' rights and the password are as before, and every write is on both.
      await rig.settles('undone');
    } catch (error) {
      process.stderr.write(`${rig.log().split('\n').slice(-60).join('\n')}\n`);
      throw error;
    } finally {
      await worker.stop();
      await rig.stop();
    }
  });
}
