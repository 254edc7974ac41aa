// Keeps the cards true while migrations run: at most every 5 s each, only what changed, only the newest view,
// within one budget for all. Where only the figures of the latency changed, 30 s, and only with what others leave.
// What fails is not repeated; the next view replaces it.

import type { WebClient } from '@slack/web-api';
import type { LiveLatency } from '../../migration/latency/summary.ts';
import type { Migration } from '../../migration/migration.ts';
import type { LiveFigures } from '../../migration/progress.ts';
import type { Clock, Logger, Outbox, Records } from '../../workflow/ports.ts';
import { card } from '../blocks/card.ts';
import { failureOf } from '../connection.ts';
import { createBackoff } from './backoff.ts';
import { createBucket } from './pace.ts';
import { cardPlace, type Poster } from './poster.ts';

export const CARD_EVERY_MS = 5_000;
/** Slack takes 50 edits a minute from the whole app; the rest is for the thread's own edits. */
export const CARDS_PER_MINUTE = 40;
const BUCKET = 10;
/** A chart has a new point twice a minute; the half of the bucket is left to cards with other news. */
export const FIGURES_EVERY_MS = 30_000;
const LEFT_TO_NEWS = 5;

export interface CardKeeper {
  /** This view of the card was just posted, so it need not be edited into it. */
  posted(migration: Migration, live: LiveFigures | null): void;
  /** One look at all running migrations. Never rejects. */
  look(): Promise<void>;
  /** The card of a migration that is over, for good; rejects so that it is tried again. */
  finish(migration: Migration): Promise<void>;
  /** A message of a thread was edited, which Slack counts with the cards. */
  edited(): void;
}

/** What makes two views of a card the same: with the figures of the latency, and without. */
interface View {
  readonly whole: string;
  readonly news: string;
}

interface Seen {
  /** When it was looked at, and when it was shown last; monotonic ms. */
  readonly at: number;
  readonly shownAt: number;
  readonly view: View;
}

export interface KeeperParts {
  /** The progress client: its rate limit is its own. */
  readonly client: WebClient;
  /** For the last edit, which must arrive. */
  readonly events: WebClient;
  readonly poster: Poster;
  readonly records: Records;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly everyMs: number;
  readonly figuresEveryMs: number;
}

export function createCardKeeper(parts: KeeperParts): CardKeeper {
  const { client, events, poster, records, outbox, clock, logger } = parts;
  const bucket = createBucket(clock, CARDS_PER_MINUTE, BUCKET);
  const trouble = createBackoff(clock, 2_000, 15_000);
  const seen = new Map<string, Seen>();
  const under = new Map<string, Promise<boolean>>();

  async function update(uid: string): Promise<void> {
    const loaded = await records.load(uid);
    if (loaded === null) return;
    const { migration } = loaded;
    const live = await records.live(uid);
    if (cardPlace(await outbox.places(uid)) === null) {
      if ((await poster.ensureCard(migration, live)).posted) remember(migration, live);
      return;
    }
    if (bucket.isEmpty()) return;
    const before = seen.get(uid);
    const view = viewOf(migration, live);
    const now = clock.monotonicMs();
    const onlyFigures = before !== undefined && before.view.news === view.news;
    const isDue = !onlyFigures || now - before.shownAt >= parts.figuresEveryMs;
    if (before?.view.whole === view.whole || !isDue) {
      seen.set(uid, { ...before, at: now });
      return;
    }
    if (!bucket.take(onlyFigures ? LEFT_TO_NEWS : 0)) return;
    await poster.updateCard(client, migration, (style) => card(migration, live, style));
    remember(migration, live);
  }

  function remember(migration: Migration, live: LiveFigures | null): void {
    const at = clock.monotonicMs();
    seen.set(migration.uid, { at, shownAt: at, view: viewOf(migration, live) });
  }

  /** false: Slack is away, so the other cards need not be tried now. */
  async function keep(uid: string): Promise<boolean> {
    try {
      await update(uid);
      trouble.worked(uid);
      return true;
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'limited') bucket.empty(failure.waitMs);
      trouble.failed(uid);
      logger.debug({ uid, failure }, 'A card could not be brought up to date; the next view replaces it.');
      return failure.kind !== 'away';
    }
  }

  return {
    posted: remember,
    edited: () => bucket.spend(),
    async look() {
      const active = await records.active();
      for (const uid of seen.keys()) if (!active.includes(uid)) seen.delete(uid);
      const due = active
        .filter((uid) => clock.monotonicMs() - (seen.get(uid)?.at ?? -Infinity) >= parts.everyMs)
        .filter((uid) => trouble.waitMs(uid) === 0)
        .sort((a, b) => (seen.get(a)?.at ?? 0) - (seen.get(b)?.at ?? 0));
      for (const uid of due) {
        const work = keep(uid).finally(() => under.delete(uid));
        under.set(uid, work);
        if (!(await work)) return;
      }
    },
    async finish(migration) {
      // An older view that is still on its way must not arrive after the last one.
      await under.get(migration.uid);
      const live = await records.live(migration.uid);
      await poster.updateCard(events, migration, (style) => card(migration, live, style));
      seen.delete(migration.uid);
    },
  };
}

function viewOf(migration: Migration, live: LiveFigures | null): View {
  const shown = (figures: LiveFigures | null) => JSON.stringify(card(migration, figures, 'classic'));
  return { whole: shown(live), news: shown(live === null ? null : withoutLatency(live)) };
}

/** The verdicts alone: a change of these is news. */
function withoutLatency(live: LiveFigures): LiveFigures {
  const verdictOf = (figures: LiveLatency | null): LiveLatency | null =>
    figures === null
      ? null
      : {
          verdict: figures.verdict,
          why: '',
          perSecond: 0,
          wantedPerSecond: 0,
          percentiles: null,
          worst: null,
          stalls: 0,
          chart: [],
        };
  const latency = live.latency.map(({ source, target }) => ({
    source: verdictOf(source),
    target: verdictOf(target),
  }));
  return { ...live, latency };
}
