// How often cards are edited, by a clock that the test turns: figures of the latency never crowd out news.

import { WebClient } from '@slack/web-api';
import { expect, test } from 'vitest';
import type { Migration } from '../../src/migration/migration.ts';
import type { LiveFigures } from '../../src/migration/progress.ts';
import {
  CARD_EVERY_MS,
  CARDS_PER_MINUTE,
  createCardKeeper,
  FIGURES_EVERY_MS,
} from '../../src/slack/posting/card-keeper.ts';
import type { Poster } from '../../src/slack/posting/poster.ts';
import type { Clock, Logger, Outbox, Records } from '../../src/workflow/ports.ts';
import { following, liveIn, migrationIn } from './sample.ts';
import { slow, steady } from './sample-latency.ts';

const quiet = () => {};
const logger: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => logger };

/** A keeper of so many cards, whose figures and records the test sets. */
function kept(count: number) {
  const clock = { ms: 0 };
  const turned: Clock = { now: () => clock.ms, monotonicMs: () => clock.ms, sleep: async () => {} };
  const uids = Array.from({ length: count }, (_, index) => `u-${index}`);
  const migrations = new Map(uids.map((uid) => [uid, migrationIn(following, { uid })]));
  const figures = new Map<string, LiveFigures>(uids.map((uid) => [uid, liveIn('online')]));
  const edits: { readonly uid: string; readonly ms: number }[] = [];
  const records: Pick<Records, 'active' | 'load' | 'live'> = {
    active: async () => uids,
    load: async (uid) => {
      const migration = migrations.get(uid);
      return migration === undefined ? null : { revision: 1, migration, wishCursor: '0' };
    },
    live: async (uid) => figures.get(uid) ?? null,
  };
  const outbox: Pick<Outbox, 'places'> = { places: async () => ({ card: '1.0' }) };
  const poster: Pick<Poster, 'updateCard'> = {
    updateCard: async (_client, { uid }) => {
      edits.push({ uid, ms: clock.ms });
    },
  };
  const client = new WebClient('xoxb-1');
  const keeper = createCardKeeper({
    client,
    events: client,
    poster: poster as Poster,
    records: records as Records,
    outbox: outbox as Outbox,
    clock: turned,
    logger,
    everyMs: CARD_EVERY_MS,
    figuresEveryMs: FIGURES_EVERY_MS,
  });
  /** Goes on for so many seconds, with a look in each. */
  async function seconds(many: number, each: (second: number) => void = () => {}): Promise<void> {
    for (let second = 0; second < many; second += 1) {
      clock.ms += 1_000;
      each(second);
      await keeper.look();
    }
  }
  const show = (uid: string, p99Us: number, verdict = steady.verdict) => {
    const percentiles = { p50Us: 60, p99Us, p999Us: p99Us, maxUs: p99Us };
    figures.set(uid, {
      ...liveIn('online'),
      latency: [{ source: { ...slow, verdict, percentiles }, target: null }],
    });
  };
  const change = (uid: string, next: Partial<Migration>) =>
    migrations.set(uid, { ...migrationIn(following, { uid }), ...next });
  return { clock, edits, keeper, uids, seconds, show, change };
}

test('figures of the latency that change every second edit a card at most twice a minute', async () => {
  const { edits, seconds, show } = kept(1);
  await seconds(300, (second) => show('u-0', 1_000 * (1 + second)));
  expect(edits.length).toBeGreaterThanOrEqual(8);
  expect(edits.length).toBeLessThanOrEqual(11);
});

test('a verdict is news: it does not wait for the next figures', async () => {
  const { edits, seconds, show } = kept(1);
  await seconds(7, () => show('u-0', 1_000));
  const before = edits.length;
  await seconds(6, () => show('u-0', 310_000, 'breached'));
  expect(edits.length).toBe(before + 1);
});

test('a hundred migrations with new figures stay within the budget and leave room for news', async () => {
  const { clock, edits, uids, seconds, show, change } = kept(100);
  await seconds(180, (second) => {
    for (const uid of uids) show(uid, 1_000 * (1 + second));
  });
  expect(edits.filter(({ ms }) => ms > 60_000).length).toBeLessThanOrEqual(CARDS_PER_MINUTE * 2 + 10);
  const sinceMs = clock.ms;
  change('u-7', { round: 4, timeline: [{ phase: 'following', at: 1 }] });
  await seconds(CARD_EVERY_MS / 1_000 + 1, (second) => {
    for (const uid of uids) show(uid, 900 * (1 + second));
  });
  const told = edits.find(({ uid, ms }) => uid === 'u-7' && ms > sinceMs);
  expect(told).toBeDefined();
});

test('edits of the threads count: the cards give way', async () => {
  const { edits, keeper, uids, seconds, change } = kept(100);
  await seconds(1);
  const before = edits.length;
  for (let edit = 0; edit < 20; edit += 1) keeper.edited();
  await seconds(10, (second) => {
    for (const uid of uids) change(uid, { requestedAt: second * 60_000 });
  });
  expect(edits.length).toBe(before);
});
