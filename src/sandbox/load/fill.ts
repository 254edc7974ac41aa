// Fills a server with keys of every ordinary type, fast and always the same.

import { type Address, isError, type Reply, RespClient } from './resp.ts';

/** Commands in flight at once. */
const BATCH = 1_000;
/** Every so many keys one expires; far enough in the future that none does while somebody looks. */
const EXPIRING_EACH = 20;
const EXPIRY_SECONDS = 86_400;

/** Writes `keys` keys in database 0; `valueBytes` is about the size of each string value. Throws what is refused. */
export async function fill(at: Address, keys: number, valueBytes = 64): Promise<void> {
  const client = await RespClient.open(at, 'ferry-sandbox-fill');
  try {
    for (let from = 0; from < keys; from += BATCH) {
      const count = Math.min(BATCH, keys - from);
      const commands = Array.from({ length: count }, (_, i) => commandsFor(from + i, valueBytes)).flat();
      const replies = await Promise.all(client.pipeline(commands));
      const refused = replies.find((reply: Reply) => isError(reply));
      if (refused !== undefined && isError(refused)) throw new Error(`filling stopped: ${refused.error}`);
    }
  } finally {
    client.close();
  }
}

function commandsFor(n: number, valueBytes: number): string[][] {
  const value = `${n}:`.padEnd(valueBytes, 'abcdefghijklmnopqrstuvwxyz');
  const key = `${FAMILIES[n % FAMILIES.length] ?? 'cart'}:${n}`;
  const write = typed(key, n, value);
  return n % EXPIRING_EACH === 0 ? [write, ['EXPIRE', key, String(EXPIRY_SECONDS)]] : [write];
}

/** In the order of the types below. */
const FAMILIES = ['cart', 'session', 'customer', 'queue', 'tags', 'ranking', 'counter', 'events'] as const;

function typed(key: string, n: number, value: string): string[] {
  switch (n % FAMILIES.length) {
    case 2:
      return ['HSET', key, 'name', `customer ${n}`, 'note', value, 'visits', String(n % 97)];
    case 3:
      return ['RPUSH', key, value, `${n}`, 'third'];
    case 4:
      return ['SADD', key, 'red', 'green', `tag-${n % 31}`];
    case 5:
      return ['ZADD', key, '1.5', 'first', String(n % 1_000), `player-${n}`];
    case 6:
      return ['SET', key, String(n)];
    case 7:
      return ['XADD', key, `${n + 1}-1`, 'kind', 'order', 'body', value];
    default:
      return ['SET', key, value];
  }
}
