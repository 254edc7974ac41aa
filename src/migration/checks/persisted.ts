// Does a server write its data to disk, by snapshots or AOF? For the checks of both sides.

import { ok, type Seen, unknown, type Verdict, warning } from './check.ts';

/** `consequence`: half a sentence on what a restart would do without. */
export function judgePersistence(seen: Seen, consequence: string, hint: string): Verdict {
  const { appendonly, save } = seen.facts.settings;
  if (appendonly === 'yes') return ok(`${seen.name} writes an AOF.`);
  if (save !== null && save !== '') return ok(`${seen.name} writes snapshots (${save}).`);
  if (appendonly === null || save === null) {
    return unknown(`Whether ${seen.name} writes its data to disk could not be read.`);
  }
  return warning(`${seen.name} writes nothing to disk. ${consequence}.`, hint);
}
