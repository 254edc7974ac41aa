// A primary as old as none that a run must have: it answers SYNC with a snapshot taken from a real server, then
// sends its stream as 2.4 does, SELECT and PING inline, and answers whatever it is sent into the stream.

import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';

export interface ScriptedPrimary {
  readonly port: number;
  /** Sends bytes to every replica that has its snapshot. Gives how much waits in this process. */
  send(text: string | Buffer): number;
  /** What replicas sent after their SYNC. */
  readonly heard: string;
  /** How often a snapshot was asked for. */
  readonly syncs: number;
  close(): void;
}

/** Lives until the test ends. Default: any free port. */
export async function scriptedPrimary(snapshot: Buffer, port = 0): Promise<ScriptedPrimary> {
  const replicas = new Set<Socket>();
  const sockets = new Set<Socket>();
  let heard = '';
  let syncs = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      replicas.delete(socket);
    });
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      if (replicas.has(socket)) {
        heard += text;
        socket.write("-ERR unknown command 'REPLCONF'\r\n");
        return;
      }
      for (const name of commandsIn(text)) {
        if (name !== 'SYNC') {
          socket.write(name === 'PING' ? '+PONG\r\n' : `-ERR unknown command '${name}'\r\n`);
          continue;
        }
        syncs += 1;
        socket.write(`\n\n$${snapshot.length}\r\n`);
        socket.write(snapshot);
        replicas.add(socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(close);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    send(text) {
      for (const replica of replicas) replica.write(text);
      return [...replicas].reduce((sum, { writableLength }) => sum + writableLength, 0);
    },
    get heard() {
      return heard;
    },
    get syncs() {
      return syncs;
    },
    close,
  };
}

/** Names of the commands in one write of a replica's handshake, inline or multi-bulk. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n|(?:^|\r\n)(SYNC|PING)(?=\r\n)/g)].map((match) =>
    (match[1] ?? match[2] ?? '').toUpperCase(),
  );
}

/** What a server sends as its snapshot, without the length before it. */
export function snapshotOf(server: RunningServer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write('SYNC\r\n'));
    let seen = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      seen = Buffer.concat([seen, chunk]);
      const [head, length] = /^\n*\$(\d+)\r\n/.exec(seen.toString('latin1')) ?? [];
      if (head === undefined || seen.length < head.length + Number(length)) return;
      socket.destroy();
      resolve(seen.subarray(head.length, head.length + Number(length)));
    });
  });
}

/** A command as every version sends it in its stream. */
export function multiBulk(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
