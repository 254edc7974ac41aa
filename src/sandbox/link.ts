// A network between two servers of this machine: it can be slow, and it can be cut and mended.
// On loopback a replica is never behind, and nobody could tell whether a cutover waits for its last writes.

import { connect, createServer, type Socket } from 'node:net';
import type { Address } from './load/resp.ts';

export interface Link {
  /** Where whoever wants to reach the server connects. */
  readonly address: Address;
  readonly isCut: boolean;
  /** Ends every connection over it, and lets no new one come about. */
  cut(): void;
  mend(): void;
  stop(): Promise<void>;
}

/** More than this on its way, and the sender has to wait, as in any network. */
const MAX_BYTES_UNDERWAY = 4 * 1024 * 1024;

/** Delays what comes from the server by `delayMs`; what goes to it is passed on at once. */
export async function startLink(to: Address, delayMs: number): Promise<Link> {
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: to.host, port: to.port, noDelay: true });
    client.setNoDelay(true);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        open.delete(one);
        // What is on its way still arrives.
        setTimeout(() => other.destroySoon(), one === upstream ? delayMs : 0);
      });
    }
    client.pipe(upstream);
    if (delayMs === 0) upstream.pipe(client);
    else passLater(upstream, client, delayMs);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const endAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    address: { host: '127.0.0.1', port },
    get isCut() {
      return isCut;
    },
    cut() {
      isCut = true;
      endAll();
    },
    mend() {
      isCut = false;
    },
    async stop() {
      endAll();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Timers of one length fire in the order in which they were set, so the bytes stay in order. */
function passLater(from: Socket, to: Socket, delayMs: number): void {
  let underwayBytes = 0;
  from.on('data', (chunk: Buffer) => {
    underwayBytes += chunk.length;
    if (underwayBytes > MAX_BYTES_UNDERWAY) from.pause();
    setTimeout(() => {
      to.write(chunk, () => {
        underwayBytes -= chunk.length;
        if (underwayBytes <= MAX_BYTES_UNDERWAY) from.resume();
      });
    }, delayMs);
  });
}
