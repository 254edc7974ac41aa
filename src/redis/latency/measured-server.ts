// One server as this process knows its latency: it has the server's probe while it holds the lease, and else reads
// what the holder left in the log. Takes over when the lease runs out, and steps back when somebody else has it.

import { formatAddress, type Instance } from '../../migration/instance.ts';
import type { Stall } from '../../migration/latency/reading.ts';
import type { LatencyLog, LoggedReading, ProbeRate, Wanted } from '../../workflow/latency-ports.ts';
import type { Logger, Secrets } from '../../workflow/ports.ts';
import { ProbeLog } from './probe-log.ts';
import { ServerProbe } from './server-probe.ts';
import type { Silences } from './silences.ts';
import type { ProbeThread } from './start-probe-thread.ts';
import type { Watcher } from './watcher.ts';

/** Longer than a worker may be busy, short enough that a gap stays below five seconds. */
const LEASE_MS = 3_000;
const LEADER_TURN_MS = 1_000;
const FOLLOWER_TURN_MS = 300;
/** What a follower wants is forgotten when it does not say so again. */
const WANT_FOR_MS = 3_000;
const PAGE = 500;
/** What a predecessor left: stalls that it did not see the end of, and its last second. */
const LOOK_BACK_MS = 60_000;

export interface MeasuredServerOptions {
  readonly instance: Instance;
  readonly holder: string;
  readonly log: LatencyLog;
  readonly thread: ProbeThread;
  readonly secrets: Secrets;
  readonly silences: Silences;
  readonly logger: Logger;
  /** A stall of this server was told; whoever stands beside it may look again. */
  stalled(server: string): void;
}

interface WatcherTerms {
  rate: ProbeRate;
  readonly beside: string | null;
}

