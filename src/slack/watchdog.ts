// Watches the Socket Mode connection: its client may give up reconnecting in silence, and then nobody's
// click arrives. Says not ready at once, and after a limit that the process had better start again.

import type { Clock } from '../workflow/ports.ts';

const LOOK_EVERY_MS = 1_000;

export interface WatchdogParts {
  isConnected(): boolean;
  readonly lostAfterMs: number;
  onLost(why: string): void;
  readonly clock: Clock;
}

export interface Watchdog {
  start(): void;
  stop(): Promise<void>;
  state(): { readonly ready: boolean; readonly why: string };
}

export function createWatchdog(parts: WatchdogParts): Watchdog {
  const { clock, lostAfterMs } = parts;
  const stopping = new AbortController();
  let loop: Promise<void> = Promise.resolve();

  async function watch(): Promise<void> {
    let connectedAt = clock.monotonicMs();
    while (!stopping.signal.aborted) {
      const now = clock.monotonicMs();
      if (parts.isConnected()) connectedAt = now;
      else if (now - connectedAt >= lostAfterMs) {
        parts.onLost(`Slack has not been connected for ${Math.round((now - connectedAt) / 1000)} s.`);
        return;
      }
      await clock.sleep(Math.min(LOOK_EVERY_MS, lostAfterMs), stopping.signal).catch(() => {});
    }
  }

  return {
    start() {
      loop = watch();
    },
    async stop() {
      stopping.abort(new Error('stopping'));
      await loop;
    },
    state: () =>
      parts.isConnected()
        ? { ready: true, why: 'Slack is connected.' }
        : { ready: false, why: 'Slack is not connected.' },
  };
}
