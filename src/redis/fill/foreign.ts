// Does a server hold anything but what fills wrote? Only then may a rehearsal overwrite it. Looks at names alone, in
// small steps, and stops at the first key that is somebody's.

import { FILL_PREFIX } from '../../migration/scratch.ts';
import { listOf, textOf } from '../wire/reply.ts';
import type { Ground } from './scratch.ts';

const SCAN_COUNT = 1_000;
/** Beside junk: what a migration leaves for a day on a server that it could not reach at its end. */
const OWN = /^ferry:(guard|lock|canary:.*|reach:.*)$/;

/** As `Scratch.foreignKeys` says. `keysByDb`: as INFO tells. */
export async function foreignKeys(
  { connection, able }: Ground,
  keysByDb: Readonly<Record<string, number>>,
  signal: AbortSignal,
): Promise<number> {
  const { '0': inFirst = 0, ...others } = keysByDb;
  const elsewhere = Object.values(others).reduce((sum, keys) => sum + keys, 0);
  if (elsewhere > 0 || inFirst === 0) return elsewhere;
  if (!able.can('scan')) return inFirst;
  let cursor = '0';
  do {
    signal.throwIfAborted();
    const page = listOf(await connection.ask(['SCAN', cursor, 'COUNT', SCAN_COUNT]));
    const foreign = listOf(page[1])
      .map(textOf)
      .filter((name) => !isFerrys(name));
    if (foreign.length > 0) return foreign.length;
    cursor = textOf(page[0]);
  } while (cursor !== '0');
  return 0;
}

function isFerrys(name: string): boolean {
  return name.startsWith(FILL_PREFIX) || OWN.test(name);
}
