// The latency of all servers of a migration, as its owner measures it: which probes run, how fast, and the live
// figures. What it means for the migration is told by followLatency.

import { SIDES, type Side } from '../../migration/instance.ts';
import { clientsSide } from '../../migration/latency/effect.ts';
import { isMeasured } from '../../migration/latency/summary.ts';
import { liveOf } from '../../migration/latency/track.ts';
import type { State } from '../../migration/migration.ts';
import type { LiveFigures } from '../../migration/progress.ts';
import type { ProbeRate } from '../latency-ports.ts';
import type { Session } from '../session.ts';
import { ObservedServer } from './observed-server.ts';

/** What the probe left behind for a successor: enough for every verdict and the chart. */
const LOOK_BACK_MS = 600_000;
/** How long after a promotion the new server is measured at full rate. */
const CLOSE_LOOK_MS = 60_000;

export class ObservedLatency {
  readonly #session: Session;
  readonly #servers: ObservedServer[] = [];
  summedMs = Number.NEGATIVE_INFINITY;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Begins to measure where it is not measured yet, and takes what is new. */
  look(): void {
    const { migration, workflow } = this.#session;
    const nowMs = workflow.clock.monotonicMs();
    const at = this.#session.now();
    if (this.#servers.length === 0) this.#begin(at, nowMs);
    for (const server of this.#servers) {
      server.watch.setRate(this.#rateOf(migration.state, server.side, at));
      const news = server.look(migration.policy.latency, at, nowMs, migration.latency.toldUntilAt);
      const { pair, side, sinceAt, track } = server;
      const { verdict } = track.judgement;
      workflow.meters.probed({ migration, pair, side, verdict, sinceAt }, news);
    }
  }

  /** Those whose latency clients feel right now, one a pair. */
  forClients(): readonly ObservedServer[] {
    const side = clientsSide(this.#session.migration.state);
    return this.#servers.filter((server) => server.side === side);
  }

  /** How much of a baseline there is, s: measured before Start, by whichever owner. */
  baselineSeconds(): number {
    const recorded = this.#session.migration.latency.stages.before?.measuredSeconds ?? 0;
    const pending = this.forClients().map(({ unsummed }) => unsummed.filter(isMeasured).length);
    return recorded + Math.min(...pending, Number.MAX_SAFE_INTEGER);
  }

  get servers(): readonly ObservedServer[] {
    return this.#servers;
  }

  live(): LiveFigures['latency'] {
    const { policy, pairs } = this.#session.migration;
    return pairs.map((_, pair) => {
      const of = (side: Side) => {
        const server = this.#servers.find((each) => each.pair === pair && each.side === side);
        return server === undefined ? null : liveOf(server.track, policy.latency);
      };
      return { source: of('source'), target: of('target') };
    });
  }

  close(): void {
    for (const server of this.#servers.splice(0)) server.watch.close();
  }

  #begin(at: number, nowMs: number): void {
    const { migration, workflow } = this.#session;
    const { stallMs, strained } = migration.policy.latency;
    for (const index of migration.pairs.keys()) {
      const pair = this.#session.pair(index);
      for (const side of SIDES) {
        const watch = workflow.probes.watch(pair[side], {
          rate: 'rest',
          // What is shorter than a stall is not told, but it says why a server is strained.
          stallMs: Math.min(stallMs, strained.p99Ms),
          sinceAt: at - LOOK_BACK_MS,
          beside: pair[side === 'source' ? 'target' : 'source'],
        });
        const server = new ObservedServer(index, side, watch, at, nowMs);
        server.earlier =
          migration.latency.open.find((each) => each.pair === index && each.side === side) ?? null;
        this.#servers.push(server);
      }
    }
  }

  /** Full where it matters most: baseline, sync, cutover and the first minute after it. */
  #rateOf(state: State, side: Side, at: number): ProbeRate {
    if (side !== clientsSide(state)) return 'rest';
    switch (state.phase) {
      case 'surveying':
        return 'full';
      case 'planned':
        return this.baselineSeconds() < this.#session.workflow.baselineSeconds ? 'full' : 'rest';
      case 'syncing':
      case 'cutting-over':
      case 'reverting':
        return 'full';
      case 'following':
        return state.cutoverAt === null ? 'rest' : 'full';
      case 'watching':
        return at - state.since < CLOSE_LOOK_MS ? 'full' : 'rest';
      case 'needs-human':
        return this.#rateOf(state.from, side, at);
      case 'aborting':
      case 'refused':
      case 'completed':
      case 'reverted':
      case 'aborted':
        return 'rest';
    }
  }
}
