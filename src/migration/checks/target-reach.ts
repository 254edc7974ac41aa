// Can the target connect to the source's replication address? If not, the sync never begins; if somebody else
// answers there, the target would copy the wrong server.

import { capabilitiesOf } from '../capabilities.ts';
import { formatAddress } from '../instance.ts';
import { routeBetween } from '../route.ts';
import { blocker, checkPair, ok, unknown } from './check.ts';

export const targetReach = checkPair('target-reach', 'Target reaches source', (source, target, context) => {
  const address = formatAddress(context.pair.source.replicationAddress);
  if (routeBetween(source.facts.identity, target.facts.identity).through === 'relay') {
    return ok(`${target.name} need not reach ${source.name}: it follows through Ferry's relay.`);
  }
  const reach = context.facts.targetReachesSource;
  const able = {
    source: capabilitiesOf(source.facts.identity),
    target: capabilitiesOf(target.facts.identity),
  };
  switch (reach.kind) {
    case 'proven':
      return ok(`${target.name} reaches ${source.name} at ${address}.`);
    case 'answered':
      return unknown(
        `At ${address} a server answers ${target.name}, but whether it is ${source.name} could not be seen: ${reach.why}`,
        able.source.can('acl') && able.target.can('acl')
          ? `Give Ferry's user on ${source.name} \`+acl|log\` (before 7.0: \`+acl\`), or try it from the machine of ${target.name}.`
          : `Make sure of it from the machine of ${target.name}: \`redis-cli -h ${context.pair.source.replicationAddress.host} -p ${context.pair.source.replicationAddress.port} INFO\`.`,
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
        able.target.can('acl')
          ? `Try it from the machine of ${target.name}; Ferry can where its user there has \`+migrate\`.`
          : `Try it from the machine of ${target.name}.`,
      );
  }
});
