// I1: the old server killed and started again at every moment after the promotion, with and without a config
// file, under writers that insist on it: it never accepts a write.

import { inject, it, onTestFinished } from 'vitest';
import { compareVersions } from '../../src/sandbox/servers/server-id.ts';
import type { ActTrace } from '../../src/workflow/ports.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { type LoadedPair, startLoadedPair } from '../support/loaded-pair.ts';
import { expectNothingWrong, underLoad } from '../support/passage.ts';
import { until } from '../support/until.ts';

/** What has just been done when the old server is killed; later ones are reached by waiting. */
const MOMENTS = [
  'after promote:target',
  'after record:promoted',
  'after rewrite-config:source',
  'while watching',
  'after complete',
] as const;

interface Case {
  readonly source: string;
  readonly configFile: boolean;
  readonly moment: (typeof MOMENTS)[number];
}

const sources = FULL_RUN
  ? Object.entries(inject('servers'))
      .filter(([, { version, flavour }]) => flavour === 'redis' && compareVersions(version, '8') < 0)
      .map(([id]) => id)
  : ['redis-7.0'];

const cases: readonly Case[] = sources.flatMap((source) =>
  [true, false].flatMap((configFile) =>
    MOMENTS.filter((moment) => isReached(source, configFile, moment)).map((moment) => ({
      source,
      configFile,
      moment,
    })),
  ),
);

it.for(FULL_RUN ? cases : cases.filter((_, i) => i % 2 === 0))(
  'I1 $source, config file $configFile, restarted $moment, takes no write',
  { timeout: 240_000 },
  async ({ source, configFile, moment }) => {
    const restart = { armed: false, done: Promise.resolve() };
    const strike = () => {
      restart.armed = false;
      restart.done = pair.source.restart('SIGKILL');
    };
    const trace: ActTrace = {
      at(when, act) {
        if (restart.armed && `${when} ${act}` === moment) strike();
      },
    };
    const pair = await startLoadedPair({ source, target: 'redis-8.0', configFile, trace });
    onTestFinished(() => pair.stop());
    const version = inject('servers')[source]?.version ?? '0';
    const { load, uid } = await underLoad(pair, {
      prefix: 'restart',
      staysMs: 500,
      perSecond: 500,
      scripts: compareVersions(version, '2.6') >= 0,
    });
    restart.armed = true;
    await pair.cutOver(uid);
    if (moment === 'after complete') {
      await pair.wish(uid, 'complete-requested');
      await pair.reaches(uid, 'completed');
    }
    if (moment === 'while watching') await watchesQuietly(pair);
    if (moment === 'while watching' || moment === 'after complete') strike();
    await restart.done;
    // Long enough for a writer that insists to try hundreds of times.
    const { byNew } = await load.figures();
    await until(async () => (await load.figures()).byNew > byNew + 1_500, {
      what: 'writes on the new server',
      deadlineMs: 60_000,
    });
    expectNothingWrong(await load.account(pair.at.new));
  },
);

async function watchesQuietly(pair: LoadedPair): Promise<void> {
  await until(() => /way back|watching/.test(pair.log()), { what: 'it watches' });
}

/** Without a file nothing is written to one, and nobody watches after the end: the survey says so before. */
function isReached(source: string, configFile: boolean, moment: Case['moment']): boolean {
  const canRewrite = compareVersions(inject('servers')[source]?.version ?? '0', '2.8') >= 0;
  if (moment === 'after rewrite-config:source') return configFile && canRewrite;
  return moment !== 'after complete' || (configFile && canRewrite);
}
