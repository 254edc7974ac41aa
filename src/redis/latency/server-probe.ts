// The one probe of a server, in the process that has its lease: the pings of the thread, the facts beside them, and
// what both say about a stall. Survives the end of the thread.

import { formatAddress, type Instance } from '../../migration/instance.ts';
import type { ProbeSecond, Stall } from '../../migration/latency/reading.ts';
import type { ProbeRate, Wanted } from '../../workflow/latency-ports.ts';
import type { Logger, Secrets } from '../../workflow/ports.ts';
import { describeInstance } from '../connect.ts';
import { Evidence } from './evidence.ts';
import type { Silences } from './silences.ts';
import { StallStories } from './stall-stories.ts';
import type { ProbeThread, ThreadListener } from './start-probe-thread.ts';
import type { ProbeOrder, ProbePace } from './thread-messages.ts';

const INTERVAL_MS: Readonly<Record<ProbeRate, number>> = { full: 10, rest: 50 };
const FACTS_EVERY_MS: Readonly<Record<ProbeRate, number>> = { full: 1_000, rest: 2_000 };
const RESTART_MS = 250;
const SECOND_MS = 1_000;
/** Of a longer gap only the end is told: a hole says the same. */
const MOST_MISSED = 10;

export interface ServerProbeOptions {
  readonly instance: Instance;
  readonly thread: ProbeThread;
  readonly secrets: Secrets;
  readonly silences: Silences;
  readonly logger: Logger;
  /** Begins the ids of this probe's stalls. */
  readonly prefix: string;
  readonly beside: () => Iterable<string>;
  second(second: ProbeSecond): void;
  stall(stall: Stall): void;
}

export class ServerProbe implements ThreadListener {
  readonly #options: ServerProbeOptions;
  readonly #server: string;
  readonly #evidence: Evidence;
  #stories: StallStories;
  /** Counts the starts of the thread: each begins to number its silences anew. */
  #starts = 0;
  #wanted: Wanted;
  #perSecond: number;
  /** The last second that was told, by whichever probe of this server; null: none was. */
  #lastAt: number | null;
  #why = 'another worker took over the measurement';
  #restart: NodeJS.Timeout | undefined;
  #closed = false;

  /** `lastAt`: the last second that another process told; null: there is none. */
  constructor(options: ServerProbeOptions, wanted: Wanted, lastAt: number | null) {
    const { instance, thread, secrets, logger } = options;
    this.#options = options;
    this.#server = formatAddress(instance.address);
    this.#wanted = wanted;
    this.#perSecond = this.#wantedPerSecond;
    this.#lastAt = lastAt;
    this.#evidence = new Evidence(instance, { secrets, clock: thread.clock, logger });
    this.#stories = this.#newStories();
    this.#evidence.every(FACTS_EVERY_MS[wanted.rate]);
    void this.#begin();
  }

  want(wanted: Wanted): void {
    if (wanted.rate === this.#wanted.rate && wanted.stallMs === this.#wanted.stallMs) return;
    this.#wanted = wanted;
    this.#evidence.every(FACTS_EVERY_MS[wanted.rate]);
    this.#options.thread.setPace(this.#server, paceOf(wanted));
  }

  get #wantedPerSecond(): number {
    return 1_000 / INTERVAL_MS[this.#wanted.rate];
  }

  /** Something was told of a server beside this one. */
  reconsider(): void {
    this.#stories.reconsider();
  }

  second(second: ProbeSecond): void {
    this.#fillUntil(second.at);
    this.#lastAt = second.at;
    this.#perSecond = second.perSecond;
    this.#options.second(second);
  }

  silence(silence: Parameters<ThreadListener['silence']>[0]): void {
    this.#stories.hear(silence);
  }

  gone(why: string): void {
    this.#options.logger.warn(
      { why, server: this.#server },
      'the thread of the probes ended; it is started again',
    );
    this.#why = "Ferry's own thread ended and was started again";
    this.#stories.abandon();
    this.#stories = this.#newStories();
    this.#restart = setTimeout(() => void this.#begin(), RESTART_MS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#restart);
    this.#options.thread.end(this.#server);
    this.#evidence.close();
  }

  #newStories(): StallStories {
    const { silences, prefix, beside, stall } = this.#options;
    this.#starts += 1;
    return new StallStories({
      server: this.#server,
      beside,
      evidence: this.#evidence,
      silences,
      prefix: `${prefix}-${this.#starts}`,
      perSecond: () => this.#perSecond,
      tell: stall,
    });
  }

  async #begin(): Promise<void> {
    const { instance, thread, secrets, logger } = this.#options;
    try {
      const order = await orderOf(this.#server, instance, secrets);
      if (!this.#closed) thread.probe(order, paceOf(this.#wanted), this);
    } catch (error) {
      // A secret that cannot be had now may be there later.
      const why = error instanceof Error ? error.message : String(error);
      logger.warn({ why, server: this.#server }, 'the probe cannot begin');
      if (this.#closed) return;
      const at = Math.floor(thread.clock.now() / SECOND_MS) * SECOND_MS;
      if (this.#lastAt === null || at > this.#lastAt) this.second(unmeasured(at, why, this.#wantedPerSecond));
      this.#restart = setTimeout(() => void this.#begin(), SECOND_MS);
    }
  }

  /** Seconds that nobody measured, between two that somebody did. */
  #fillUntil(at: number): void {
    if (this.#lastAt === null) return;
    const first = Math.max(this.#lastAt + SECOND_MS, at - MOST_MISSED * SECOND_MS);
    for (let missed = first; missed < at; missed += SECOND_MS)
      this.#options.second(unmeasured(missed, this.#why, this.#wantedPerSecond));
  }
}

function paceOf({ rate, stallMs }: Wanted): ProbePace {
  return { intervalMs: INTERVAL_MS[rate], stallMs };
}

function unmeasured(at: number, why: string, wantedPerSecond: number): ProbeSecond {
  return {
    at,
    state: 'unmeasured',
    loading: false,
    why,
    perSecond: 0,
    wantedPerSecond,
    pings: 0,
    sumUs: 0,
    maxUs: 0,
    measured: [],
    omitted: [],
    waitingMs: null,
    ownDelayMs: 0,
  };
}

/** Secrets are resolved here and handed to the thread, kept nowhere else (I9). */
async function orderOf(key: string, instance: Instance, secrets: Secrets): Promise<ProbeOrder> {
  const { address, username, passwordRef, tls } = instance;
  const ca = tls?.caRef ? await secrets.resolve(tls.caRef) : null;
  return {
    key,
    who: describeInstance(instance),
    address,
    tls: tls === null ? null : { ca, servername: tls.servername },
    username,
    password: passwordRef === null ? null : await secrets.resolve(passwordRef),
  };
}
