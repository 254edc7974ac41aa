// Every metric by name, with what it means and its labels: what alerts and dashboards rely on, so none is renamed.
// Labels are names of the inventory, ids of running migrations and words of the domain: nothing that grows on its own.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Which server of which migration. */
const SERVER = ['migration', 'instance', 'side'] as const;

/**
 * Powers of two of a microsecond, 64 µs to 8.4 s: the histograms of the probe have a bucket that begins at each of
 * them, so that none of their counts falls between two of these.
 */
const PING_SECONDS = Array.from({ length: 18 }, (_, exponent) => 2 ** (exponent + 6) / 1e6);
const FENCE_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const PHASE_SECONDS = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];
const DELAY_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

export type Metrics = ReturnType<typeof defineMetrics>;

/** A registry of its own with all of them, those of the process and of Node included. */
export function defineMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    ping: new Histogram({
      name: 'ferry_ping_seconds',
      help: 'How long a PING waits for its reply, corrected for those that could not be sent meanwhile.',
      labelNames: SERVER,
      buckets: PING_SECONDS,
      registers,
    }),
    unmeasured: new Counter({
      name: 'ferry_unmeasured_seconds_total',
      help: 'Seconds in which a server could not be measured: unreachable, or the probe itself was held up.',
      labelNames: [...SERVER, 'state'],
      registers,
    }),
    stalls: new Counter({
      name: 'ferry_stalls_total',
      help: 'Intervals longer than the policy allows in which a server answered nobody.',
      labelNames: [...SERVER, 'cause'],
      registers,
    }),
    stalledSeconds: new Counter({
      name: 'ferry_stall_seconds_total',
      help: 'How long these stalls were, together.',
      labelNames: [...SERVER, 'cause'],
      registers,
    }),
    verdict: new Gauge({
      name: 'ferry_latency_verdict',
      help: '1 for the verdict on a server, 0 for the others.',
      labelNames: [...SERVER, 'verdict'],
      registers,
    }),
    probeDelay: new Histogram({
      name: 'ferry_probe_delay_seconds',
      help: "The longest that the probe's own thread was held up, for each second: never booked on a server.",
      buckets: DELAY_SECONDS,
      registers,
    }),
    migrations: new Gauge({
      name: 'ferry_migrations',
      help: 'Migrations that this process drives, by phase; the sum over all workers is all that are not over.',
      labelNames: ['phase'],
      registers,
    }),
    lostDrives: new Counter({
      name: 'ferry_drives_lost_total',
      help: 'Migrations that another process took over before this one let them go.',
      registers,
    }),
    transitions: new Counter({
      name: 'ferry_phase_transitions_total',
      help: 'Changes of phase.',
      labelNames: ['from', 'to'],
      registers,
    }),
    phaseSeconds: new Histogram({
      name: 'ferry_phase_seconds',
      help: 'How long a phase lasted.',
      labelNames: ['phase'],
      buckets: PHASE_SECONDS,
      registers,
    }),
    cutovers: new Counter({
      name: 'ferry_cutovers_total',
      help: 'Cutover attempts by their end.',
      labelNames: ['direction', 'result'],
      registers,
    }),
    fence: new Histogram({
      name: 'ferry_fence_seconds',
      help: 'How long writes were held in a cutover attempt.',
      labelNames: ['direction', 'result'],
      buckets: FENCE_SECONDS,
      registers,
    }),
    lagBytes: new Gauge({
      name: 'ferry_replication_lag_bytes',
      help: 'How far the follower of a pair is behind; absent while that is not known.',
      labelNames: SERVER,
      registers,
    }),
    lagSeconds: new Gauge({
      name: 'ferry_replication_lag_seconds',
      help: 'How long a write takes to arrive at the follower of a pair; absent while that is not known.',
      labelNames: SERVER,
      registers,
    }),
    linkUp: new Gauge({
      name: 'ferry_replication_link_up',
      help: '1 while the follower of a pair is linked and applies the stream, else 0.',
      labelNames: SERVER,
      registers,
    }),
    verifications: new Counter({
      name: 'ferry_verifications_total',
      help: 'Comparisons of the data of a migration, by their result.',
      labelNames: ['result'],
      registers,
    }),
    comparedKeys: new Gauge({
      name: 'ferry_verification_compared_keys',
      help: 'Keys that the last comparison compared.',
      labelNames: ['migration'],
      registers,
    }),
    differences: new Gauge({
      name: 'ferry_verification_differences',
      help: 'Keys that differed in the last comparison.',
      labelNames: ['migration'],
      registers,
    }),
    unsettled: new Gauge({
      name: 'ferry_verification_unsettled_keys',
      help: 'Keys that changed for too long to be compared in the last comparison.',
      labelNames: ['migration'],
      registers,
    }),
    announcementsWaiting: new Gauge({
      name: 'ferry_announcements_waiting',
      help: 'Messages that Slack has not seen yet; the same in every process. Absent while it is not known.',
      registers,
    }),
    ownRedisUp: new Gauge({
      name: 'ferry_own_redis_up',
      help: "1 if Ferry's own Redis answered this process for this scrape, else 0.",
      registers,
    }),
  };
}
