// Can the source connect to the target, as the way back needs? Only a warning: without it the migration is
// as safe, and the source's first attempt to follow shows it.

import { formatAddress } from '../instance.ts';
import { checkPair, ok, warning } from './check.ts';
import { canGoBack } from './setting-changes.ts';

export const sourceReach = checkPair('source-reach', 'Source reaches target', (source, target, context) => {
  const address = formatAddress(context.pair.target.replicationAddress);
  if (!canGoBack(source.facts, target.facts)) {
    return ok(`${source.name} need not reach ${target.name}: it does not follow it after the cutover.`);
  }
  const reach = context.facts.sourceReachesTarget;
  const mend = `Open the way between them, or correct \`replicationAddress\` of ${target.name} in the inventory.`;
  switch (reach.kind) {
    case 'proven':
      return ok(`${source.name} reaches ${target.name} at ${address}.`);
    case 'answered':
    case 'not-measured':
      return warning(
        `Whether ${source.name} reaches ${target.name} at ${address}, as the way back needs, was not measured: ${reach.why}`,
        `Try it from the machine of ${source.name}.`,
      );
    case 'other':
      return warning(
        `At ${address} another server than ${target.name} answers ${source.name}. The way back would stay closed.`,
        mend,
      );
    case 'no-answer':
      return warning(
        `${source.name} does not reach ${target.name} at ${address}: ${reach.detail} The way back would stay closed.`,
        mend,
      );
  }
});
