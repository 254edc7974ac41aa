// A link between two servers on loopback that can be held: what the one sends waits until it is let go.

import type { Socket } from 'node:net';
import { linkTo } from './link-between.ts';

export interface HeldLink {
  readonly port: number;
  /** From now on nothing that the server sends arrives, and nothing of it is lost. */
  hold(): void;
  letGo(): void;
}

/** Stands before the server until the test ends. */
export async function heldLink(serverPort: number): Promise<HeldLink> {
  const fromServer = new Set<Socket>();
  let held = false;
  const port = await linkTo(serverPort, (client, server) => {
    server.on('data', (chunk) => client.write(chunk));
    fromServer.add(server);
    if (held) server.pause();
  });
  return {
    port,
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
