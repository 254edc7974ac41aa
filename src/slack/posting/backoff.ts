// When to try again what failed: later each time, up to a limit, by name (a migration, a channel, Slack itself).

import type { Clock } from '../../workflow/ports.ts';

export interface Backoff {
  /** 0: now. */
  waitMs(name: string): number;
  /** Gives how often it failed in a row. `atLeastMs`: what Slack asked for. */
  failed(name: string, atLeastMs?: number): number;
  /** true: it had failed before. */
  worked(name: string): boolean;
}

export function createBackoff(clock: Clock, firstMs: number, limitMs: number): Backoff {
  const known = new Map<string, { readonly times: number; readonly until: number }>();
  return {
    waitMs: (name) => Math.max(0, (known.get(name)?.until ?? 0) - clock.monotonicMs()),
    failed(name, atLeastMs = 0) {
      const times = (known.get(name)?.times ?? 0) + 1;
      const pause = Math.max(atLeastMs, Math.min(limitMs, firstMs * 2 ** (times - 1)));
      known.set(name, { times, until: clock.monotonicMs() + pause });
      return times;
    },
    worked: (name) => known.delete(name),
  };
}
