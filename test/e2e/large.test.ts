// A data set of a gigabyte under load, from 7.0 to 8.0: every stage is shown, in order, and none of them
// says more than was measured. Part of the full run only: it takes minutes.

import { expect, it } from 'vitest';
import type { Range } from '../../src/migration/forecast.ts';
import type { Migration } from '../../src/migration/migration.ts';
import { run, wireTo } from '../support/data.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { startRig } from '../support/rig.ts';

const ORDER = ['connecting', 'waiting for the snapshot', 'transferring', 'loading'];

it.runIf(FULL_RUN)('shows every stage of a large sync truthfully', { timeout: 600_000 }, async () => {
  const rig = await startRig({
    sourceOptions: {
      settings: { 'enable-debug-command': 'yes', rdbcompression: 'no', 'repl-diskless-sync-delay': '2' },
    },
    targetOptions: { settings: { 'repl-diskless-load': 'disabled' } },
  });
  try {
    const source = await wireTo(rig.source.port);
    await run(source, [['DEBUG', 'POPULATE', '1000000', 'big', '1024']]);
    let writing = true;
    const load = (async () => {
      for (let i = 0; writing; i += 1) {
        await run(
          source,
          Array.from({ length: 20 }, (_, n) => ['SET', `load:${(i * 20 + n) % 50_000}`, String(i)]),
        );
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    await rig.type('/redis migrate carts-old carts-new');
    await rig.reaches('planned');
    await rig.press('U0BEN', 'ferry.start');
    const migration = await rig.reaches('following', { deadlineMs: 400_000 });
    writing = false;
    await load;
    expectAsForeseen(migration);
    const card = rig.thread()[0];
    const texts = (card?.versions ?? []).map((version) => version.text);
    console.log(texts.join('\n'));
    const syncing = texts.filter((text) => /sync/i.test(text));
    const stages = syncing
      .map((text) => ORDER.findIndex((stage) => text.includes(stage)))
      .filter((at) => at >= 0);
    expect(stages).toEqual([...stages].sort((a, b) => a - b));
    // The card is edited every five seconds, so the short stages may pass between two edits.
    expect(stages).toEqual(expect.arrayContaining([ORDER.indexOf('transferring'), ORDER.indexOf('loading')]));
    for (const text of syncing) expect(text).not.toMatch(/\b100\s?%/);
  } finally {
    await rig.stop();
  }
});

/** What the transfer cost lies in the ranges that the plan told before it. */
function expectAsForeseen({ transfers, state }: Migration): void {
  const transfer = transfers[0] ?? null;
  const forecast = 'plan' in state ? (state.plan.pairs[0]?.forecast ?? null) : null;
  if (transfer === null || forecast === null) throw new Error('The transfer was not measured.');
  console.log(JSON.stringify({ transfer, forecast }, null, 2));
  const pairs: readonly (readonly [figure: number | null, foreseen: Range])[] = [
    [transfer.forkMs, forecast.forkMs],
    [transfer.tookMs, forecast.syncMs],
    [transfer.transferredBytes, forecast.snapshotBytes],
    [transfer.copyOnWriteBytes, { least: 0, most: forecast.copyOnWriteBytes }],
  ];
  for (const [figure, { least, most }] of pairs) {
    expect(figure).toBeGreaterThanOrEqual(least);
    expect(figure).toBeLessThanOrEqual(most);
  }
}
