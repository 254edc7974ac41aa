// Are these two servers, or one under two names?

import { sameRun } from '../instance.ts';
import { blocker, checkPair, ok } from './check.ts';

export const identities = checkPair('identities', 'Two servers', (source, target) => {
  const { runId } = source.facts.identity;
  if (sameRun(runId, target.facts.identity.runId)) {
    return blocker(
      `${source.name} and ${target.name} are the same server (run id ${runId.slice(0, 8)}…).`,
      'Nothing to migrate: name another target, or correct the addresses in the inventory.',
    );
  }
  return ok(`${source.name} and ${target.name} are two servers.`);
});
