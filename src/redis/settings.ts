// CONFIG GET and CONFIG SET of one setting. Of client-output-buffer-limit only the replica's class is read
// and written: the limits of other clients are none of a migration's business.

import type { Command, Reply } from './connect.ts';

const OUTPUT_BUFFER = 'client-output-buffer-limit';

/** From CONFIG GET's reply; null: the server does not know the setting. */
export function readSettingValue(name: string, reply: Reply): string | null {
  if (!Array.isArray(reply)) return null;
  const at = reply.indexOf(name);
  const value = at === -1 ? undefined : reply[at + 1];
  if (typeof value !== 'string') return null;
  return name === OUTPUT_BUFFER ? replicaClass(value) : value;
}

/** `slave` is the class's name on every version; `replica` came with 5.0. */
export function settingCommand(name: string, value: string): Command {
  return ['CONFIG', 'SET', name, name === OUTPUT_BUFFER ? `slave ${value}` : value];
}

/** `normal 0 0 0 slave 268435456 67108864 60 pubsub …`: hard and soft limit in bytes, seconds. */
function replicaClass(value: string): string | null {
  return /(?:^| )(?:slave|replica) (\d+ \d+ \d+)/.exec(value)?.[1] ?? null;
}
