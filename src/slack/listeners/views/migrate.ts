// The migrate modal: what its menus offer, and its submission, which is the same request as the typed one.
// What is wrong with the pair stands in the modal; everything else is told to the person who asked.

import type { App, BlockAction } from '@slack/bolt';
import { z } from 'zod';
import type { Instance } from '../../../migration/instance.ts';
import { MIGRATE_ACTION } from '../../blocks/buttons.ts';
import { INSTANCE_MENU, MIGRATE_VIEW, matching, USUAL } from '../../blocks/migrate-view.ts';
import { toMrkdwn, toPlain } from '../../blocks/render-words.ts';
import type { Words } from '../../blocks/words.ts';
import { failureOf } from '../../connection.ts';
import { findPair, openMigrateModal, request } from '../commands/migrate.ts';
import { failed, told } from '../failures.ts';
import type { Asked, ListenerParts } from '../parts.ts';

const option = <T extends z.ZodType>(value: T) => z.object({ selected_option: z.object({ value }) });
const chosen = z.object({ [INSTANCE_MENU]: option(z.string()) });
const usual = z.literal(USUAL).transform(() => null);
const values = z.object({
  source: chosen,
  target: chosen,
  compare: z.object({ choice: option(z.union([usual, z.enum(['sample', 'full'])])) }),
  start: z.object({ choice: option(z.union([usual, z.literal('button')])) }),
});

export function registerMigrateView(app: App, parts: ListenerParts): void {
  app.options(INSTANCE_MENU, async ({ ack, payload }) => {
    await ack({ options: [...matching(parts.inventory.names(), payload.value)] });
  });
  app.action<BlockAction>(MIGRATE_ACTION, async ({ ack, body }) => {
    await ack();
    try {
      await openMigrateModal(parts, body.trigger_id, '');
    } catch (error) {
      parts.logger.warn({ failure: failureOf(error) }, 'The migrate modal could not be opened.');
    }
  });
  app.view(MIGRATE_VIEW, async ({ ack, body, view }) => {
    const parsed = values.safeParse(view.state.values);
    if (!parsed.success) {
      await ack({ response_action: 'errors', errors: { source: 'Choose a source and a target.' } });
      return;
    }
    const { source, target, compare, start } = parsed.data;
    const care = {
      verification: compare.choice.selected_option.value,
      start: start.choice.selected_option.value,
    };
    const names = [source.instance.selected_option.value, target.instance.selected_option.value] as const;
    const pair = findPair(parts, ...names);
    if ('refused' in pair) {
      await ack({ response_action: 'errors', errors: { target: toPlain(pair.refused, 200) } });
      return;
    }
    const channel = channelFor(parts, pair.source, view.private_metadata);
    if (channel === null) {
      await ack({ response_action: 'errors', errors: { source: noChannel(parts, pair.source) } });
      return;
    }
    await ack();
    const call: Asked = {
      user: body.user.id,
      channel,
      args: names,
      answer: (words) => tell(parts, channel, body.user.id, words),
    };
    try {
      await request(parts, call, care);
    } catch (error) {
      parts.logger.error({ error: told(error) }, 'A submitted migration failed.');
      await call.answer(failed(error));
    }
  });
}

/** Where it was asked for; from the home tab, where its environment shows migrations. null: nowhere. */
function channelFor(parts: ListenerParts, source: Instance, askedIn: string): string | null {
  return askedIn === '' ? parts.inventory.policyOf(source).channel : askedIn;
}

function noChannel({ command }: ListenerParts, { name, environment }: Instance): string {
  return `The environment ${environment} of ${name} has no channel. Type ${command} migrate in the one to show it in.`;
}

/** A modal has no answer address: in its channel, or directly where the app is not in that channel. */
async function tell(parts: ListenerParts, channel: string, user: string, words: Words): Promise<void> {
  const text = toMrkdwn(words, 3_500);
  try {
    await parts.client.chat.postEphemeral({ channel, user, text });
  } catch {
    await parts.client.chat.postMessage({ channel: user, text }).catch((error: unknown) => {
      parts.logger.warn({ error: told(error) }, 'An answer to a submitted migration did not reach Slack.');
    });
  }
}
