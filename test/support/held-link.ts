// A link between two servers on loopback that can be held: what the one sends waits until it is let go.

import { createConnection, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface HeldLink {
  readonly port: number;
  /** From now on nothing that the server sends arrives, and nothing of it is lost. */
  hold(): void;
  letGo(): void;
}

/** Stands before the server until the test ends. */
export async function heldLink(serverPort: number): Promise<HeldLink> {
  const fromServer = new Set<Socket>();
  const sockets = new Set<Socket>();
  let held = false;
  const link = createServer((client) => {
    const server = createConnection({ port: serverPort, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (chunk) => server.write(chunk));
    server.on('data', (chunk) => client.write(chunk));
    fromServer.add(server);
    if (held) server.pause();
  });
  await new Promise<void>((resolve) => link.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    link.close();
  });
  const address = link.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    hold() {
      held = true;
      for (const socket of fromServer) socket.pause();
    },
    letGo() {
      held = false;
      for (const socket of fromServer) socket.resume();
    },
  };
}
