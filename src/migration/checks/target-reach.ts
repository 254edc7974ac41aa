// Can the target connect to the source's replication address? If not, the sync never begins.

import { formatAddress } from '../instance.ts';
import { blocker, checkPair, ok, unknown } from './check.ts';

export const targetReach = checkPair('target-reach', 'Target reaches source', (source, target, context) => {
  const address = formatAddress(context.pair.source.replicationAddress);
  const reach = context.facts.targetReachesSource;
  switch (reach.kind) {
    case 'answered':
      return ok(`${target.name} reaches ${source.name} at ${address}.`);
    case 'no-answer':
      return blocker(
        `${target.name} does not reach ${source.name} at ${address}: ${reach.detail}`,
        `Open the way between them, or correct \`replicationAddress\` of ${source.name} in the inventory.`,
      );
    case 'not-measured':
      return unknown(
        `Whether ${target.name} reaches ${source.name} at ${address} was not measured: ${reach.why}`,
        `Try it from the machine of ${target.name}.`,
      );
  }
});
