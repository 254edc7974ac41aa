// I1: the old server killed and started again at every moment after the promotion, with and without a config
// file, under writers that insist on it: it never accepts a write. Before 6.2 nobody can hold its writes while it
// starts, without a file or without CONFIG REWRITE (before 2.8); there the few that it takes are told to people.

import { expect, inject, it, onTestFinished } from 'vitest';
import type { Account } from '../../src/sandbox/load/load.ts';
import { ask, LoginRefused } from '../../src/sandbox/load/resp.ts';
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
  /** Could its writes be held, if it comes back as a primary? */
  readonly canHold: boolean;
  readonly promise: 'takes no write' | 'is set aside, and what it took is told';
}

const sources = FULL_RUN
  ? Object.entries(inject('servers'))
      .filter(([, { version, flavour }]) => flavour === 'redis' && compareVersions(version, '8') < 0)
      .map(([id]) => id)
  : ['redis-7.0'];

const cases = sources.flatMap((source) =>
  [true, false].flatMap((configFile) =>
    MOMENTS.filter((moment) => isReached(source, configFile, moment)).map(
      (moment): Case => ({
        source,
        configFile,
        moment,
        canHold: canHold(source),
        promise:
          keepsRoles(source, configFile) || canHold(source)
            ? 'takes no write'
            : 'is set aside, and what it took is told',
      }),
    ),
  ),
);

it.for(FULL_RUN ? cases : cases.filter((_, i) => i % 5 === 0))(
  'I1 $source, config file $configFile, restarted $moment, $promise',
  { timeout: 240_000 },
  async ({ source, configFile, moment, canHold }) => {
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
    const version = inject('servers')[source]?.version ?? '0';
    const pair = await startLoadedPair({
      source,
      target: 'redis-8.0',
      configFile,
      trace,
      // Its data takes it half a second to load, so that whoever is slow on a busy machine still meets it starting.
      ...(canHold && !configFile && { settingsOf: { source: { 'key-load-delay': '100' } } }),
    });
    onTestFinished(() => pair.stop());
    const { load, uid } = await underLoad(pair, {
      prefix: 'restart',
      staysMs: 500,
      perSecond: 500,
      scripts: compareVersions(version, '2.6') >= 0,
    });
    // What it comes back with: the writers look for their own keys before they write.
    if (!configFile) await ask(pair.at.old, [['SAVE']]);
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
    const account = await load.account(pair.at.new);
    if (keepsRoles(source, configFile) || canHold) return expectNothingWrong(account);
    await expectTold(pair, uid, account);
  },
);

async function watchesQuietly(pair: LoadedPair): Promise<void> {
  await until(() => /way back|watching/.test(pair.log()), { what: 'it watches' });
}

function canHold(source: string): boolean {
  return compareVersions(inject('servers')[source]?.version ?? '0', '6.2') >= 0;
}

/** It takes no more writes, and if it took any, people are asked what they are worth. */
async function expectTold(pair: LoadedPair, uid: string, account: Account): Promise<void> {
  // A 2.4 takes writes even as a replica: there Ferry's password is what keeps everybody off.
  const role = await ask(pair.at.old, [['INFO']]).catch((error: unknown) => {
    if (error instanceof LoginRefused) return error.message;
    throw error;
  });
  expect(String(role)).toMatch(/role:slave|operation not permitted/);
  const { state } = await pair.record(uid);
  if (account.wrongSide + (account.twoWriters ?? 0) === 0) return;
  expect(state.phase === 'needs-human' && state.question).toContain('may have taken writes');
}

/** Does it come back as what Ferry made of it? Its file says so, where it can be rewritten. */
function keepsRoles(source: string, configFile: boolean): boolean {
  return configFile && compareVersions(inject('servers')[source]?.version ?? '0', '2.8') >= 0;
}

/** Without a file nothing is written to one, and nobody watches after the end: the survey says so before. */
function isReached(source: string, configFile: boolean, moment: Case['moment']): boolean {
  if (moment !== 'after rewrite-config:source' && moment !== 'after complete') return true;
  return keepsRoles(source, configFile);
}
