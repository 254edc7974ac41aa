// A link between two servers on loopback that can go bad in the worst way: connections stay, the source's pings
// arrive, and everything else that it sends is lost.

import { createConnection, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface PingingLink {
  readonly port: number;
  loseAllButPings(): void;
}

const PING = '*1\r\n$4\r\nPING\r\n';

/** Stands before the server until the test ends. */
export async function pingingLink(serverPort: number): Promise<PingingLink> {
  const sockets = new Set<Socket>();
  let losing = false;
  const link = createServer((client) => {
    const server = createConnection({ port: serverPort, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (chunk) => server.write(chunk));
    server.on('data', (chunk) => {
      if (!losing) client.write(chunk);
      else if (chunk.includes(PING)) client.write(PING);
    });
  });
  await new Promise<void>((resolve) => link.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    link.close();
  });
  const address = link.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    loseAllButPings() {
      losing = true;
    },
  };
}
