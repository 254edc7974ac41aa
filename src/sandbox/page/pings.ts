// The latency line of one server as this page sees it: PINGs one after another, the worst of each second.
// A ping that is still out counts with the time it has been out, so that a stall shows while it lasts.

import { setTimeout as delay } from 'node:timers/promises';
import { type Address, RespClient, SANDBOX_CLIENT } from '../load/resp.ts';

export interface Pings {
  /** Worst ms of each of the last seconds, oldest first; null where nobody could be asked. */
  history(): readonly (number | null)[];
  stop(): void;
}

const EVERY_MS = 40;
const SECOND_MS = 1_000;
const KEPT_SECONDS = 90;
const RECONNECT_MS = 200;

export function startPings(address: Address): Pings {
  const seconds: (number | null)[] = [];
  let worst: number | null = null;
  let sentAt: number | null = null;
  let isStopped = false;
  const saw = (ms: number): void => {
    worst = Math.max(worst ?? 0, ms);
  };
  const closeSecond = setInterval(() => {
    if (sentAt !== null) saw(performance.now() - sentAt);
    seconds.push(worst);
    if (seconds.length > KEPT_SECONDS) seconds.shift();
    worst = null;
  }, SECOND_MS);
  const run = async (): Promise<void> => {
    while (!isStopped) {
      const client = await RespClient.open(address, SANDBOX_CLIENT).catch(() => null);
      if (client === null) await delay(RECONNECT_MS);
      else await pingOn(client);
    }
  };
  const pingOn = async (client: RespClient): Promise<void> => {
    try {
      while (!isStopped) {
        sentAt = performance.now();
        await client.send('PING');
        saw(performance.now() - sentAt);
        sentAt = null;
        await delay(EVERY_MS);
      }
    } catch {
      // The connection ended; the next one tells whether the server is there.
    } finally {
      sentAt = null;
      client.close();
    }
  };
  void run();
  return {
    history: () => seconds,
    stop() {
      isStopped = true;
      clearInterval(closeSecond);
    },
  };
}
