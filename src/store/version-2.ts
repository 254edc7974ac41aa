// A record of version 2 as one of version 3: latency was not measured then, and is not made up now (I10).
// Adds and never drops: whatever is not as version 2 wrote it is left for the schema to refuse.

import { latencyAtFirst } from '../migration/latency/summary.ts';
import { amend } from './amend.ts';

/** `stored`: the record as JSON, not yet parsed. */
export function fromVersion2(stored: unknown): unknown {
  return amend(stored, ({ requestedAt }) => ({ latency: latencyAtFirst(Number(requestedAt)) }));
}
