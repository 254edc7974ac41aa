// The names by which the servers of a pair may call each other in INFO.

import type { Side } from '../migration/instance.ts';
import { PARKING_ADDRESS } from '../migration/instance.ts';
import type { Pair } from '../migration/migration.ts';
import type { KnownAddresses } from './info.ts';

/** For reading a server whose peer is the given side of the pair. */
export function knownAddresses(pair: Pair, peer: Side): KnownAddresses {
  const { address, replicationAddress } = pair[peer];
  const relayed = peer === 'source' && pair.via !== undefined ? [pair.via] : [];
  return { peer: [address, replicationAddress, ...relayed], nobody: [PARKING_ADDRESS] };
}
