// The worker thread's side: runs one relay and tells what happens to it.

import { parentPort, workerData } from 'node:worker_threads';
import { type RelayNews, type RelayOrder, startRelay } from './relay.ts';

export type RelayMessage =
  | RelayNews
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly why: string };

function tell(message: RelayMessage): void {
  parentPort?.postMessage(message);
}

startRelay(workerData as RelayOrder, tell).then(
  ({ port }) => tell({ kind: 'listening', port }),
  (error: unknown) => tell({ kind: 'failed', why: error instanceof Error ? error.message : String(error) }),
);
