// A link between two servers on loopback that can go bad in the worst way: connections stay, the source's pings
// arrive, and everything else that it sends is lost.

import { linkTo } from './link-between.ts';

export interface PingingLink {
  readonly port: number;
  loseAllButPings(): void;
}

const PING = '*1\r\n$4\r\nPING\r\n';

/** Stands before the server until the test ends. */
export async function pingingLink(serverPort: number): Promise<PingingLink> {
  let losing = false;
  const port = await linkTo(serverPort, (client, server) => {
    server.on('data', (chunk) => {
      if (!losing) client.write(chunk);
      else if (chunk.includes(PING)) client.write(PING);
    });
  });
  return {
    port,
    loseAllButPings() {
      losing = true;
    },
  };
}
