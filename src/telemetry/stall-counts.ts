// Counts each stall once, with its cause: that is found a little after the stall is over, from facts that the server
// is asked for then.

import type { Stall } from '../migration/latency/reading.ts';
import type { MeasuredServer } from '../workflow/metrics-port.ts';
import type { Metrics } from './metrics.ts';
import type { ServerLabels } from './server-labels.ts';

const CAUSE_WITHIN_MS = 5_000;

interface Pending {
  readonly stall: Stall;
  readonly labels: ServerLabels;
  /** Monotonic ms at which it was first known to be over; null: it lasts. */
  readonly overMs: number | null;
}

export class StallCounts {
  readonly #metrics: Metrics;
  readonly #pending = new Map<string, Pending>();
  /** By migration: those that are counted already, of which more may still be told. */
  readonly #counted = new Map<string, Set<string>>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** Only what the policy calls a stall, and what no earlier owner can have counted. */
  see(server: MeasuredServer, labels: ServerLabels, stall: Stall, nowMs: number): void {
    const { migration, pair, side, sinceAt } = server;
    const key = `${pair} ${side} ${stall.id}`;
    const isOurs = stall.startedAt + stall.lengthMs >= sinceAt;
    if (stall.lengthMs < migration.policy.latency.stallMs || !isOurs) return;
    if (this.#countedOf(migration.id).has(key)) return;
    const known = `${migration.id} ${key}`;
    const overMs = stall.over ? (this.#pending.get(known)?.overMs ?? nowMs) : null;
    this.#pending.set(known, { stall, labels, overMs });
  }

  /** Counts those whose cause had its time. */
  settle(nowMs: number): void {
    for (const [known, { overMs }] of this.#pending)
      if (overMs !== null && nowMs - overMs >= CAUSE_WITHIN_MS) this.#count(known);
  }

  /** What is over counts now; what lasts is the next owner's. */
  end(migration: string): void {
    for (const [known, { labels, overMs }] of this.#pending) {
      if (labels.migration !== migration) continue;
      if (overMs === null) this.#pending.delete(known);
      else this.#count(known);
    }
    this.#counted.delete(migration);
  }

  #count(known: string): void {
    const pending = this.#pending.get(known);
    if (pending === undefined) return;
    const { stall, labels } = pending;
    const cause = stall.cause.kind;
    this.#metrics.stalls.inc({ ...labels, cause });
    this.#metrics.stalledSeconds.inc({ ...labels, cause }, stall.lengthMs / 1_000);
    this.#pending.delete(known);
    this.#countedOf(labels.migration).add(known.slice(labels.migration.length + 1));
  }

  #countedOf(migration: string): Set<string> {
    const counted = this.#counted.get(migration) ?? new Set();
    this.#counted.set(migration, counted);
    return counted;
  }
}
