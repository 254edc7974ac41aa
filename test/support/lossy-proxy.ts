// A TCP proxy that can lose a reply: the command arrives and runs, its answer never comes back.

import { createConnection, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Loss {
  /** How many answers are lost; default: every one from now on. */
  readonly times?: number;
  /** `cut`, the default, ends the connection; `silent` keeps it, and nothing comes back on it any more. */
  readonly how?: 'cut' | 'silent';
}

export interface LossyProxy {
  readonly port: number;
  /** Passes whatever is sent; once `text` went through, the answer to it is lost. */
  loseAnswerTo(text: string, loss?: Loss): void;
  /** How many answers were lost so far. */
  readonly lost: number;
  /** How often `text` was passed to the server. */
  passed(text: string): number;
}

/** Stands before a server on loopback until the test ends. */
export async function lossyProxy(serverPort: number): Promise<LossyProxy> {
  const sockets = new Set<Socket>();
  const sent: string[] = [];
  let losing: { text: string; left: number; how: 'cut' | 'silent' } | null = null;
  let lost = 0;
  const proxy = createServer((client) => {
    const server = createConnection(serverPort, '127.0.0.1');
    let deaf: 'cut' | 'silent' | null = null;
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
      if (deaf === null && losing !== null && losing.left > 0 && text.includes(losing.text)) {
        losing.left -= 1;
        lost += 1;
        deaf = losing.how;
      }
      server.write(chunk);
    });
    // The answer is the proof that the server ran the command; only then is it thrown away.
    server.on('data', (chunk) => {
      if (deaf === null) client.write(chunk);
      else if (deaf === 'cut') client.destroy();
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const address = proxy.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    loseAnswerTo(text, { times = Number.POSITIVE_INFINITY, how = 'cut' } = {}) {
      losing = { text, left: times, how };
    },
    get lost() {
      return lost;
    },
    passed: (text) => sent.join('').split(text).length - 1,
  };
}
