// What the live tests of the probe share: probes over a log in a real Redis, what a watcher heard of them, and stalls
// that are put upon a server, of a known kind, start and length.

import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import type { Instance } from '../../../src/migration/instance.ts';
import { merge, percentileUs } from '../../../src/migration/latency/histogram.ts';
import type { ProbeSecond, Stall } from '../../../src/migration/latency/reading.ts';
import { createProbes } from '../../../src/redis/latency/probes.ts';
import type { RunningServer } from '../../../src/sandbox/servers/start.ts';
import { createLatencyLog } from '../../../src/store/latency-log.ts';
import type { LatencyProbes, WatchOptions } from '../../../src/workflow/latency-ports.ts';
import type { Logger, Secrets } from '../../../src/workflow/ports.ts';
import { wireTo } from '../../support/data.ts';
import type { Sample } from '../../support/raw-pinger.ts';
import { until } from '../../support/until.ts';

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/** Probes as one process has them, until the test ends. `own`: Ferry's own Redis. */
export function probesOver(
  own: RunningServer,
  secrets: Secrets = { resolve: async () => '' },
): LatencyProbes {
  const redis = new Redis({ host: own.host, port: own.port });
  redis.on('error', () => undefined);
  const probes = createProbes({
    secrets,
    log: createLatencyLog(redis),
    logger: silent,
  });
  onTestFinished(async () => {
    await probes.close();
    redis.disconnect();
  });
  return probes;
}

export function instanceAt(port: number, changes: Partial<Instance> = {}): Instance {
  const address = { host: '127.0.0.1', port };
  return {
    name: `carts-${port}`,
    address,
    replicationAddress: address,
    username: null,
    passwordRef: null,
    tls: null,
    environment: 'default',
    ...changes,
  };
}

/** All that came of a watch so far. */
export class Heard {
  readonly seconds: ProbeSecond[] = [];
  /** Each as it was told last. */
  readonly stalls = new Map<string, Stall>();
  /** When it was heard of first, epoch ms. */
  readonly heardAt = new Map<string, number>();
  readonly #watch: ReturnType<LatencyProbes['watch']>;

  constructor(probes: LatencyProbes, instance: Instance, options: Partial<WatchOptions> = {}) {
    this.#watch = probes.watch(instance, {
      rate: 'full',
      stallMs: 50,
      sinceAt: null,
      beside: null,
      ...options,
    });
    const timer = setInterval(() => this.look(), 20);
    onTestFinished(() => {
      clearInterval(timer);
      this.#watch.close();
    });
  }

  look(): void {
    const news = this.#watch.take();
    this.seconds.push(...news.seconds);
    for (const stall of news.stalls) {
      if (!this.heardAt.has(stall.id)) this.heardAt.set(stall.id, Date.now());
      this.stalls.set(stall.id, stall);
    }
  }

  setRate(rate: WatchOptions['rate']): void {
    this.#watch.setRate(rate);
  }

  close(): void {
    this.#watch.close();
  }

  /** Seconds in which something was measured. */
  get measured(): readonly ProbeSecond[] {
    return this.seconds.filter(({ pings }) => pings > 0);
  }

  get all(): readonly Stall[] {
    return [...this.stalls.values()];
  }

  /** Of replies alone, as other tools count. */
  percentileUs(fraction: number): number {
    return percentileUs(merge(this.measured.map(({ measured }) => measured)), fraction) ?? Number.NaN;
  }

  get maxUs(): number {
    return Math.max(...this.measured.map(({ maxUs }) => maxUs));
  }

  /** Waits until so many more whole seconds were measured. */
  async measures(seconds: number, deadlineMs = 15_000 + seconds * 1_500): Promise<void> {
    const from = this.measured.length;
    await until(() => this.measured.length >= from + seconds, {
      what: `${seconds} more seconds measured`,
      deadlineMs,
      everyMs: 20,
    });
  }

  /** The stall that covers a span, when it is over and its cause was looked for. */
  async stallIn(span: Injected, deadlineMs = 10_000): Promise<Stall> {
    return until(() => this.all.find((stall) => stall.over && overlaps(stall, span)), {
      what: `a stall at ${span.startedAt}, ${span.lengthMs} ms long`,
      deadlineMs,
    });
  }
}

/** A stall that was put upon a server, as whoever did it knows it. */
export interface Injected {
  readonly startedAt: number;
  readonly lengthMs: number;
}

export function overlaps({ startedAt, lengthMs }: Stall, span: Injected): boolean {
  return startedAt < span.startedAt + span.lengthMs && startedAt + lengthMs > span.startedAt;
}

/** Did another pinger wait as well? A machine that others use, too, has stalls of its own. */
export function isSeenBy(samples: readonly Sample[], stall: Stall): boolean {
  return samples.some(({ sentAt, us }) => {
    const lengthMs = us / 1_000;
    return lengthMs >= stall.lengthMs / 3 && overlaps(stall, { startedAt: sentAt, lengthMs });
  });
}

/** Within 10 percent, or one interval of the probe. */
export function isAsLong(stall: Stall, span: Injected, intervalMs = 10): boolean {
  return Math.abs(stall.lengthMs - span.lengthMs) <= Math.max(span.lengthMs * 0.1, intervalMs);
}

/** Runs a command that holds the server up, and gives when and how long: as whoever waits for it sees it. */
export async function holdUp(
  port: number,
  command: readonly [string, ...(string | number)[]],
): Promise<Injected> {
  const connection = await wireTo(port);
  try {
    const startedAt = Date.now();
    const startedMs = performance.now();
    await connection.ask(command);
    return { startedAt, lengthMs: performance.now() - startedMs };
  } finally {
    connection.close();
  }
}

/** How many turns of a loop a server's scripts make in a millisecond: they have no clock that goes on. */
export async function scriptSpeed(port: number): Promise<number> {
  const { lengthMs } = await holdUp(port, busyScript(TRIAL_TURNS));
  return TRIAL_TURNS / lengthMs;
}

const TRIAL_TURNS = 3_000_000;

export function busyScript(turns: number): readonly [string, ...(string | number)[]] {
  return ['EVAL', 'for i = 1, tonumber(ARGV[1]) do end return 1', 0, Math.round(turns)];
}

export function debugSleep(ms: number): readonly [string, ...(string | number)[]] {
  return ['DEBUG', 'SLEEP', ms / 1_000];
}

/** The process answers nobody for so long, and keeps its connections. */
export async function stopFor(server: RunningServer, ms: number): Promise<Injected> {
  const startedAt = Date.now();
  const startedMs = performance.now();
  server.pause();
  try {
    await delay(ms);
  } finally {
    server.resume();
  }
  return { startedAt, lengthMs: performance.now() - startedMs };
}

/** DEBUG is off in today's servers; what they may be asked in these tests. */
export const DEBUG_ON = { 'enable-debug-command': 'local' } as const;
