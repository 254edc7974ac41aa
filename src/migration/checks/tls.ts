// Do both speak the same on the replication link? A replica speaks TLS there only with `tls-replication yes`.

import type { Instance } from '../instance.ts';
import { formatAddress } from '../instance.ts';
import { blocker, checkPair, confirm, join, ok, type Seen, unknown, type Verdict, warning } from './check.ts';

export const tls = checkPair('tls', 'TLS between servers', (source, target, { pair }) =>
  join([judge(target, pair.source), judge(source, pair.target)]),
);

/** `seen` would connect to `peer`. */
function judge(seen: Seen, peer: Instance): Verdict {
  const setting = seen.facts.settings['tls-replication'];
  if (setting === null) {
    return unknown(`Whether ${seen.name} speaks TLS to the server that it follows could not be read.`);
  }
  const speaks = setting === 'yes';
  const expected = peer.tls !== null;
  const how = (tlsIsUsed: boolean): string => (tlsIsUsed ? 'TLS' : 'plain TCP');
  if (speaks === expected) return ok(`${seen.name} would follow ${peer.name} over ${how(speaks)}.`);
  const found = `${seen.name} would speak ${how(speaks)} to ${peer.name}, which the inventory reaches over ${how(expected)}.`;
  const hint = `Set \`tls-replication ${expected ? 'yes' : 'no'}\` on ${seen.name}.`;
  if (seen.side === 'source') return warning(`${found} The way back would stay closed.`, hint);
  const ownAddress = formatAddress(peer.replicationAddress) !== formatAddress(peer.address);
  return ownAddress
    ? confirm(`${found} Its replication address is another one, which may differ.`, hint)
    : blocker(found, hint);
}
