// Which announcement is posted next (I7): within one migration's thread strictly by number;
// across threads decisions before incidents before events. Pure.

import type { Weight } from '../migration/announcement.ts';
import type { QueuedAnnouncement } from '../workflow/ports.ts';

const RANK: Readonly<Record<Weight, number>> = { decision: 0, incident: 1, event: 2 };

interface Thread {
  readonly waiting: QueuedAnnouncement[];
  /** Place of its oldest entry in the outbox. */
  readonly since: number;
}

/**
 * `queued` is the outbox, oldest first. A thread is as urgent as the most urgent thing in it: what stands
 * before a decision goes out with it, so that nobody is asked about what the thread has not told yet.
 */
export function inPostingOrder(queued: readonly QueuedAnnouncement[]): readonly QueuedAnnouncement[] {
  const threads = new Map<string, Thread>();
  for (const [at, each] of queued.entries()) {
    const thread = threads.get(each.uid);
    if (thread === undefined) threads.set(each.uid, { waiting: [each], since: at });
    else thread.waiting.push(each);
  }
  return [...threads.values()]
    .flatMap((thread) => stretches(thread))
    .sort((a, b) => a.rank - b.rank || a.since - b.since || a.part - b.part)
    .flatMap((stretch) => stretch.announcements);
}

interface Stretch {
  readonly rank: number;
  readonly since: number;
  readonly part: number;
  readonly announcements: readonly QueuedAnnouncement[];
}

/** Cuts a thread after its last decision and after its last incident, so that ranks only fall along it. */
function stretches(thread: Thread): Stretch[] {
  const waiting = thread.waiting.toSorted((a, b) => a.announcement.number - b.announcement.number);
  const found: Stretch[] = [];
  let from = 0;
  for (const rank of Object.values(RANK)) {
    const last = waiting.findLastIndex((each) => RANK[each.announcement.weight] === rank);
    if (last < from) continue;
    found.push({
      rank,
      since: thread.since,
      part: found.length,
      announcements: waiting.slice(from, last + 1),
    });
    from = last + 1;
  }
  return found;
}
