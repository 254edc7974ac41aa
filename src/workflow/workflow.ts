// Everything that the workflow works with, joined by compose.ts.

import type { LatencyProbes } from './latency-ports.ts';
import type { Meters } from './metrics-port.ts';
import type {
  ActTrace,
  Clock,
  HookRunner,
  Inventory,
  Logger,
  Records,
  Replication,
  Secrets,
  Servers,
  Verifier,
} from './ports.ts';

export interface Workflow {
  readonly records: Records;
  readonly servers: Servers;
  readonly replication: Replication;
  readonly verifier: Verifier;
  readonly probes: LatencyProbes;
  /** How much of a baseline there must be before anything starts, s. */
  readonly baselineSeconds: number;
  readonly hooks: HookRunner;
  readonly inventory: Inventory;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly trace: ActTrace;
  readonly logger: Logger;
  readonly meters: Meters;
}
