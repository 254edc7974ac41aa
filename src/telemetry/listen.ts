// A small HTTP server of Ferry's own: begins to listen or says why it cannot, and closes at once.

import type { Server } from 'node:http';
import { FerryError } from '../migration/errors.ts';

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** `port` 0: any free one. Rejects with `otherwise` and the cause. */
export async function listen(
  server: Server,
  at: { readonly port: number; readonly host: string | undefined },
  otherwise: { readonly code: string; readonly message: string; readonly hint: string },
): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new FerryError(otherwise.code, otherwise.message, { hint: otherwise.hint, cause })),
    );
    server.listen(at.port, at.host, resolve);
  });
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : at.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
