// Does Sentinel watch one of the servers? It would take the demotion for a failure and undo it.

import { capabilitiesOf } from '../capabilities.ts';
import { blocker, checkEach, ok, unknown } from './check.ts';
import { counted } from './figures.ts';

export const sentinels = checkEach('sentinels', 'No Sentinel', (seen) => {
  const watching = seen.facts.sentinels;
  if (watching === null) {
    const able = capabilitiesOf(seen.facts.identity);
    if (!able.can('pubsub-counts')) {
      return unknown(
        `Whether Sentinel watches ${seen.name} is not known: somebody subscribes to it, and ${able.whyNot('pubsub-counts')}`,
        'Make sure that no Sentinel watches it.',
      );
    }
    return unknown(
      `Whether Sentinel watches ${seen.name} could not be read.`,
      "Give Ferry's user `+pubsub|numsub` (6.2: `+pubsub`), or make sure of it yourself.",
    );
  }
  if (watching === 0) return ok(`No Sentinel watches ${seen.name}.`);
  return blocker(
    `${counted(watching, 'Sentinel')} ${watching === 1 ? 'watches' : 'watch'} ${seen.name} and would fight its change of role.`,
    `Take it out of Sentinel first: \`SENTINEL REMOVE <name>\` on each.`,
  );
});
