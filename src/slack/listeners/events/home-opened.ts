// The home tab: what waits for this person, what runs, what was last.

import type { App } from '@slack/bolt';
import type { Actor, Deed } from '../../../migration/approval.ts';
import { mayDo } from '../../../migration/approval.ts';
import type { Migration } from '../../../migration/migration.ts';
import { droppedKeys } from '../../../migration/plan.ts';
import { type HomeEntry, homeView } from '../../blocks/details.ts';
import { failureOf } from '../../connection.ts';
import { cardUrl } from '../links.ts';
import type { ListenerParts } from '../parts.ts';

const MAX_RUNNING = 20;
const MAX_RECENT = 10;

export function registerHome(app: App, parts: ListenerParts): void {
  app.event('app_home_opened', async ({ event }) => {
    if (event.tab !== 'home') return;
    const { records, groups, client, logger, command } = parts;
    const active = await records.active();
    const running = await entries(parts, active.slice(0, MAX_RUNNING));
    const recent = (await records.recent(MAX_RECENT + MAX_RUNNING)).filter((uid) => !active.includes(uid));
    const waiting: HomeEntry[] = [];
    for (const entry of running) {
      const { actor } = await groups.resolve(event.user, entry.migration.policy);
      if (waitsFor(entry.migration, actor)) waiting.push(entry);
    }
    const last = await entries(parts, recent.slice(0, MAX_RECENT));
    const view = homeView(running, waiting, last, command, await records.time());
    try {
      await client.views.publish({ user_id: event.user, view: { ...view, blocks: [...view.blocks] } });
    } catch (error) {
      logger.warn({ failure: failureOf(error) }, 'A home tab could not be shown.');
    }
  });
}

async function entries(parts: ListenerParts, uids: readonly string[]): Promise<readonly HomeEntry[]> {
  const found: HomeEntry[] = [];
  for (const uid of uids) {
    const loaded = await parts.records.load(uid);
    if (loaded === null) continue;
    const { migration } = loaded;
    found.push({ migration, live: await parts.records.live(uid), url: await cardUrl(parts, migration) });
  }
  return found;
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
      return state.closing === null && may('complete');
    case 'needs-human':
      return may('answer');
    default:
      return false;
  }
}
