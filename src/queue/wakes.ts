// Lets a running drive tick at once when somebody clicked. A wake that is lost costs one tick, no more.

import type { Subscriber } from './connections.ts';
import { WAKE_CHANNEL } from './keys.ts';

export interface WakeSubscription {
  stop(): Promise<void>;
}

/** Calls `listener` with the uid of every migration that is woken, on whatever worker it runs. */
export async function subscribeWakes(
  connection: Subscriber,
  listener: (uid: string) => void,
): Promise<WakeSubscription> {
  const onMessage = (channel: string, uid: string): void => {
    if (channel === WAKE_CHANNEL) listener(uid);
  };
  connection.on('message', onMessage);
  await connection.subscribe(WAKE_CHANNEL);
  return {
    stop: async () => {
      connection.off('message', onMessage);
      await connection.unsubscribe(WAKE_CHANNEL);
    },
  };
}
