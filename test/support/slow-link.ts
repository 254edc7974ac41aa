// A link between two servers on loopback that carries only so much a second: what waits, waits at the sender.

import { linkTo } from './link-between.ts';

export interface SlowLink {
  readonly port: number;
  /** From now on, bytes a second. */
  limit(bytesPerSecond: number): void;
}

/** Often enough that a sender is never stopped for long. */
const SLICE_MS = 20;

/** Stands before the server until the test ends. */
export async function slowLink(serverPort: number, bytesPerSecond: number): Promise<SlowLink> {
  let rate = bytesPerSecond;
  const port = await linkTo(serverPort, (client, server) => {
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
    server.on('close', () => clearInterval(slices));
  });
  return {
    port,
    limit(next) {
      rate = next;
    },
  };
}
