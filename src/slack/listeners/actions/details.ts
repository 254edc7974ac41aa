// Details: a modal with everything that the record holds. Opened first, from the record alone: a trigger
// lives three seconds.

import type { App, BlockAction, ButtonAction } from '@slack/bolt';
import { detailsView } from '../../blocks/details.ts';
import type { Words } from '../../blocks/words.ts';
import { failureOf } from '../../connection.ts';
import { failed } from '../failures.ts';
import type { ListenerParts } from '../parts.ts';
import { NO_RECORD, NOT_OURS } from './replies.ts';
import { tellClicker } from './tell-clicker.ts';
import { parseValue } from './value.ts';

export function registerDetails(app: App, parts: ListenerParts): void {
  app.action<BlockAction<ButtonAction>>('ferry.details', async ({ ack, action, body, respond }) => {
    await ack();
    let refused: Words | null;
    try {
      refused = await show(parts, action.value, body.trigger_id);
    } catch (error) {
      parts.logger.warn({ failure: failureOf(error) }, 'The details could not be opened.');
      refused = failed(error);
    }
    if (refused !== null) await tellClicker(parts, body, respond, refused);
  });
}

/** null: they are open; otherwise why they are not. */
async function show(
  { records, client }: ListenerParts,
  value: string | undefined,
  triggerId: string,
): Promise<Words | null> {
  const decided = parseValue(value);
  if (decided === null) return NOT_OURS;
  const [loaded, live, now] = await Promise.all([
    records.load(decided.uid),
    records.live(decided.uid),
    records.time(),
  ]);
  if (loaded === null) return NO_RECORD;
  const view = detailsView(loaded.migration, live, now);
  await client.views.open({ trigger_id: triggerId, view: { ...view, blocks: [...view.blocks] } });
  return null;
}
