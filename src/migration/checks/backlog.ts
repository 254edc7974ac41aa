// Does a broken link cost a new snapshot? Before the cutover the source's backlog decides, after it the target's:
// past it the way back closes.

import { capabilitiesOf } from '../capabilities.ts';
import { checkPair, join, ok, type Seen, unknown, type Verdict, warning } from './check.ts';
import { bytes, duration } from './figures.ts';
import { backlog, canGoBack } from './setting-changes.ts';

export const backlogSize = checkPair('backlog', 'Backlog', (source, target) =>
  canGoBack(source.facts, target.facts)
    ? join([judge(source, source), judge(target, source)])
    : judge(source, source),
);

function judge(seen: Seen, source: Seen): Verdict {
  const able = capabilitiesOf(seen.facts.identity);
  if (!able.can('backlog')) {
    return warning(able.whyNot('backlog'), 'Start when the network between both is quiet.');
  }
  const found = backlog(seen.facts, source.facts);
  if (found === null) return unknown(`The replication backlog of ${seen.name} could not be read.`);
  const now = `The backlog of ${seen.name} is ${bytes(found.sizeBytes)}${bridged(found.bridgesMs)}.`;
  if (found.raiseToBytes === null) return ok(now);
  return warning(
    `${now} Ferry will set ${bytes(found.raiseToBytes)}${bridged(found.thenBridgesMs)} and put ${bytes(found.sizeBytes)} back.`,
    'Nothing to do.',
  );
}

/** Above an hour the number says nothing. */
function bridged(ms: number): string {
  return ms > 3_600_000 ? '' : `, about ${duration(ms)} of a broken link`;
}
