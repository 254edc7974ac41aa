// Does the stream have to go through Ferry's worker, and what does that mean?

import { nameOf } from '../capabilities.ts';
import { formatAddress } from '../instance.ts';
import { routeBetween } from '../route.ts';
import { blocker, checkPair, ok, warning } from './check.ts';

export const relay = checkPair('relay', 'Way of the data', (source, target, { pair }) => {
  const { through } = routeBetween(source.facts.identity, target.facts.identity);
  if (through === 'direct') return ok(`${target.name} follows ${source.name} without anything in between.`);
  const older = nameOf(source.facts.identity);
  const newer = nameOf(target.facts.identity);
  if (pair.source.tls !== null) {
    return blocker(
      `${older} sends a stream that ${newer} takes for damage, so all data would go through a relay in Ferry's worker, which speaks no TLS, and ${source.name} is reached over TLS.`,
      `Give ${source.name} an address in the inventory that speaks plain TCP, or move to Redis 5.0 first, and from there to ${newer}.`,
    );
  }
  return warning(
    `${older} sends parts of its stream in a form that ${newer} takes for damage, so all data goes through a relay in Ferry's worker: ${target.name} connects to the worker, at the address by which that reaches ${formatAddress(pair.target.address)}, and the worker to ${source.name}. If the worker ends before the cutover, the transfer starts again from nothing.`,
    `Let ${target.name} connect to the machine of the worker on any port, and leave the worker alone during the transfer. Without a relay: move to Redis 5.0 first, and from there to ${newer}.`,
  );
});
