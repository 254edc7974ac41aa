// The port `LatencyProbes`: one probe a server however many watch it, all of this process in one thread.

import { randomBytes } from 'node:crypto';
import { formatAddress, type Instance } from '../../migration/instance.ts';
import type { LatencyLog, LatencyProbes, LatencyWatch, WatchOptions } from '../../workflow/latency-ports.ts';
import type { Logger, Secrets } from '../../workflow/ports.ts';
import { MeasuredServer } from './measured-server.ts';
import { Silences } from './silences.ts';
import { ProbeThread } from './start-probe-thread.ts';
import { Watcher } from './watcher.ts';

export interface ProbesOptions {
  readonly secrets: Secrets;
  readonly log: LatencyLog;
  readonly logger: Logger;
}

export function createProbes(options: ProbesOptions): LatencyProbes {
  return new Probes(options);
}

class Probes implements LatencyProbes {
  readonly #options: ProbesOptions;
  readonly #thread = new ProbeThread();
  readonly #silences = new Silences();
  readonly #servers = new Map<string, MeasuredServer>();
  /** Servers that nobody watches any more, until their lease is given back. */
  readonly #closing = new Map<string, Promise<void>>();
  readonly #holder = randomBytes(6).toString('hex');
  #opened = 0;

  constructor(options: ProbesOptions) {
    this.#options = options;
  }

  watch(instance: Instance, { rate, stallMs, sinceAt, beside }: WatchOptions): LatencyWatch {
    const measured = this.#measured(instance);
    const watcher = new Watcher(stallMs, sinceAt !== null);
    this.#silences.name(measured.server, instance.name);
    measured.add(watcher, { rate, beside: beside === null ? null : formatAddress(beside.address) }, sinceAt);
    return {
      setRate: (next) => measured.setRate(watcher, next),
      take: () => watcher.take(),
      close: () => {
        measured.remove(watcher);
        if (!measured.isWatched && this.#servers.get(measured.server) === measured) this.#close(measured);
      },
    };
  }

  async close(): Promise<void> {
    for (const measured of [...this.#servers.values()]) this.#close(measured);
    await Promise.all(this.#closing.values());
    await this.#thread.close();
  }

  #measured(instance: Instance): MeasuredServer {
    const server = formatAddress(instance.address);
    const known = this.#servers.get(server);
    if (known !== undefined) return known;
    this.#opened += 1;
    const measured = new MeasuredServer(
      {
        ...this.#options,
        instance,
        holder: `${this.#holder}-${this.#opened}`,
        thread: this.#thread,
        silences: this.#silences,
        stalled: (stalled) => {
          for (const each of this.#servers.values()) if (each.standsBeside(stalled)) each.reconsider();
        },
      },
      this.#closing.get(server) ?? Promise.resolve(),
    );
    this.#servers.set(server, measured);
    return measured;
  }

  #close(measured: MeasuredServer): void {
    const { server } = measured;
    this.#servers.delete(server);
    this.#silences.forget(server);
    const closing = measured.close().finally(() => {
      if (this.#closing.get(server) === closing) this.#closing.delete(server);
    });
    this.#closing.set(server, closing);
  }
}
