// The one announcer of a workspace, by lease: tells each thread what happened, in order, none missing, and
// keeps the cards true. Slack being away changes nothing but when it is told (I7); nothing here acts on Redis.

import type { WebClient } from '@slack/web-api';
import { isOver } from '../migration/questions.ts';
import type { Clock, Logger, Outbox, QueuedAnnouncement, Records } from '../workflow/ports.ts';
import { announcementMessage } from './blocks/announcement.ts';
import { context, type Message } from './blocks/block.ts';
import { say } from './blocks/words.ts';
import { failureOf, type SlackAccess, webClient } from './connection.ts';
import { uploadAudit } from './posting/audit-file.ts';
import { type Backoff, createBackoff } from './posting/backoff.ts';
import { CARD_EVERY_MS, type CardKeeper, createCardKeeper, FIGURES_EVERY_MS } from './posting/card-keeper.ts';
import { BETWEEN_MESSAGES_MS, createPace, type Pace } from './posting/pace.ts';
import { CARD, createPoster, type Poster } from './posting/poster.ts';
import type { Styles } from './posting/styles.ts';

const LEASE_MS = 15_000;
const RENEW_MS = 4_000;
const IDLE_MS = 250;
const CARDS_MS = 1_000;
const PENDING_LIMIT = 500;
/** What is told so long after it was so says when that was: Slack was away, or much was to be told. */
const LATE_MS = 10_000;
const AWAY = 'slack';

export interface AnnouncerOptions {
  readonly access: SlackAccess;
  readonly styles: Styles;
  /** Unique for this process: who holds the lease. */
  readonly holder: string;
  readonly records: Records;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Time between messages of a channel and between edits of a card, ms; tests shorten it. */
  readonly betweenMessagesMs?: number;
  readonly cardEveryMs?: number;
}

export interface Announcer {
  start(): void;
  /** Resolves when the last message under way has ended. */
  stop(): Promise<void>;
}

export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const { clock, logger, outbox, holder } = options;
  const stopping = new AbortController();
  const teller = createTeller(options);
  let leading = false;
  let loops: Promise<unknown> = Promise.resolve();

  async function lead(): Promise<void> {
    const led = await outbox.lead(holder, LEASE_MS);
    if (led !== leading)
      logger.info({ leading: led }, led ? 'This bot announces.' : 'Another bot announces.');
    leading = led;
  }

  /** Runs `work` again and again until stopped; an error is logged and waited out, never thrown. */
  async function forever(name: string, everyMs: number, work: () => Promise<number>): Promise<void> {
    while (!stopping.signal.aborted) {
      let waitMs = everyMs;
      try {
        waitMs = await work();
      } catch (error) {
        logger.warn(
          { loop: name, error: error instanceof Error ? error.message : 'unknown' },
          'Trying again.',
        );
        waitMs = Math.max(1_000, everyMs);
      }
      await clock.sleep(waitMs, stopping.signal).catch(() => {});
    }
  }

  return {
    start() {
      loops = Promise.all([
        forever('lease', RENEW_MS, async () => {
          await lead();
          return RENEW_MS;
        }),
        forever('thread', IDLE_MS, async () => (leading ? teller.tellNext() : IDLE_MS)),
        forever('cards', CARDS_MS, async () => {
          if (leading) await teller.cards();
          return CARDS_MS;
        }),
      ]);
    },
    async stop() {
      stopping.abort(new Error('stopping'));
      await loops;
      // If it fails, the lease runs out by itself.
      await outbox.release(holder).catch(() => {});
    },
  };
}

interface Teller {
  /** Tells one thing if there is one; gives how long to wait, ms. */
  tellNext(): Promise<number>;
  cards(): Promise<void>;
}

interface TellerParts extends AnnouncerOptions {
  readonly events: WebClient;
  readonly poster: Poster;
  readonly keeper: CardKeeper;
  readonly pace: Pace;
  readonly backoff: Backoff;
  /** Posted, but the outbox could not be told yet. */
  readonly told: Set<string>;
}

function createTeller(options: AnnouncerOptions): Teller {
  const { access, styles, clock, logger, records, outbox } = options;
  const events = webClient(access, logger);
  const poster = createPoster(events, outbox, styles);
  const keeper = createCardKeeper({
    client: webClient(access, logger),
    events,
    poster,
    records,
    outbox,
    clock,
    logger,
    everyMs: options.cardEveryMs ?? CARD_EVERY_MS,
    figuresEveryMs: FIGURES_EVERY_MS,
  });
  const parts: TellerParts = {
    ...options,
    events,
    poster,
    keeper,
    pace: createPace(clock, options.betweenMessagesMs ?? BETWEEN_MESSAGES_MS),
    backoff: createBackoff(clock, 1_000, 60_000),
    told: new Set(),
  };
  return { tellNext: () => tellNext(parts), cards: () => keeper.look() };
}

