// A way to a server with a round trip of its own: everything arrives, in order, half of it later each way.

import { createConnection, createServer, type Socket } from 'node:net';

export interface SlowWay {
  readonly port: number;
  close(): void;
}

export async function slowWay(serverPort: number, roundTripMs: number): Promise<SlowWay> {
  const sockets = new Set<Socket>();
  const way = createServer((client) => {
    const server = createConnection({ port: serverPort, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (chunk) => void setTimeout(() => to.writable && to.write(chunk), roundTripMs / 2));
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve));
  const address = way.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    close() {
      for (const socket of sockets) socket.destroy();
      way.close();
    },
  };
}
