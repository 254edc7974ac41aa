// The home tab: what waits for this person, what runs, what was last.

import type { App } from '@slack/bolt';
import type { Actor, Deed } from '../../../migration/approval.ts';
import { mayDo } from '../../../migration/approval.ts';
import type { Migration } from '../../../migration/migration.ts';
import { droppedKeys } from '../../../migration/plan.ts';
import { type Home, type HomeEntry, type HomeList, homeInstead, homeView } from '../../blocks/details.ts';
import { failureOf } from '../../connection.ts';
import { failed, told } from '../failures.ts';
import { cardUrl } from '../links.ts';
import type { ListenerParts } from '../parts.ts';
import { runningMigrations } from '../running.ts';

/** Of those that run, and of those that wait for this person. */
const MAX_SHOWN = 20;
const MAX_RECENT = 10;

export function registerHome(app: App, parts: ListenerParts): void {
  app.event('app_home_opened', async ({ event }) => {
    if (event.tab !== 'home') return;
    const { client, logger } = parts;
    let view: Home;
    try {
      view = await homeOf(parts, event.user);
    } catch (error) {
      logger.warn({ error: told(error) }, 'What a home tab shows could not be read.');
      view = homeInstead(failed(error));
    }
    try {
      await client.views.publish({ user_id: event.user, view: { ...view, blocks: [...view.blocks] } });
    } catch (error) {
      logger.warn({ failure: failureOf(error) }, 'A home tab could not be shown.');
    }
  });
}

async function homeOf(parts: ListenerParts, user: string): Promise<Home> {
  const { records, groups, command } = parts;
  const running = await runningMigrations(parts);
  const waiting: Migration[] = [];
  for (const migration of running) {
    const { actor } = await groups.resolve(user, migration.policy);
    if (waitsFor(migration, actor)) waiting.push(migration);
  }
  const recent = await records.recent(MAX_RECENT + running.length);
  const over = recent.filter((uid) => running.every((migration) => migration.uid !== uid));
  const loaded = await Promise.all(over.slice(0, MAX_RECENT).map((uid) => records.load(uid)));
  const last = loaded.flatMap((each) => (each === null ? [] : [each.migration]));
  return homeView({
    waiting: await listOf(parts, waiting),
    running: await listOf(parts, running),
    recent: await listOf(parts, last),
    command,
    now: await records.time(),
  });
}

async function listOf(parts: ListenerParts, all: readonly Migration[]): Promise<HomeList> {
  const shown = await Promise.all(
    all.slice(0, MAX_SHOWN).map(async (migration): Promise<HomeEntry> => {
      const [live, url] = await Promise.all([parts.records.live(migration.uid), cardUrl(parts, migration)]);
      return { migration, live, url };
    }),
  );
  return { shown, total: all.length };
}

/** Could this person end the wait right now? */
function waitsFor(migration: Migration, actor: Actor): boolean {
  const { state } = migration;
  const may = (deed: Deed, dropsKeys = 0) => mayDo(deed, actor, { ...migration, dropsKeys }) === null;
  switch (state.phase) {
    case 'planned':
      return state.startedBy === null && may('start', droppedKeys(state.plan));
    case 'following': {
      const open = state.askedAt !== null && state.cutoverAt === null;
      return open && !state.approvals.some(({ user }) => user === actor.user) && may('approve');
    }
    case 'watching':
      return state.closing === null && state.byHand === null && may('complete');
    case 'needs-human':
      return may('answer');
    default:
      return false;
  }
}
