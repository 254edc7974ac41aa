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
    const families = familiesOf(String(await client.send('INFO')));
    for (let from = 0; from < keys; from += BATCH) {
      const count = Math.min(BATCH, keys - from);
      const commands = Array.from({ length: count }, (_, i) =>
        commandsFor(families, from + i, valueBytes),
      ).flat();
      const replies = await Promise.all(client.pipeline(commands));
      const refused = replies.find((reply: Reply) => isError(reply));
      if (refused !== undefined && isError(refused)) throw new Error(`filling stopped: ${refused.error}`);
    }
  } finally {
    client.close();
  }
}

function commandsFor(families: readonly Family[], n: number, valueBytes: number): string[][] {
  const value = `${n}:`.padEnd(valueBytes, 'abcdefghijklmnopqrstuvwxyz');
  const family = families[n % families.length] ?? 'cart';
  const key = `${family}:${n}`;
  const write = typed(family, key, n, value);
  return n % EXPIRING_EACH === 0 ? [write, ['EXPIRE', key, String(EXPIRY_SECONDS)]] : [write];
}

const FAMILIES = ['cart', 'session', 'customer', 'queue', 'tags', 'ranking', 'counter', 'events'] as const;
type Family = (typeof FAMILIES)[number];

/** Streams came with 5.0. */
function familiesOf(info: string): readonly Family[] {
  const major = Number(/^redis_version:(\d+)/m.exec(info)?.[1] ?? 0);
  return major >= 5 ? FAMILIES : FAMILIES.filter((family) => family !== 'events');
}

function typed(family: Family, key: string, n: number, value: string): string[] {
  switch (family) {
    case 'customer':
      // HSET takes several fields from 4.0 on only.
      return ['HMSET', key, 'name', `customer ${n}`, 'note', value, 'visits', String(n % 97)];
    case 'queue':
      return ['RPUSH', key, value, `${n}`, 'third'];
    case 'tags':
      return ['SADD', key, 'red', 'green', `tag-${n % 31}`];
    case 'ranking':
      return ['ZADD', key, '1.5', 'first', String(n % 1_000), `player-${n}`];
    case 'counter':
      return ['SET', key, String(n)];
    case 'events':
      return ['XADD', key, `${n + 1}-1`, 'kind', 'order', 'body', value];
    case 'cart':
    case 'session':
      return ['SET', key, value];
  }
}
