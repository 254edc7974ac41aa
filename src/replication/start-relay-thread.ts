// Runs a relay in a thread of its own, so that a transfer and what else this process does delay neither.

import { Worker } from 'node:worker_threads';
import { FerryError } from '../migration/errors.ts';
import type { RelayNews, RelayOrder } from './relay.ts';
import type { RelayMessage } from './relay-thread.ts';

export interface RelayThread {
  readonly port: number;
  /** Resolves when the thread is gone, however that came, with the reason. */
  readonly gone: Promise<string>;
  close(): Promise<void>;
}

/** A thread cannot load TypeScript: where this runs out of src/, as in tests, it comes from dist/. */
const ENTRY = import.meta.url.endsWith('.ts')
  ? '../../dist/replication/relay-thread.js'
  : './relay-thread.js';

/** Rejects with `relay-not-started`. */
export async function startRelayThread(
  order: RelayOrder,
  tell: (news: RelayNews) => void,
): Promise<RelayThread> {
  const thread = new Worker(new URL(ENTRY, import.meta.url), { workerData: order });
  // Whoever ends the process need not know of this thread.
  thread.unref();
  const gone = new Promise<string>((resolve) => {
    thread.on('error', (error) => resolve(error.message));
    thread.on('exit', (code) => resolve(`it ended with code ${code}`));
  });
  const close = async (): Promise<void> => {
    await thread.terminate();
  };
  const started = new Promise<number>((resolve, reject) => {
    thread.on('message', (message: RelayMessage) => {
      if (message.kind === 'listening') resolve(message.port);
      else if (message.kind === 'failed') reject(notStarted(order, message.why));
      else tell(message);
    });
    void gone.then((why) => reject(notStarted(order, why)));
  });
  try {
    return { port: await started, gone, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function notStarted(order: RelayOrder, why: string): FerryError {
  const { source, target } = order;
  const message = `The relay between ${source.name} and ${target.name} cannot listen on ${order.host}: ${why}.`;
  return new FerryError('relay-not-started', message, { hint: 'Check `relay` in ferry.yaml.' });
}
