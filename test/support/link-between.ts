// A link to a server on loopback, for links that go wrong in one way each. What the server sends is carried by the
// caller; what is sent to it is passed on at once.

import { createConnection, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * Stands before the server until the test ends, and gives the port. `carry` is told of each connection: where it is
 * to go on (`client`) and what the server sends on it (`server`).
 */
export async function linkTo(
  serverPort: number,
  carry: (client: Socket, server: Socket) => void,
): Promise<number> {
  const sockets = new Set<Socket>();
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
    carry(client, server);
  });
  await new Promise<void>((resolve) => link.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    link.close();
  });
  const address = link.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}
