// Can the source connect to the target, as the way back needs? Only a warning: without it the migration is
// as safe, and the first attempt to follow shows it while the way back is still a choice.

import { formatAddress } from '../instance.ts';
import { checkPair, ok, warning } from './check.ts';

export const sourceReach = checkPair('source-reach', 'Source reaches target', (source, target, context) => {
  const address = formatAddress(context.pair.target.replicationAddress);
  const reach = context.facts.sourceReachesTarget;
  switch (reach.kind) {
    case 'answered':
      return ok(`${source.name} reaches ${target.name} at ${address}.`);
    case 'no-answer':
      return warning(
        `${source.name} does not reach ${target.name} at ${address}: ${reach.detail} The way back would stay closed.`,
        `Open the way between them, or correct \`replicationAddress\` of ${target.name} in the inventory.`,
      );
    case 'not-measured':
      return warning(
        `Whether ${source.name} reaches ${target.name} at ${address}, as the way back needs, was not measured: ${reach.why}`,
        `Try it from the machine of ${source.name}.`,
      );
  }
});
