// What the workflow tells whoever counts: what was recorded, seen and measured, as it happens. Telling never throws
// and is never waited for; nothing that is counted is asked for again.

import type { Event } from '../migration/events.ts';
import type { Side } from '../migration/instance.ts';
import type { ProbeNews } from '../migration/latency/reading.ts';
import type { LatencyVerdict } from '../migration/latency/verdict.ts';
import type { Migration } from '../migration/migration.ts';
import type { LiveFigures } from '../migration/progress.ts';

/** An event that is in the record now. */
export interface Recorded {
  readonly before: Migration;
  readonly after: Migration;
  readonly event: Event;
}

/** A server of a migration that is measured here. */
export interface MeasuredServer {
  readonly migration: Migration;
  readonly pair: number;
  readonly side: Side;
  readonly verdict: LatencyVerdict;
  /** Nothing before this was measured for this owner, epoch ms: an earlier one has counted it. */
  readonly sinceAt: number;
}

export interface Meters {
  /** This process drives a migration, until `released`. */
  driving(migration: Migration): void;
  recorded(change: Recorded): void;
  /** What one tick of a driven migration has shown. */
  looked(migration: Migration, live: LiveFigures): void;
  probed(server: MeasuredServer, news: ProbeNews): void;
  /** `lost`: another process took it over before this one let it go. */
  released(migration: Migration, lost: boolean): void;
}

/** Counts nothing. */
export const noMeters: Meters = {
  driving: () => undefined,
  recorded: () => undefined,
  looked: () => undefined,
  probed: () => undefined,
  released: () => undefined,
};
