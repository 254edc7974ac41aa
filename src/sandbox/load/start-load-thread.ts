// Runs the load in a thread of its own, so that nothing else in this process delays a writer or its clock.
// Only from the built program: a thread cannot load TypeScript.

import { Worker } from 'node:worker_threads';
import type { Account, Load, LoadFigures, LoadOptions } from './load.ts';
import type { LoadRequest, LoadResponse } from './load-thread.ts';

type Question = LoadRequest extends infer One ? (One extends LoadRequest ? Omit<One, 'id'> : never) : never;

export function startLoadThread(options: LoadOptions): Load {
  const thread = new Worker(new URL('./load-thread.js', import.meta.url), { workerData: options });
  // Whoever ends the process need not know of this thread.
  thread.unref();
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (reason: Error) => void }>();
  let nextId = 1;
  let ended: Error | null = null;
  const end = (reason: Error): void => {
    ended ??= reason;
    for (const each of waiting.values()) each.reject(ended);
    waiting.clear();
  };
  thread.on('message', (response: LoadResponse) => {
    const asked = waiting.get(response.id);
    waiting.delete(response.id);
    if ('failure' in response) asked?.reject(new Error(response.failure));
    else asked?.resolve(response.value);
  });
  thread.on('error', (cause) => end(new Error('the load ended with an error', { cause })));
  thread.on('exit', () => end(new Error('the load has ended')));
  const ask = <T>(question: Question): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (ended !== null) return reject(ended);
      const id = nextId;
      nextId += 1;
      // What comes back is what load-thread.ts got from the same method.
      waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      thread.postMessage({ ...question, id });
    });
  return {
    figures: () => ask<LoadFigures>({ ask: 'figures' }),
    expectSwitch: (to) => ask<void>({ ask: 'expectSwitch', to }),
    watchSides: () => ask<void>({ ask: 'watchSides' }),
    unwatchSides: () => ask<void>({ ask: 'unwatchSides' }),
    setPace: (factor) => ask<void>({ ask: 'setPace', factor }),
    resetGaps: () => ask<void>({ ask: 'resetGaps' }),
    account: (at) => ask<Account>({ ask: 'account', at }),
    stop: () => ask<void>({ ask: 'stop' }),
  };
}
