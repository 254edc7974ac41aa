// Links to where a migration is decided right now: the open decision message of this round, else the card.

import type { WebClient } from '@slack/web-api';
import type { Migration } from '../../migration/migration.ts';
import type { Outbox } from '../../workflow/ports.ts';
import { code, link, say, type Words } from '../blocks/words.ts';
import { cardPlace } from '../posting/poster.ts';

/** Keys of decision messages, as the lifecycle gives them. */
const DECISIONS = ['approval', 'start', 'watch', 'question'] as const;

export type DecisionKey = (typeof DECISIONS)[number];

interface LinkParts {
  readonly client: WebClient;
  readonly outbox: Outbox;
}

/** null: there is no such message (yet), or Slack does not answer. */
export async function decisionUrl(
  parts: LinkParts,
  migration: Migration,
  keys: readonly DecisionKey[] = DECISIONS,
): Promise<string | null> {
  const places = await parts.outbox.places(migration.uid);
  const key = keys.find((name) => places[`${name}:${migration.round}`] !== undefined);
  const ts = key === undefined ? undefined : places[`${key}:${migration.round}`];
  return ts === undefined ? null : permalink(parts.client, migration.channel, ts);
}

export async function cardUrl(parts: LinkParts, migration: Migration): Promise<string | null> {
  const ts = cardPlace(await parts.outbox.places(migration.uid));
  return ts === null ? null : permalink(parts.client, migration.channel, ts);
}

/** `: <link>`, or the command that says it, to end a sentence with. */
export async function where(
  parts: LinkParts & { readonly command: string },
  migration: Migration,
): Promise<Words> {
  const url = (await decisionUrl(parts, migration)) ?? (await cardUrl(parts, migration));
  return url === null
    ? say`: ${code(`${parts.command} why ${migration.id}`)} tells more.`
    : say`: ${link(url, 'here it is')}.`;
}

async function permalink(client: WebClient, channel: string, ts: string): Promise<string | null> {
  try {
    const answer = await client.chat.getPermalink({ channel, message_ts: ts });
    return answer.permalink ?? null;
  } catch {
    // A sentence without its link is still the sentence.
    return null;
  }
}