async function tellNext(parts: TellerParts): Promise<number> {
  const { backoff, outbox } = parts;
  const awayMs = backoff.waitMs(AWAY);
  if (awayMs > 0) return Math.min(awayMs, 5_000);
  const pending = await outbox.pending(PENDING_LIMIT);
  let soonest = IDLE_MS;
  for (const head of heads(pending).filter(({ uid }) => backoff.waitMs(uid) === 0)) {
    const waitMs = await tell(parts, head, isReplaced(head, pending));
    if (waitMs === 0) return 0;
    soonest = Math.min(soonest, waitMs);
  }
  return soonest;
}

/** The next of each migration, in the order in which the outbox wants them told. */
function heads(pending: readonly QueuedAnnouncement[]): readonly QueuedAnnouncement[] {
  const seen = new Set<string>();
  return pending.filter(({ uid }) => !seen.has(uid) && seen.add(uid));
}

/** Is a later state of the same message waiting too? Then this one need not be shown in between. */
function isReplaced(head: QueuedAnnouncement, pending: readonly QueuedAnnouncement[]): boolean {
  const { key, number } = head.announcement;
  if (key === null) return false;
  return pending.some(
    ({ uid, announcement }) => uid === head.uid && announcement.key === key && announcement.number > number,
  );
}

/** 0: something was said, or failed and is put off; else how long its channel must wait. */
async function tell(parts: TellerParts, head: QueuedAnnouncement, replaced: boolean): Promise<number> {
  const { backoff, logger } = parts;
  try {
    const waitMs = await deliver(parts, head, replaced);
    if (waitMs === 0 && backoff.worked(AWAY)) logger.info({}, 'Slack is back; what it missed is told now.');
    if (waitMs === 0) backoff.worked(head.uid);
    return waitMs;
  } catch (error) {
    const failure = failureOf(error);
    const name = failure.kind === 'away' ? AWAY : head.uid;
    const times = backoff.failed(name, failure.kind === 'limited' ? failure.waitMs : 0);
    if (times === 1)
      logger.warn({ id: head.id, failure }, 'Slack did not take a message; it is kept and told later.');
    return IDLE_MS;
  }
}

async function deliver(parts: TellerParts, head: QueuedAnnouncement, replaced: boolean): Promise<number> {
  const { outbox, records, pace, poster, keeper, told, logger } = parts;
  const loaded = told.has(head.cursor) ? null : await records.load(head.uid);
  if (loaded === null) {
    if (!told.has(head.cursor))
      logger.error({ id: head.id }, 'No record for this announcement; it is dropped.');
    await outbox.done(head.cursor);
    told.delete(head.cursor);
    return 0;
  }
  const { migration } = loaded;
  const waitMs = pace.waitMs(migration.channel);
  if (waitMs > 0) return waitMs;
  const live = await records.live(head.uid);
  const places = await outbox.places(head.uid);
  const { announcement } = head;
  if (replaced && announcement.key !== null && places[announcement.key] !== undefined) {
    await outbox.done(head.cursor);
    return 0;
  }
  if (places[CARD] === undefined) {
    if ((await poster.ensureCard(migration, live)).posted) keeper.posted(migration, live);
    pace.spoke(migration.channel);
    return Math.max(1, pace.waitMs(migration.channel));
  }
  // The card of a migration that is over is true before its last message says so.
  if (isOver(migration.state) && announcement.number >= migration.announced) await keeper.finish(migration);
  if (announcement.key !== null && places[announcement.key] !== undefined) keeper.edited();
  const isLate = (await records.time()) - announcement.at > LATE_MS;
  const ts = await poster.deliver(announcement, migration, live, isLate);
  pace.spoke(migration.channel);
  told.add(head.cursor);
  if (announcement.body.kind === 'report') await attachAudit(parts, head, ts);
  await outbox.done(head.cursor);
  told.delete(head.cursor);
  return 0;
}

/** Uploads the audit below the report; if Slack will not have it, the report says so. */
async function attachAudit(parts: TellerParts, head: QueuedAnnouncement, ts: string): Promise<void> {
  const { records, outbox, events, poster, logger } = parts;
  const loaded = await records.load(head.uid);
  const thread = (await outbox.places(head.uid))[CARD];
  if (loaded === null || thread === undefined) return;
  const { migration } = loaded;
  const why = await uploadAudit(events, records, migration, thread);
  if (why === null) return;
  logger.warn({ id: migration.id, why }, 'The audit could not be uploaded.');
  const report = announcementMessage(head.announcement, migration, 'classic');
  const note = 'The audit could not be uploaded as a file; it is kept with the record.';
  const message: Message = {
    text: `${report.text} ${note}`,
    blocks: [...report.blocks, context(say`${note}`)],
  };
  await poster.edit(events, migration.channel, ts, message).catch((error: unknown) => {
    logger.warn({ id: migration.id, failure: failureOf(error) }, 'The report could not be edited.');
  });
}
