// Reads facts about a server over one ordinary connection: a few cheap commands every second or two, a little more
// right after a stall. Never more often than allowed, whatever happens (I11). What it cannot read is null.

import { type Capabilities, capabilitiesOf } from '../../migration/capabilities.ts';
import type { FerryError } from '../../migration/errors.ts';
import type { Instance } from '../../migration/instance.ts';
import type { ServerFacts } from '../../migration/latency/cause.ts';
import type { Logger, Secrets } from '../../workflow/ports.ts';
import { type Command, connectTo, type Reply, type ServerConnection } from '../connect.ts';
import { identityOf, parseInfo } from '../info.ts';
import type { ProbeClock } from './clock.ts';
import { factsCommand, factsOf, type SlowFacts, timeOf } from './facts.ts';
import { latencyEventsOf, slowEntriesOf } from './slow-log.ts';
import { monotonicMs } from './thread-messages.ts';
import { UsualRate } from './usual-rate.ts';

const NAME = 'ferry:probe-facts';
const CONNECT_TIMEOUT_MS = 3_000;
/** A stalled server answers when it goes on: then the answer is worth most. */
const REPLY_TIMEOUT_MS = 30_000;
const RECONNECT_MS = 1_000;
/** SLOWLOG and LATENCY beside INFO, so that what is new after a stall is known. */
const SLOW_EVERY_MS = 10_000;
const SLOW_ENTRIES = 32;
/** Facts remembered, for stalls that are told late. */
const KEPT = 30;
/** A measurement of the server's clock is good for so long, unless a better one comes. */
const CLOCK_FOR_MS = 60_000;
const WORST_CLOCK_ERROR_MS = 250;

export interface EvidenceOptions {
  readonly secrets: Secrets;
  readonly clock: ProbeClock;
  readonly logger: Logger;
}

/** One reading: what was read, and when. */
export interface Reading {
  readonly facts: ServerFacts;
  /** When the reply came, monotonic ms. */
  readonly readMs: number;
  /** When the server ran it, epoch ms of this process, give or take `clockErrorMs`; null: it does not tell. */
  readonly ranAt: number | null;
  readonly clockErrorMs: number;
}

interface ServerClock {
  readonly aheadMs: number;
  readonly errorMs: number;
  readonly takenMs: number;
}

export class Evidence {
  readonly #instance: Instance;
  readonly #options: EvidenceOptions;
  readonly #history: ServerFacts[] = [];
  /** Told of each reading; whoever finds a stall tells it of that. */
  readonly rate = new UsualRate();
  #connection: ServerConnection | null = null;
  #capabilities: Capabilities | null = null;
  #connecting: Promise<ServerConnection | null> | null = null;
  #triedMs = Number.NEGATIVE_INFINITY;
  #slow: SlowFacts = { slow: null, events: null, slowerThanMs: null };
  #slowMs = Number.NEGATIVE_INFINITY;
  #serverClock: ServerClock | null = null;
  #timer: NodeJS.Timeout | undefined;
  #everyMs = 0;
  #reading = false;
  #closed = false;

  constructor(instance: Instance, options: EvidenceOptions) {
    this.#instance = instance;
    this.#options = options;
  }

  /** Reads facts regularly from now on. */
  every(ms: number): void {
    if (ms === this.#everyMs || this.#closed) return;
    this.#everyMs = ms;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#look(), ms);
    this.#timer.unref();
    this.#look();
  }

  /** The last facts that were read before a moment, epoch ms; null: there are none. */
  before(at: number): ServerFacts | null {
    return this.#history.findLast((facts) => facts.at <= at) ?? null;
  }

  /** Reads now. `deep`: the slow log and the latency monitor as well. null: the server could not be asked. */
  async read(deep: boolean): Promise<Reading | null> {
    const connection = await this.#connect();
    const capabilities = this.#capabilities;
    if (connection === null || capabilities === null) return null;
    const sentMs = monotonicMs();
    const hasEvents = deep && capabilities.can('latency-monitor');
    const commands: Command[] = [
      factsCommand(capabilities),
      ...(capabilities.can('time') ? [['TIME'] as const] : []),
      ...(deep ? [['SLOWLOG', 'GET', SLOW_ENTRIES] as const] : []),
      ...(hasEvents ? [['LATENCY', 'LATEST'] as const] : []),
    ];
    try {
      const replies = await connection.pipeline(commands, REPLY_TIMEOUT_MS);
      const readMs = monotonicMs();
      const of = (name: string): Reply | undefined => replies[commands.findIndex(([each]) => each === name)];
      if (deep) {
        this.#slowMs = readMs;
        const { slowerThanMs } = this.#slow;
        const isOff = slowerThanMs !== null && slowerThanMs < 0;
        this.#slow = {
          slow: isOff ? null : slowEntriesOf(of('SLOWLOG')),
          events: hasEvents ? latencyEventsOf(of('LATENCY')) : null,
          slowerThanMs,
        };
      }
      return this.#note(of('INFO'), timeOf(of('TIME')), sentMs, readMs);
    } catch {
      // It comes again with the next reading; that nothing could be read is what the caller is told.
      this.#drop(connection);
      return null;
    }
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#connection?.close();
    this.#connection = null;
  }

