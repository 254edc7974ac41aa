// Keys that a first look did not settle, looked at again while the walk goes on, on connections of their own.
// Holds a bounded number of them: whoever adds more waits.

import { type Compared, compareOnce, SLICE_KEYS, settle } from './settle.ts';
import { slices } from './slices.ts';

export interface OpenKeys {
  /** Latin1 names. `unread`: not compared yet; `again`: seen to differ, or not readable in one look. */
  add(again: readonly string[], unread: readonly string[]): Promise<void>;
  /** Resolves when none is open; rejects with what ended the work. */
  drain(): Promise<void>;
}

const MOST_OPEN = 10_000;

/** For the database that is selected on the connections of `compared`. */
export function createOpenKeys(compared: Compared, db: number): OpenKeys {
  let again: string[] = [];
  let unread: string[] = [];
  let work: Promise<void> | null = null;
  const goOn = async (): Promise<void> => {
    while (again.length + unread.length > 0) {
      const [seen, fresh] = [again, unread];
      again = [];
      unread = [];
      const open = seen.map(nameOf);
      for (const slice of slices(fresh, SLICE_KEYS)) {
        open.push(...(await compareOnce(compared, db, slice.map(nameOf))));
      }
      await settle(compared, db, open);
    }
    work = null;
  };
  const begin = (): Promise<void> => {
    work ??= goOn();
    return work;
  };
  return {
    async add(seen, fresh) {
      again.push(...seen);
      unread.push(...fresh);
      if (again.length + unread.length > MOST_OPEN) await begin();
      // What ends it is told by the next call that waits for it.
      else if (again.length + unread.length > 0) begin().catch(() => undefined);
    },
    async drain() {
      await begin();
    },
  };
}

function nameOf(name: string): Buffer {
  return Buffer.from(name, 'latin1');
}
