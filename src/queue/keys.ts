// Every key and channel of the queue in Ferry's own Redis. BullMQ's own begin with `ferry:bull:`.

export const BULL_PREFIX = 'ferry:bull';
export const DRIVE_QUEUE = 'ferry-drive';
export const ASK_QUEUE = 'ferry-ask';

/** Jobs that one worker process runs at the same time. They wait for servers, they do not compute. */
export const CONCURRENCY = 256;

/** Channel: the uid of a migration that should be looked at now. */
export const WAKE_CHANNEL = 'ferry:wake';

/** What is asked, until a worker takes it or the deadline takes it back. */
export function askKey(id: string): string {
  return `ferry:ask:${id}`;
}

/** List of the answers for one process that asks; expires. */
export function answersKey(dispatcher: string): string {
  return `ferry:answers:${dispatcher}`;
}
