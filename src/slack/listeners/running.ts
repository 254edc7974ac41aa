// What is not over, newest first: everything that lists migrations shows the same order.

import type { Migration } from '../../migration/migration.ts';
import type { ListenerParts } from './parts.ts';

export async function runningMigrations({ records }: ListenerParts): Promise<readonly Migration[]> {
  const uids = await records.active();
  const loaded = await Promise.all(uids.map((uid) => records.load(uid)));
  return loaded
    .flatMap((each) => (each === null ? [] : [each.migration]))
    .sort((a, b) => numberOf(b) - numberOf(a));
}

/** Ids are given out by counting: `m42` is newer than `m9`. */
function numberOf({ id }: Migration): number {
  return Number(id.slice(1));
}
