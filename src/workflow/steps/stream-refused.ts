// watching: whether the old server refused commands of the new one's stream, from the readings that were taken anyway.
// A refusal is silent there: link up, offsets equal, data different. Asks the servers nothing of its own.

import type { Event } from '../../migration/events.ts';
import type { Watching } from '../../migration/migration.ts';
import { isNewlyUnapplied, unappliedNow } from '../../migration/unapplied.ts';
import type { Notes } from '../notes.ts';

/** null: nothing new, or a server was not read this time. */
export function streamRefused(state: Watching, notes: Notes): Event | null {
  const sources = state.identities.map((_, index) => notes.lastLook(index)?.source ?? null);
  const seen = unappliedNow(state.plan, state.identities, sources);
  if (seen === null || !isNewlyUnapplied(state.unapplied, seen)) return null;
  return { kind: 'stream-refused', ...seen };
}
