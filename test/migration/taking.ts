// Taking events one by one, at one instant late enough for every sample: what tests of the lifecycle share.

import type { Announcement, AnnouncementBody } from '../../src/migration/announcement.ts';
import type { Actor } from '../../src/migration/approval.ts';
import type { Event } from '../../src/migration/events.ts';
import { advance } from '../../src/migration/lifecycle.ts';
import type { Migration } from '../../src/migration/migration.ts';
import type { VerificationResult } from '../../src/migration/verification.ts';
import { carried, equal, T0 } from '../support/walk.ts';

export const OPS: Actor = { user: 'U0OPS', groups: [] };
export const NOW = T0 + 60_000;

export interface Told {
  readonly migration: Migration;
  readonly say: readonly Announcement[];
}

/** What an event that must be taken makes of a migration, and what is said. */
export function take(migration: Migration, event: Event, now = NOW): Told {
  const advanced = advance(migration, event, now);
  if (advanced.kind === 'refused') throw new Error(`${event.kind}: ${advanced.refusal.message}`);
  return advanced;
}

/** Goes on through events that must all be taken. */
export function go(from: Migration, ...events: (Event | ((migration: Migration) => Event))[]): Migration {
  return events.reduce(
    (migration, event) => take(migration, typeof event === 'function' ? event(migration) : event).migration,
    from,
  );
}

/** The code of the refusal, or `taken`. */
export function answerTo(migration: Migration, event: Event, now = NOW): string {
  const advanced = advance(migration, event, now);
  return advanced.kind === 'refused' ? advanced.refusal.code : 'taken';
}

export type Body<K extends AnnouncementBody['kind']> = Extract<AnnouncementBody, { kind: K }>;

export function bodies<K extends AnnouncementBody['kind']>(say: readonly Announcement[], kind: K): Body<K>[] {
  return say.flatMap(({ body }) => (is(body, kind) ? [body] : []));
}

function is<K extends AnnouncementBody['kind']>(body: AnnouncementBody, kind: K): body is Body<K> {
  return body.kind === kind;
}

export function verified(result: VerificationResult, digest = 'stands-1'): Event {
  return { kind: 'verified', result, digest, lag: { bytes: 10, ms: 2 } };
}

export function approvedBy(by: Actor) {
  return (migration: Migration): Event => ({ kind: 'approved', by, ...carried(migration) });
}

export function revertBy(by: Actor) {
  return (migration: Migration): Event => ({ kind: 'revert-requested', by, ...carried(migration) });
}

export function completeBy(by: Actor) {
  return (migration: Migration): Event => ({ kind: 'complete-requested', by, ...carried(migration) });
}

export function recheckBy(by: Actor) {
  return (migration: Migration): Event => ({
    kind: 'answered',
    by,
    answer: 'recheck',
    ...carried(migration),
  });
}

export const differing: VerificationResult = { ...equal, differenceCount: 1 };
/** Nothing was compared although there are keys. */
export const unproven: VerificationResult = { ...equal, comparedKeys: 0 };
