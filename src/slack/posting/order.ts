// Which announcement is next: in order within a migration, decisions before incidents before events across
// them. Pure.

import type { Weight } from '../../migration/announcement.ts';
import type { QueuedAnnouncement } from '../../workflow/ports.ts';

const RANK: Readonly<Record<Weight, number>> = { decision: 0, incident: 1, event: 2 };

/** The oldest of each migration, the most pressing first; equals stay in the order they came. */
export function heads(pending: readonly QueuedAnnouncement[]): readonly QueuedAnnouncement[] {
  const first = new Map<string, QueuedAnnouncement>();
  const pressing = new Map<string, number>();
  for (const queued of pending) {
    if (!first.has(queued.uid)) first.set(queued.uid, queued);
    // What stands behind an event may be a decision: the whole thread moves up with it.
    const rank = RANK[queued.announcement.weight];
    pressing.set(queued.uid, Math.min(pressing.get(queued.uid) ?? rank, rank));
  }
  return [...first.values()].sort((a, b) => (pressing.get(a.uid) ?? 0) - (pressing.get(b.uid) ?? 0));
}