export class MeasuredServer {
  readonly server: string;
  readonly #options: MeasuredServerOptions;
  readonly #watchers = new Map<Watcher, WatcherTerms>();
  readonly #probeLog: ProbeLog;
  #others: readonly Wanted[] = [];
  #probe: ServerProbe | null = null;
  #cursor: string | null = null;
  /** What is older was told to nobody here. */
  #sinceAt: number;
  #timer: NodeJS.Timeout | undefined;
  #turning: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: MeasuredServerOptions, after: Promise<void>) {
    this.#options = options;
    this.server = formatAddress(options.instance.address);
    this.#probeLog = new ProbeLog(options.log, this.server, options.logger);
    this.#sinceAt = options.thread.clock.now();
    this.#turning = after.then(() => this.#turn());
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  standsBeside(server: string): boolean {
    return [...this.#watchers.values()].some(({ beside }) => beside === server);
  }

  add(watcher: Watcher, terms: WatcherTerms, sinceAt: number | null): void {
    this.#watchers.set(watcher, terms);
    this.#adjust();
    if (sinceAt !== null) void this.#readPast(watcher, sinceAt);
  }

  setRate(watcher: Watcher, rate: ProbeRate): void {
    const terms = this.#watchers.get(watcher);
    if (terms === undefined || terms.rate === rate) return;
    terms.rate = rate;
    this.#adjust();
  }

  remove(watcher: Watcher): void {
    if (this.#watchers.delete(watcher) && this.isWatched) this.#adjust();
  }

  reconsider(): void {
    this.#probe?.reconsider();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#probe?.close();
    await this.#turning;
    this.#probe?.close();
    const { log, holder, logger } = this.#options;
    await this.#probeLog.flush();
    // If it cannot be given back it runs out by itself.
    const kept = (error: unknown): void =>
      logger.debug({ err: error }, 'the lease of a probe is not given back');
    await log.release(this.server, holder).catch(kept);
  }

  #wanted(): Wanted {
    const own = [...this.#watchers].map(([{ stallMs }, { rate }]) => ({ stallMs, rate }));
    const all = [...own, ...(this.#probe === null ? [] : this.#others)];
    return {
      rate: all.some(({ rate }) => rate === 'full') ? 'full' : 'rest',
      stallMs: Math.min(...all.map(({ stallMs }) => stallMs)),
    };
  }

  #adjust(): void {
    if (this.#probe !== null) this.#probe.want(this.#wanted());
    else this.#again(0);
  }

  #again(afterMs: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#turning = this.#turning.then(() => this.#turn());
    }, afterMs);
    this.#timer.unref();
  }

  async #turn(): Promise<void> {
    if (this.#closed || !this.isWatched) return;
    try {
      const leads = await this.#options.log.lead(this.server, this.#options.holder, LEASE_MS);
      if (leads) await this.#lead();
      else await this.#follow();
    } catch (error) {
      // Ferry's Redis is away. Whoever measures goes on measuring; nobody begins.
      this.#options.logger.debug({ err: error, server: this.server }, 'the log of the probe does not answer');
    }
    this.#again(this.#probe === null ? FOLLOWER_TURN_MS : LEADER_TURN_MS);
  }

  async #lead(): Promise<void> {
    const { log } = this.#options;
    if (this.#probe === null) await this.#takeOver();
    this.#others = await log.wanted(this.server);
    if (this.isWatched) this.#probe?.want(this.#wanted());
    await this.#probeLog.flush();
  }

  async #follow(): Promise<void> {
    const { log, holder } = this.#options;
    if (this.#probe !== null) {
      this.#probe.close();
      this.#probe = null;
      // What it told itself is in the log as well.
      this.#cursor = null;
      this.#sinceAt = this.#options.thread.clock.now();
    }
    await log.want(this.server, holder, this.#wanted(), WANT_FOR_MS);
    await this.#readNew();
  }

  async #takeOver(): Promise<void> {
    const { instance, thread, secrets, silences, logger, holder } = this.#options;
    await this.#readNew();
    const left = await this.#readAll(thread.clock.now() - LOOK_BACK_MS);
    if (this.#closed || !this.isWatched) return;
    const lastAt = left.reduce<number | null>(
      (last, reading) => (reading.kind === 'second' ? Math.max(last ?? 0, reading.second.at) : last),
      null,
    );
    for (const stall of openStalls(left)) this.#tell({ kind: 'stall', stall: { ...stall, over: true } });
    this.#probe = new ServerProbe(
      {
        instance,
        thread,
        secrets,
        silences,
        logger,
        prefix: `${holder}-${Math.round(thread.clock.now()).toString(36)}`,
        beside: () => [...this.#watchers.values()].flatMap(({ beside }) => (beside === null ? [] : [beside])),
        second: (second) => this.#tell({ kind: 'second', second }),
        stall: (stall) => {
          this.#tell({ kind: 'stall', stall });
          this.#options.stalled(this.server);
        },
      },
      this.#wanted(),
      lastAt,
    );
  }

  #tell(reading: LoggedReading): void {
    for (const watcher of this.#watchers.keys()) watcher.deliver(reading);
    this.#probeLog.write(reading);
  }

  /** What came into the log since it was read last, for a process that follows. */
  async #readNew(): Promise<void> {
    for (;;) {
      const from = { cursor: this.#cursor, sinceAt: this.#sinceAt };
      const { cursor, entries } = await this.#options.log.read(this.server, from, PAGE);
      for (const reading of entries) {
        for (const watcher of this.#watchers.keys()) watcher.deliver(reading);
        if (reading.kind === 'stall') this.#noteForOthers(reading.stall);
      }
      const more = cursor !== this.#cursor;
      this.#cursor = cursor;
      if (!more) return;
    }
  }

  async #readAll(sinceAt: number): Promise<readonly LoggedReading[]> {
    const readings: LoggedReading[] = [];
    let cursor: string | null = null;
    for (;;) {
      const page: Awaited<ReturnType<LatencyLog['read']>> = await this.#options.log.read(
        this.server,
        { cursor, sinceAt },
        PAGE,
      );
      readings.push(...page.entries);
      if (page.cursor === cursor) return readings;
      cursor = page.cursor;
    }
  }

  async #readPast(watcher: Watcher, sinceAt: number): Promise<void> {
    try {
      await this.#probeLog.flush();
      watcher.past(await this.#readAll(sinceAt));
    } catch (error) {
      this.#options.logger.debug(
        { err: error, server: this.server },
        'what was measured before is not known',
      );
      watcher.past([]);
    }
  }

  #noteForOthers({ id, startedAt, lengthMs, cause }: Stall): void {
    const explained = cause.kind !== 'unknown' && cause.kind !== 'network';
    this.#options.silences.note(this.server, { id, startedAt, endedAt: startedAt + lengthMs, explained });
    this.#options.stalled(this.server);
  }
}

/** Stalls of which nobody told the end, as they were told last. */
function openStalls(readings: readonly LoggedReading[]): readonly Stall[] {
  const stalls = new Map<string, Stall>();
  for (const reading of readings) if (reading.kind === 'stall') stalls.set(reading.stall.id, reading.stall);
  return [...stalls.values()].filter(({ over }) => !over);
}
