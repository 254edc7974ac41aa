// A record of version 2 as one of version 3: latency and what a transfer costs were not measured then, and are not
// made up now (I10). Adds and never drops: whatever is not as version 2 wrote it is left for the schema to refuse.

import { latencyAtFirst } from '../migration/latency/summary.ts';
import { amend, amendEach } from './amend.ts';

/** `stored`: the record as JSON, not yet parsed. */
export function fromVersion2(stored: unknown): unknown {
  return amend(stored, ({ requestedAt, state }) => ({
    latency: latencyAtFirst(Number(requestedAt)),
    transfers: [],
    // There were none.
    rehearsal: null,
    state: stateFrom(state),
  }));
}

/** Where a phase holds them, whichever phase it is; `from` is the state that a question interrupted, or a name. */
function stateFrom(state: unknown): unknown {
  return amend(state, (fields) => ({
    ...('plan' in fields ? { plan: withoutForecast(fields['plan']) } : {}),
    ...('progress' in fields ? { progress: amendEach(fields['progress'], () => ({ begun: null })) } : {}),
    ...('from' in fields ? { from: stateFrom(fields['from']) } : {}),
  }));
}

function withoutForecast(plan: unknown): unknown {
  return amend(plan, ({ pairs }) => ({ pairs: amendEach(pairs, () => ({ forecast: null })) }));
}
