// Runs the load of numbered writes in a thread of its own, out of the built program.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Load, LoadOptions } from '../../src/sandbox/load/load.ts';

/**
 * What this process does delays neither the writers nor their clock, and they do not delay what runs here.
 * A thread cannot load TypeScript, so it comes from dist/.
 */
export async function loadThread(options: LoadOptions): Promise<Load> {
  const built = pathToFileURL(join(import.meta.dirname, '../../dist/sandbox/load/start-load-thread.js'));
  const loaded: typeof import('../../src/sandbox/load/start-load-thread.ts') = await import(
    /* @vite-ignore */ built.href
  ).catch((cause: unknown) => {
    throw new Error('The load runs out of dist/: run npm run build first.', { cause });
  });
  return loaded.startLoadThread(options);
}
