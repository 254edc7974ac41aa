// Can the target connect to the source's replication address? If not, the sync never begins; if somebody else
// answers there, the target would copy the wrong server.

import { formatAddress } from '../instance.ts';
import { blocker, checkPair, ok, unknown } from './check.ts';

export const targetReach = checkPair('target-reach', 'Target reaches source', (source, target, context) => {
  const address = formatAddress(context.pair.source.replicationAddress);
  const reach = context.facts.targetReachesSource;
  switch (reach.kind) {
    case 'proven':
      return ok(`${target.name} reaches ${source.name} at ${address}.`);
    case 'answered':
      return unknown(
        `At ${address} a server answers ${target.name}, but whether it is ${source.name} could not be seen: ${reach.why}`,
        `Give Ferry's user on ${source.name} \`+acl|log\` (6.2: \`+acl\`), or try it from the machine of ${target.name}.`,
      );
    case 'other':
      return blocker(
        `At ${address} another server than ${source.name} answers ${target.name}.`,
        `Set \`replicationAddress\` of ${source.name} in the inventory to the address that ${target.name} reaches it by.`,
      );
    case 'no-answer':
      return blocker(
        `${target.name} does not reach ${source.name} at ${address}: ${reach.detail}`,
        `Open the way between them, or correct \`replicationAddress\` of ${source.name} in the inventory.`,
      );
    case 'not-measured':
      return unknown(
        `Whether ${target.name} reaches ${source.name} at ${address} was not measured: ${reach.why}`,
        `Try it from the machine of ${target.name}; Ferry can where its user there has \`+migrate\`.`,
      );
  }
});
