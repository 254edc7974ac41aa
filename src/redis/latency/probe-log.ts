// Writes what a probe measured to the log, in order and without holding anybody up. While the log is away it keeps
// the last minutes. A stall that lasts is written once a second; watchers in this process hear of it more often.

import type { LatencyLog, LoggedReading } from '../../workflow/latency-ports.ts';
import type { Logger } from '../../workflow/ports.ts';
import { monotonicMs } from './thread-messages.ts';

const MOST_PENDING = 600;
const STALL_EVERY_MS = 1_000;

export class ProbeLog {
  readonly #log: LatencyLog;
  readonly #server: string;
  readonly #logger: Logger;
  #pending: LoggedReading[] = [];
  #writing: Promise<void> = Promise.resolve();
  readonly #loggedMs = new Map<string, number>();

  constructor(log: LatencyLog, server: string, logger: Logger) {
    this.#log = log;
    this.#server = server;
    this.#logger = logger;
  }

  write(reading: LoggedReading): void {
    if (reading.kind === 'stall' && !this.#isDue(reading.stall.id, reading.stall.over)) return;
    this.#pending.push(reading);
    if (this.#pending.length > MOST_PENDING) this.#pending.shift();
    void this.flush();
  }

  /** Resolves when all that was written before is in the log, or could not be put there. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#append());
    return this.#writing;
  }

  async #append(): Promise<void> {
    const batch = this.#pending;
    if (batch.length === 0) return;
    this.#pending = [];
    try {
      await this.#log.append(this.#server, batch);
    } catch (error) {
      // It is tried again with the next second; who reads twice takes each second once.
      this.#pending = [...batch, ...this.#pending].slice(-MOST_PENDING);
      this.#logger.debug({ err: error, server: this.#server }, 'what was measured is not in the log yet');
    }
  }

  #isDue(id: string, over: boolean): boolean {
    const nowMs = monotonicMs();
    if (over) this.#loggedMs.delete(id);
    else if (nowMs - (this.#loggedMs.get(id) ?? Number.NEGATIVE_INFINITY) < STALL_EVERY_MS) return false;
    else this.#loggedMs.set(id, nowMs);
    return true;
  }
}
