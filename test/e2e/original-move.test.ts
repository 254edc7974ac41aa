// The moves that this began with, on servers of those versions and with gigabytes of data under writes. Part of
// the full run, where REDIS_BIN_DIR holds them: they take minutes and come from no package.

import { afterAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { fill } from '../../src/sandbox/load/fill.ts';
import { ask } from '../../src/sandbox/load/resp.ts';
import { transferLines } from '../../src/slack/blocks/forecast-words.ts';
import { toPlain } from '../../src/slack/blocks/render-words.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { loadThread } from '../support/load-thread.ts';
import { startLoadedPair } from '../support/loaded-pair.ts';
import { expectNothingWrong } from '../support/passage.ts';
import { until } from '../support/until.ts';

const MOVES = [
  ['2.4.16', 'redis 2.6.16'],
  ['2.4.16', 'redis 8.0'],
  ['2.6.16', 'valkey 8.1'],
] as const;
const GIGABYTES = Number(process.env['FERRY_TEST_GIGABYTES'] ?? '2');
const VALUE_BYTES = 1_000;
/** What a key costs the newest of the targets, and the others more. */
const KEY_BYTES = 650;
const HOUR_MS = 3_600_000;

const here = Object.entries(inject('servers'));
const idOf = (flavour: string, version: string): string | undefined =>
  here.find(([, binary]) => binary.flavour === flavour && binary.version.startsWith(version))?.[0];

const possible = MOVES.flatMap(([from, to]) => {
  const [flavour = '', version = ''] = to.split(' ');
  const [source, target] = [idOf('redis', from), idOf(flavour, version)];
  return source === undefined || target === undefined ? [] : [{ source, target }];
});
const told: string[] = [];

describe.runIf(FULL_RUN && possible.length > 0)('gigabytes from the first versions', () => {
  afterAll(() => {
    process.stdout.write(`\n${told.join('\n')}\n`);
  });

  it.for(possible)(
    'I1 I2 $source to $target with nothing lost',
    { timeout: HOUR_MS },
    async ({ source, target }) => {
      const pair = await startLoadedPair({ source, target, patienceMs: HOUR_MS / 2 });
      onTestFinished(() => pair.stop());
      await fill(pair.at.old, Math.round((GIGABYTES * 1024 ** 3) / KEY_BYTES), VALUE_BYTES);
      const load = await loadThread({
        ...pair.at,
        kinds: ['plain', 'multi'],
        perSecond: 1_000,
        stays: { kind: 'plain', forMs: 60_000 },
      });
      onTestFinished(() => load.stop());
      const startedAt = performance.now();
      const uid = await pair.follow();
      const followsAfterMs = performance.now() - startedAt;
      await load.watchSides();
      await load.resetGaps();
      const migration = await pair.cutOver(uid);
      const { state } = migration;
      if (state.phase !== 'watching') throw new Error(`It is ${state.phase}.`);
      await until(
        async () => {
          const { holder, stayingOn } = await load.figures();
          return holder === 'new' && stayingOn === null;
        },
        { what: 'all writers have moved', deadlineMs: 120_000 },
      );
      const account = await load.account(pair.at.new);
      const [info] = await ask(pair.at.new, [['INFO']]);
      const memory = Number(/^used_memory:(\d+)/m.exec(String(info))?.[1] ?? 0);
      expect(memory).toBeGreaterThan(GIGABYTES * 1024 ** 3);
      told.push(
        [
          `${source} to ${target}: ${(memory / 1024 ** 3).toFixed(2)} GB`,
          `verified after ${(followsAfterMs / 1_000).toFixed(0)} s`,
          `fence ${state.outcome.fenceTimeMs?.toFixed(1)} ms, gap of a moving writer ${account.switchGapMs?.toFixed(1)} ms`,
          `acknowledged ${account.acknowledged}, lost ${account.lost}`,
        ].join(', '),
        ...transferLines(migration, state.plan).map((line) => `  ${toPlain(line)}`),
      );
      expectNothingWrong(account);
      expect(account.refusedWhileStaying).toBeGreaterThan(0);
      await pair.wish(uid, 'complete-requested');
      await pair.reaches(uid, 'completed');
    },
  );
});