  #look(): void {
    // One that is stuck behind a stall must not pile up.
    if (this.#reading) return;
    this.#reading = true;
    void this.read(monotonicMs() - this.#slowMs >= SLOW_EVERY_MS).finally(() => {
      this.#reading = false;
    });
  }

  #note(info: Reply | undefined, time: number | null, sentMs: number, readMs: number): Reading | null {
    if (typeof info !== 'string') return null;
    const { clock } = this.#options;
    const errorMs = (readMs - sentMs) / 2;
    if (time !== null) this.#setServerClock(time - clock.toAt(sentMs + errorMs), errorMs, readMs);
    const known = this.#serverClock;
    const aheadMs = known !== null && known.errorMs <= WORST_CLOCK_ERROR_MS ? known.aheadMs : null;
    // The server ran it at some moment between; its own clock tells, if it tells anything. Else the later moment
    // counts: what a stall held up must not pass for what was before it.
    const ranAt = time === null || aheadMs === null ? null : time - aheadMs;
    const at = ranAt ?? clock.toAt(readMs);
    const facts = factsOf(parseInfo(info), at, aheadMs, this.#slow);
    this.#history.push(facts);
    if (this.#history.length > KEPT) this.#history.shift();
    this.rate.note(at, facts.opsPerSecond);
    return { facts, readMs, ranAt, clockErrorMs: known?.errorMs ?? errorMs };
  }

  /** The reading with the shortest way there and back knows the clock best. */
  #setServerClock(aheadMs: number, errorMs: number, takenMs: number): void {
    const known = this.#serverClock;
    if (known !== null && known.errorMs <= errorMs && takenMs - known.takenMs < CLOCK_FOR_MS) return;
    this.#serverClock = { aheadMs, errorMs, takenMs };
  }

  async #connect(): Promise<ServerConnection | null> {
    if (this.#connection?.open === true) return this.#connection;
    if (this.#connecting !== null) return this.#connecting;
    if (this.#closed || monotonicMs() - this.#triedMs < RECONNECT_MS) return null;
    this.#triedMs = monotonicMs();
    this.#connecting = this.#open().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #open(): Promise<ServerConnection | null> {
    let connection: ServerConnection;
    try {
      connection = await connectTo(this.#instance, this.#options.secrets, {
        timeoutMs: CONNECT_TIMEOUT_MS,
        name: NAME,
      });
    } catch (error) {
      this.#options.logger.debug({ why: messageOf(error) }, 'no facts beside the probe for now');
      return null;
    }
    try {
      const [info, slower] = await connection.pipeline(
        [['INFO'], ['CONFIG', 'GET', 'slowlog-log-slower-than']],
        REPLY_TIMEOUT_MS,
      );
      if (typeof info !== 'string' || this.#closed) throw new Error('INFO was refused');
      this.#capabilities = capabilitiesOf(identityOf(parseInfo(info)));
      const micros = Array.isArray(slower) && typeof slower[1] === 'string' ? Number(slower[1]) : Number.NaN;
      const slowerThanMs = Number.isFinite(micros) ? micros / 1_000 : null;
      this.#slow = { slow: null, events: null, slowerThanMs };
      this.#slowMs = Number.NEGATIVE_INFINITY;
      this.#connection = connection;
      return connection;
    } catch (error) {
      connection.close();
      this.#options.logger.debug({ why: messageOf(error) }, 'no facts beside the probe for now');
      return null;
    }
  }

  #drop(connection: ServerConnection): void {
    connection.close();
    if (this.#connection === connection) this.#connection = null;
  }
}

function messageOf(error: unknown): string {
  return (error as FerryError | undefined)?.message ?? String(error);
}
