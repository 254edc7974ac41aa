// Runs the probes of this process in a thread of their own, so that what else the process does does not colour what
// they measure. A thread that ends by itself is told to all whose probes it ran, and the next order starts another.

import { Worker } from 'node:worker_threads';
import type { ProbeSecond } from '../../migration/latency/reading.ts';
import { enrolEnd, forgetEnd } from '../connect.ts';
import { ProbeClock } from './clock.ts';
import type { FromThread, ProbeOrder, ProbePace, Silence, ToThread } from './thread-messages.ts';

export interface ThreadListener {
  second(second: ProbeSecond): void;
  silence(silence: Silence): void;
  /** The thread ended, and this probe with it. Order it again. */
  gone(why: string): void;
}

/** A thread cannot load TypeScript: where this runs out of src/, as in tests, it comes from dist/. */
const ENTRY = import.meta.url.endsWith('.ts')
  ? '../../../dist/redis/latency/probe-thread.js'
  : './probe-thread.js';

export class ProbeThread {
  readonly clock = new ProbeClock((aheadMs) => this.#send({ kind: 'clock', aheadMs }));
  readonly #listeners = new Map<string, ThreadListener>();
  readonly #ends = new Set<string>();
  #worker: Worker | null = null;

  probe(order: ProbeOrder, pace: ProbePace, listener: ThreadListener): void {
    this.#worker ??= this.#start();
    this.#listeners.set(order.key, listener);
    this.#send({ kind: 'probe', order, pace });
  }

  setPace(key: string, pace: ProbePace): void {
    this.#send({ kind: 'pace', key, pace });
  }

  end(key: string): void {
    if (this.#listeners.delete(key)) this.#send({ kind: 'end', key });
  }

  async close(): Promise<void> {
    this.clock.stop();
    const worker = this.#worker;
    this.#forget();
    this.#listeners.clear();
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL(ENTRY, import.meta.url), { workerData: this.clock.aheadMs });
    // Whoever ends the process need not know of this thread.
    worker.unref();
    worker.on('message', (message: FromThread) => {
      if (worker === this.#worker) this.#hear(message);
    });
    worker.on('error', (error) => this.#lose(worker, error.message));
    worker.on('exit', (code) => this.#lose(worker, `it ended with code ${code}`));
    return worker;
  }

  #hear(message: FromThread): void {
    switch (message.kind) {
      case 'second':
        this.#listeners.get(message.key)?.second(message.second);
        return;
      case 'silence':
        this.#listeners.get(message.key)?.silence(message.silence);
        return;
      case 'end-of-line':
        if (message.open) {
          this.#ends.add(message.end);
          enrolEnd(message.end);
        } else {
          this.#ends.delete(message.end);
          forgetEnd(message.end);
        }
        return;
    }
  }

  #send(message: ToThread): void {
    this.#worker?.postMessage(message);
  }

  #lose(worker: Worker, why: string): void {
    if (worker !== this.#worker) return;
    this.#forget();
    const listeners = [...this.#listeners.values()];
    this.#listeners.clear();
    for (const listener of listeners) listener.gone(why);
  }

  #forget(): void {
    this.#worker = null;
    for (const end of this.#ends) forgetEnd(end);
    this.#ends.clear();
  }
}
