// A link between two servers on loopback that carries only so much a second: what waits, waits at the sender.

import { createConnection, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface SlowLink {
  readonly port: number;
  /** From now on, bytes a second. */
  limit(bytesPerSecond: number): void;
}

/** Often enough that a sender is never stopped for long. */
const SLICE_MS = 20;

/** Stands before the server until the test ends. */
export async function slowLink(serverPort: number, bytesPerSecond: number): Promise<SlowLink> {
  const sockets = new Set<Socket>();
  let rate = bytesPerSecond;
  const link = createServer((client) => {
    const server = createConnection({ port: serverPort, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(slices);
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (chunk) => server.write(chunk));
    let allowed = 0;
    server.on('data', (chunk) => {
      client.write(chunk);
      allowed -= chunk.length;
      if (allowed <= 0) server.pause();
    });
    const slices = setInterval(() => {
      allowed = Math.min(allowed, 0) + (rate * SLICE_MS) / 1_000;
      if (allowed > 0) server.resume();
    }, SLICE_MS);
  });
  await new Promise<void>((resolve) => link.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    link.close();
  });
  const address = link.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    limit(next) {
      rate = next;
    },
  };
}
