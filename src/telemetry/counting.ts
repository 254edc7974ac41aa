// Counting in one process: its registry, the meters that feed it and the server that shows it, or nothing of all that.

import { type Meters, noMeters } from '../workflow/metrics-port.ts';
import type { Logger } from '../workflow/ports.ts';
import { createMeters } from './meters.ts';
import { defineMetrics } from './metrics.ts';
import { type OwnRedisFigures, startMetricsServer } from './metrics-server.ts';

export interface Counting {
  readonly meters: Meters;
  /** Where GET /metrics answers; null: nowhere. */
  readonly port: number | null;
  close(): Promise<void>;
}

/** `at`: null counts nothing. Rejects with `metrics-port` where it cannot listen. */
export async function startCounting(
  at: { readonly port: number; readonly host: string } | null,
  own: OwnRedisFigures,
  logger: Logger,
): Promise<Counting> {
  if (at === null) return { meters: noMeters, port: null, close: async () => undefined };
  const metrics = defineMetrics();
  const meters = createMeters(metrics, () => performance.now());
  const { port, close } = await startMetricsServer({ ...at, metrics, meters, own });
  const fail = (error: unknown) => logger.warn({ err: error }, 'something was not counted');
  return { meters: harmless(meters, fail), port, close };
}

/** What cannot be counted must not stop what is done: a cutover tells of its steps under the fence. */
export function harmless(meters: Meters, fail: (error: unknown) => void): Meters {
  const safely =
    <Told extends readonly unknown[]>(tell: (...told: Told) => void) =>
    (...told: Told): void => {
      try {
        tell(...told);
      } catch (error) {
        fail(error);
      }
    };
  return {
    driving: safely(meters.driving),
    recorded: safely(meters.recorded),
    looked: safely(meters.looked),
    probed: safely(meters.probed),
    released: safely(meters.released),
  };
}
