// A network between two servers of this machine: what the one sends reaches the other a fixed time later.
// On loopback a replica is never behind, and nobody could tell whether a cutover waits for its last writes.

import { connect, createServer, type Socket } from 'node:net';
import type { Address } from './load/resp.ts';

export interface SlowLink {
  /** Where whoever wants to reach the server connects. */
  readonly address: Address;
  stop(): Promise<void>;
}

/** More than this on its way, and the sender has to wait, as in any network. */
const MAX_BYTES_UNDERWAY = 4 * 1024 * 1024;

/** Delays what comes from the server; what goes to it is passed on at once. */
export async function startSlowLink(to: Address, delayMs: number): Promise<SlowLink> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
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
        setTimeout(() => other.destroy(), one === upstream ? delayMs : 0);
      });
    }
    client.on('data', (chunk) => upstream.write(chunk));
    passLater(upstream, client, delayMs);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    address: { host: '127.0.0.1', port },
    async stop() {
      for (const socket of open) socket.destroy();
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
