// One server of the pair as the reader meets it: its connection, what it can, and its INFO. Reads only.

import { type Capabilities, capabilitiesOf } from '../../migration/capabilities.ts';
import type { Identity } from '../../migration/instance.ts';
import { type Info, identityOf, parseInfo } from '../info.ts';
import type { WireConnection } from '../wire/connection.ts';
import { textOf } from '../wire/reply.ts';

export interface Peer {
  readonly who: string;
  readonly connection: WireConnection;
  readonly identity: Identity;
  readonly able: Capabilities;
  /** A section of INFO; all of it where the server knows no sections. */
  info(section: string): Promise<Info>;
}

export async function meet(connection: WireConnection): Promise<Peer> {
  // Without a section: the oldest servers know none, and what they are is not known yet.
  const identity = identityOf(parseInfo(textOf(await connection.ask(['INFO']))));
  const able = capabilitiesOf(identity);
  if (able.can('client-no-touch')) {
    // Reading must not make keys look used to the eviction. Where it is refused, the reading goes on without.
    await connection.send([['CLIENT', 'NO-TOUCH', 'ON']], () => undefined);
  }
  return {
    who: connection.who,
    connection,
    identity,
    able,
    async info(section) {
      const words = able.can('info-sections') ? (['INFO', section] as const) : (['INFO'] as const);
      return parseInfo(textOf(await connection.ask(words)));
    },
  };
}

export async function selectBoth(db: number, ...peers: readonly Peer[]): Promise<void> {
  await Promise.all(peers.map(({ connection }) => connection.ask(['SELECT', db])));
}
