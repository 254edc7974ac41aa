// Over what each server would follow the other, and whether Ferry can change that. Pure.

import { formatAddress, otherSide, type Side } from '../instance.ts';
import type { Pair } from '../migration.ts';
import { routeBetween } from '../route.ts';
import type { ServerFacts } from '../survey-facts.ts';

export type LinkTls =
  /** It speaks what is wanted already. */
  | { readonly kind: 'fits'; readonly tls: boolean }
  /** `tls-replication` can be set while it runs. */
  | { readonly kind: 'settable'; readonly to: 'yes' | 'no' }
  /** What the inventory says is of another address than the one that is followed. */
  | { readonly kind: 'unclear'; readonly wanted: boolean }
  /** It follows over TLS alone, and the relay speaks none. */
  | { readonly kind: 'relayed' }
  /** It cannot speak TLS: `lacks` completes "<name> …". */
  | { readonly kind: 'stuck'; readonly lacks: string }
  | { readonly kind: 'unknown' };

/** `side`: the server that would follow the other one. */
export function replicationTls(side: Side, source: ServerFacts, target: ServerFacts, pair: Pair): LinkTls {
  const facts = side === 'source' ? source : target;
  const peer = pair[otherSide(side)];
  const setting = facts.settings['tls-replication'];
  if (setting === null) return { kind: 'unknown' };
  const relayed = side === 'target' && routeBetween(source.identity, target.identity).through === 'relay';
  // The relay's other end is plain TCP as well, which relay.ts judges: here it is what the target itself speaks.
  if (relayed) return setting === 'yes' ? { kind: 'relayed' } : { kind: 'fits', tls: false };
  const wanted = peer.tls !== null;
  if ((setting === 'yes') === wanted) return { kind: 'fits', tls: wanted };
  if (formatAddress(peer.replicationAddress) !== formatAddress(peer.address)) {
    return { kind: 'unclear', wanted };
  }
  if (!wanted) return { kind: 'settable', to: 'no' };
  const lacks = whatItLacks(facts);
  return lacks === null ? { kind: 'settable', to: 'yes' } : { kind: 'stuck', lacks };
}

/** A server takes `tls-replication yes` only with a certificate of its own, and believes nobody without a CA. */
function whatItLacks({ settings }: ServerFacts): string | null {
  if (settings['tls-replication'] === '') return 'does not speak TLS';
  if (!settings['tls-cert-file']) return 'has no certificate (`tls-cert-file`)';
  const hasAuthority = Boolean(settings['tls-ca-cert-file']) || Boolean(settings['tls-ca-cert-dir']);
  return hasAuthority ? null : 'has no CA (`tls-ca-cert-file`)';
}
