// A TCP proxy that can lose a reply: the command arrives and runs, its answer never comes back.

import { createConnection, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface LossyProxy {
  readonly port: number;
  /** From now on: passes whatever is sent; once `text` went through, the next answer is cut with the connection. */
  loseAnswerTo(text: string): void;
  /** How often `text` was passed to the server. */
  passed(text: string): number;
}

/** Stands before a server on loopback until the test ends. */
export async function lossyProxy(serverPort: number): Promise<LossyProxy> {
  const sockets = new Set<Socket>();
  const sent: string[] = [];
  let losing: string | null = null;
  const proxy = createServer((client) => {
    const server = createConnection(serverPort, '127.0.0.1');
    let cut = false;
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      sent.push(text);
      if (losing !== null && text.includes(losing)) cut = true;
      server.write(chunk);
    });
    // The answer is the proof that the server ran the command; only then is it thrown away.
    server.on('data', (chunk) => (cut ? client.destroy() : client.write(chunk)));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const address = proxy.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    loseAnswerTo: (text) => {
      losing = text;
    },
    passed: (text) => sent.join('').split(text).length - 1,
  };
}
