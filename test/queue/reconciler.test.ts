// What should move and does not is found and given to somebody: at the start, after a crash, after an outage.

import { expect, onTestFinished, test } from 'vitest';
import { type Reconciler, startReconciler } from '../../src/queue/reconciler.ts';
import { draftOf } from '../store/sample-records.ts';
import { until } from '../support/until.ts';
import { queueRedis, quiet } from './queue-redis.ts';

const ferry = queueRedis();

function reconciling(start: () => Reconciler): void {
  const reconciler = start();
  onTestFinished(() => reconciler.stop());
}

test('I8 when a worker is killed another owns its migration within seconds', async () => {
  const records = ferry.records();
  const leaseMs = 1_000;
  const owners: string[] = [];
  const driveOf = (name: string) => async (uid: string) => {
    const owner = await records.claim(uid, leaseMs);
    if (owner === null) return 'busy' as const;
    await records.setDue(uid, leaseMs + 200);
    owners.push(`${name}, epoch ${owner.epoch}`);
    return new Promise<never>(() => {});
  };
  const first = await ferry.worker(driveOf('first'));
  reconciling(() => startReconciler({ records, queue: ferry.drives(), logger: quiet }));
  const made = await records.create(draftOf());
  expect(made.kind).toBe('created');
  await until(() => owners.length === 1, { what: 'the first owner', deadlineMs: 5_000 });
  await first.stop(0);

  await ferry.worker(driveOf('second'));
  await until(() => owners.length === 2, { what: 'a second owner', deadlineMs: 8_000 });
  expect(owners).toEqual(['first, epoch 1', 'second, epoch 2']);
});

test('it looks at once, and gives each migration one job however often it looks', async () => {
  const records = ferry.records();
  const made = await records.create(draftOf());
  if (made.kind === 'locked') throw new Error('locked');
  let looks = 0;
  const counting = {
    due: (limit: number) => {
      looks += 1;
      return records.due(limit);
    },
  };
  reconciling(() =>
    startReconciler({ records: counting, queue: ferry.drives(), logger: quiet, everyMs: 20 }),
  );
  expect(looks).toBe(1);
  await until(() => looks > 5, { what: 'more looks' });
  expect(await ferry.unfinished()).toBe(1);

  await records.setDue(made.migration.uid, 60_000);
  const driven: string[] = [];
  await ferry.worker(async (uid) => {
    driven.push(uid);
    return 'over';
  });
  await until(async () => driven.length > 0 && (await ferry.unfinished()) === 0, { what: 'the drive' });
  const seen = looks;
  await until(() => looks > seen + 5, { what: 'more looks' });
  expect(driven).toEqual([made.migration.uid]);
});

test("an outage of Ferry's Redis does not end it", async () => {
  const enqueued: string[] = [];
  let looks = 0;
  const records = {
    due: async () => {
      looks += 1;
      if (looks < 3) throw new Error('away');
      return ['u1'];
    },
  };
  const queue = {
    enqueue: async (uid: string) => {
      enqueued.push(uid);
    },
  };
  reconciling(() => startReconciler({ records, queue, logger: quiet, everyMs: 5 }));
  await until(() => enqueued.length > 0, { what: 'the first job after the outage' });
  expect(looks).toBeGreaterThanOrEqual(3);
});

test('once stopped it looks no more', async () => {
  let looks = 0;
  const records = {
    due: async () => {
      looks += 1;
      return [];
    },
  };
  const queue = { enqueue: async () => {} };
  const reconciler = startReconciler({ records, queue, logger: quiet, everyMs: 5 });
  await until(() => looks > 2, { what: 'some looks' });
  await reconciler.stop();
  const seen = looks;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(looks).toBe(seen);
});
