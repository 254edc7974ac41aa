// Details: a modal with everything that the record holds. Opened first, from the record alone: a trigger
// lives three seconds.

import type { App, BlockAction, ButtonAction } from '@slack/bolt';
import { detailsView } from '../../blocks/details.ts';
import { failureOf } from '../../connection.ts';
import type { ListenerParts } from '../parts.ts';
import { parseValue } from './value.ts';

export function registerDetails(app: App, parts: ListenerParts): void {
  app.action<BlockAction<ButtonAction>>('ferry.details', async ({ ack, action, body }) => {
    await ack();
    const decided = parseValue(action.value);
    if (decided === null) return;
    const { records, client, logger } = parts;
    const [loaded, live, now] = await Promise.all([
      records.load(decided.uid),
      records.live(decided.uid),
      records.time(),
    ]);
    if (loaded === null) return;
    const view = detailsView(loaded.migration, live, now);
    try {
      await client.views.open({ trigger_id: body.trigger_id, view: { ...view, blocks: [...view.blocks] } });
    } catch (error) {
      logger.warn({ id: loaded.migration.id, failure: failureOf(error) }, 'The details could not be opened.');
    }
  });
}
