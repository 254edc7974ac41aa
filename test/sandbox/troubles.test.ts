// Every trouble that the sandbox can make, at every moment of a migration: it is told, it ends as DESIGN.md
// promises, and every acknowledged write is there (I1 one writer, I2 nothing lost, I7, I8).

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startLoad } from '../../src/sandbox/load/load.ts';
import { ask } from '../../src/sandbox/load/resp.ts';
import { Play } from '../../src/sandbox/play/play.ts';
import {
  makeTrouble,
  SEVERITY,
  type Severity,
  TROUBLES,
  type TroubleName,
} from '../../src/sandbox/play/troubles.ts';
import { addressOf, startWorld, type World } from '../../src/sandbox/world.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { binaryOf } from '../support/servers.ts';
import { MigrationInPlay, MOMENTS, type Moment } from './migration-in-play.ts';

/** As bad as on the page, but not as long. */
const HOW: Severity = {
  ...SEVERITY,
  slowForMs: 12_000,
  cutForMs: 3_000,
  slackAwayForMs: 5_000,
  stormForMs: 4_000,
};
/** The others are sampled elsewhere: stalls in test/e2e/latency, deaths of a worker in test/e2e/crash. */
const SAMPLE: readonly (readonly [TroubleName, Moment])[] = [['cut', 'following']];
const ALL = TROUBLES.flatMap((trouble) => MOMENTS.map((moment) => [trouble, moment] as const));

let world: World;
let play: Play;

beforeAll(async () => {
  world = await startWorld({
    env: process.env,
    say: () => undefined,
    binaries: { source: binaryOf('redis-7.0'), target: binaryOf('redis-8.0') },
    linked: true,
    policy: {
      cutover: { countdown: '1s' },
      latency: {
        stall: '100ms',
        strained: { p99: '50ms', for: '5s' },
        breached: { p99: '150ms', for: '5s' },
        onBreach: 'hold',
      },
    },
  });
  play = await Play.begin(world, { keys: 5_000, perSecond: 500, stayMs: 0, startLoad });
});

beforeEach(() => play.startOver(), 30_000);

afterAll(async () => {
  await play?.stop();
  await world?.stop();
});

describe.each(FULL_RUN ? ALL : SAMPLE)('I1 I2 I7 I8 %s while %s', (trouble, moment) => {
  test('is told, ends in good order, and loses nothing', { timeout: 240_000 }, async () => {
    const migration = await MigrationInPlay.ask(world, play);
    await migration.reach(moment);
    await makeTrouble(trouble, world, play, new AbortController().signal, HOW);
    if (moment === 'following') await expectStory(trouble, migration);
    await migration.finish();

    const account = await play.load.account(addressOf(world.target));
    expect(account).toMatchObject({ lost: 0, wrongSide: 0, holder: 'new' });
    expect(account.byNew).toBeGreaterThan(0);
    const [old] = await ask(addressOf(world.source), [['INFO', 'replication']]);
    expect(String(old)).toContain('role:slave');
    await migration.tells(/Report of m/);
    // Each announcement once, whatever Slack missed meanwhile; an edit that a later one overtook is none.
    const numbers = numbersOf(migration);
    expect(numbers.length).toBeGreaterThan(8);
    expect(numbers.filter((number, i) => numbers.indexOf(number) !== i)).toEqual([]);
  });
});

test('starting over is refused while a migration runs', { timeout: 60_000 }, async () => {
  const migration = await MigrationInPlay.ask(world, play);
  await migration.until('ferry.start');
  await expect(play.startOver()).rejects.toThrow(/^m\d+ is running\. End it first/);
});

/** What the thread has to say about it, where nothing was decided yet. */
async function expectStory(trouble: TroubleName, migration: MigrationInPlay): Promise<void> {
  const told = (words: RegExp) => migration.tells(words);
  switch (trouble) {
    case 'stall':
      await told(/carts-old stopped answering for .*Cause: `EVAL/);
      return;
    case 'slow':
      await told(/carts-old is slow.*breached/);
      return;
    case 'cut':
      await told(/carts-new is no longer in step with carts-old/);
      return;
    case 'kill-worker':
      expect(world.worker.deaths).toBeGreaterThan(0);
      await told(/Another worker drives m\d+ since/);
      return;
    case 'slack-away':
    case 'storm':
      // Nothing to tell: Slack missed what it shows now, and the servers took every write.
      expect(migration.offers('ferry.approve')).toBe(true);
  }
}

/** The numbers of all announcements that were posted; an edit is one as well. */
function numbersOf(migration: MigrationInPlay): readonly number[] {
  return migration.thread
    .flatMap(({ versions }) => versions)
    .flatMap(({ blocks }) => {
      const [, number] = /"m\d+ #(\d+)[" ]/.exec(JSON.stringify(blocks)) ?? [];
      return number === undefined ? [] : [Number(number)];
    });
}
