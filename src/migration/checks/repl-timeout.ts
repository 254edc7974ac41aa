// Does a long dump or load look like a broken link? A server that hears nothing for `repl-timeout` ends the link, and
// the sync starts over.

import { foresee } from '../forecast.ts';
import { checkPair, join, ok, type Seen, unknown, type Verdict, warning } from './check.ts';
import { duration } from './figures.ts';
import { replTimeout } from './setting-changes.ts';

export const replicationTimeout = checkPair('repl-timeout', 'Replication timeout', (source, target) =>
  join([judge(source, source), judge(target, source)]),
);

function judge(seen: Seen, source: Seen): Verdict {
  if (seen.facts.settings['repl-timeout'] === '') {
    return ok(
      `${seen.name} does not tell its replication timeout; it is 60 s unless its config file says otherwise.`,
    );
  }
  const found = replTimeout(seen.facts, source.facts);
  if (found === null) return unknown(`The replication timeout of ${seen.name} could not be read.`);
  const now = `${seen.name} waits ${duration(found.seconds * 1_000)} for a quiet link`;
  if (found.raiseToSeconds === null) return ok(`${now}.`);
  return warning(
    `${now}, and the sync takes up to ${duration(foresee(source.facts).syncMs.most)}. Ferry will set ${duration(found.raiseToSeconds * 1_000)} and put ${duration(found.seconds * 1_000)} back.`,
    'Nothing to do.',
  );
}
