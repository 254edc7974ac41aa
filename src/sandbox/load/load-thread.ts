// The worker thread's side: runs one load and answers what it is asked, in order.

import { parentPort, workerData } from 'node:worker_threads';
import { type Load, type LoadOptions, startLoad } from './load.ts';
import type { Address } from './resp.ts';
import type { Side } from './sides.ts';

/** What may be asked of the thread: a method of Load and its argument. */
export type LoadRequest =
  | { readonly id: number; readonly ask: Exclude<keyof Load, 'account' | 'expectSwitch' | 'setPace'> }
  | { readonly id: number; readonly ask: 'account'; readonly at: Address }
  | { readonly id: number; readonly ask: 'expectSwitch'; readonly to: Side }
  | { readonly id: number; readonly ask: 'setPace'; readonly factor: number };

export type LoadResponse =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: string };

const load = startLoad(workerData as LoadOptions);

parentPort?.on('message', (request: LoadRequest) => {
  answer(request).then(
    (value) => parentPort?.postMessage({ id: request.id, value } satisfies LoadResponse),
    (error: unknown) =>
      parentPort?.postMessage({ id: request.id, failure: String(error) } satisfies LoadResponse),
  );
});

function answer(request: LoadRequest): Promise<unknown> {
  switch (request.ask) {
    case 'account':
      return load.account(request.at);
    case 'expectSwitch':
      return load.expectSwitch(request.to);
    case 'setPace':
      return load.setPace(request.factor);
    default:
      return load[request.ask]();
  }
}
