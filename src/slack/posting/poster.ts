// Puts messages where they belong: the card, its thread, edits in place. Knows where things are (Outbox.places)
// and what to do when a message is gone; never decides when, and never retries.

import type { WebClient } from '@slack/web-api';
import type { Announcement } from '../../migration/announcement.ts';
import type { Migration } from '../../migration/migration.ts';
import type { LiveFigures } from '../../migration/progress.ts';
import type { Outbox, Places } from '../../workflow/ports.ts';
import { announcementMessage } from '../blocks/announcement.ts';
import type { Message } from '../blocks/block.ts';
import { card } from '../blocks/card.ts';
import { refusedAs } from '../connection.ts';
import type { Styles } from './styles.ts';

/** The root of the thread. */
export const CARD = 'card';
/** Where the card is edited, once its first message could not be edited any more. */
export const CARD_AGAIN = 'card-again';

const NOT_EDITABLE = new Set(['edit_window_closed', 'message_not_found', 'cant_update_message']);

export interface Poster {
  /** The thread's first message: posts the card if there is none. `posted`: this very view was posted now. */
  ensureCard(migration: Migration, live: LiveFigures | null): Promise<{ ts: string; posted: boolean }>;
  /** Edits the card over `client`; posts a new one in the thread when it cannot be edited. */
  updateCard(
    client: WebClient,
    migration: Migration,
    message: (style: Styles['current']) => Message,
  ): Promise<void>;
  /** Posts an announcement, or edits the message of its key. Gives its timestamp. `isLate`: a new message says so. */
  deliver(
    announcement: Announcement,
    migration: Migration,
    live: LiveFigures | null,
    isLate: boolean,
  ): Promise<string>;
  /** Edits a message in place. */
  edit(client: WebClient, channel: string, ts: string, message: Message): Promise<void>;
}

export function createPoster(client: WebClient, outbox: Outbox, styles: Styles): Poster {
  async function post(channel: string, thread: string | null, message: Message): Promise<string> {
    const answer = await client.chat.postMessage({
      channel,
      text: message.text,
      blocks: [...message.blocks],
      unfurl_links: false,
      unfurl_media: false,
      ...(thread === null ? {} : { thread_ts: thread }),
    });
    return answer.ts ?? '';
  }

  async function edit(by: WebClient, channel: string, ts: string, message: Message): Promise<void> {
    // Text without blocks removes the blocks, so both go, always.
    await by.chat.update({ channel, ts, text: message.text, blocks: [...message.blocks] });
  }

  /** Thread and cards may want the same card at once; one of them posts it. */
  const posting = new Map<string, Promise<{ ts: string; posted: boolean }>>();

  async function ensureCard(migration: Migration, live: LiveFigures | null) {
    const begun = posting.get(migration.uid);
    if (begun !== undefined) return { ...(await begun), posted: false };
    const work = firstCard(migration, live).finally(() => posting.delete(migration.uid));
    posting.set(migration.uid, work);
    return work;
  }

  async function firstCard(migration: Migration, live: LiveFigures | null) {
    const places = await outbox.places(migration.uid);
    const known = places[CARD];
    if (known !== undefined) return { ts: known, posted: false };
    const ts = await styles.send(
      (style) => card(migration, live, style),
      (message) => post(migration.channel, null, message),
    );
    await outbox.setPlace(migration.uid, CARD, ts);
    return { ts, posted: true };
  }

  /** A reply; where the card itself was deleted, a new card begins a new thread. */
  async function reply(
    migration: Migration,
    live: LiveFigures | null,
    render: (style: Styles['current']) => Message,
  ): Promise<string> {
    const { ts: root } = await ensureCard(migration, live);
    try {
      return await styles.send(render, (message) => post(migration.channel, root, message));
    } catch (error) {
      if (refusedAs(error) !== 'thread_not_found') throw error;
    }
    const fresh = await styles.send(
      (style) => card(migration, live, style),
      (message) => post(migration.channel, null, message),
    );
    await outbox.setPlace(migration.uid, CARD, fresh);
    return styles.send(render, (message) => post(migration.channel, fresh, message));
  }

  return {
    ensureCard,
    edit,
    async updateCard(by, migration, render) {
      const ts = cardPlace(await outbox.places(migration.uid));
      if (ts === null) return;
      try {
        await styles.send(render, (message) => edit(by, migration.channel, ts, message));
      } catch (error) {
        const code = refusedAs(error);
        if (code === null || !NOT_EDITABLE.has(code)) throw error;
        const fresh = await reply(migration, null, render);
        await outbox.setPlace(migration.uid, CARD_AGAIN, fresh);
      }
    },
    async deliver(announcement, migration, live, isLate) {
      const { key } = announcement;
      const ts = key === null ? undefined : (await outbox.places(migration.uid))[key];
      if (ts !== undefined) {
        try {
          const render = (style: Styles['current']) => announcementMessage(announcement, migration, style);
          await styles.send(render, (message) => edit(client, migration.channel, ts, message));
          return ts;
        } catch (error) {
          const code = refusedAs(error);
          if (code === null || !NOT_EDITABLE.has(code)) throw error;
        }
      }
      const render = (style: Styles['current']) =>
        announcementMessage(announcement, migration, style, isLate);
      const posted = await reply(migration, live, render);
      if (key !== null) await outbox.setPlace(migration.uid, key, posted);
      return posted;
    },
  };
}

/** Where the card is edited and linked; null: not posted yet. */
export function cardPlace(places: Places): string | null {
  return places[CARD_AGAIN] ?? places[CARD] ?? null;
}
