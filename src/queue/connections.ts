// What the queue needs of the connections that are handed in; ioredis clients have these shapes.
// The queue opens none itself, except those that BullMQ derives from the one it is given.

import { FerryError } from '../migration/errors.ts';

export interface Commands {
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
}

/** A client that does nothing but subscribe. */
export interface Subscriber {
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  on(event: 'message', listener: (channel: string, message: string) => void): unknown;
  off(event: 'message', listener: (channel: string, message: string) => void): unknown;
}

/** Ferry's own Redis did not do what the queue needed. */
export function queueUnreachable(cause: unknown): FerryError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FerryError('queue-unreachable', `Ferry's own Redis did not take the work: ${why}`, {
    hint: 'Is the server of FERRY_REDIS_URL up? Nothing was changed on the servers of a migration.',
    cause,
  });
}
