// Fills a server with a customer's keys of every ordinary type, fast and always the same: the sandbox's data. What
// they hold is what a fill for rehearsals writes; the names are a shop's, and so many are written as are asked for.

import { capabilitiesOf } from '../../migration/capabilities.ts';
import { type Kind, writesOf } from '../../redis/fill/junk.ts';
import { identityOf, parseInfo } from '../../redis/info.ts';
import { type Command, nameOf } from '../../redis/wire/command.ts';
import { openWire } from '../../redis/wire/connection.ts';
import { ErrorReply, textOf } from '../../redis/wire/reply.ts';
import { type Address, SANDBOX_CLIENT } from './resp.ts';

/** Keys of one write. */
const BATCH = 1_000;
/** Every so many keys one expires; far enough in the future that none does while somebody looks. */
const EXPIRING_EACH = 20;
const EXPIRY_SECONDS = 86_400;

const FAMILIES: readonly (readonly [name: string, kind: Kind])[] = [
  ['cart', 'string'],
  ['session', 'string'],
  ['customer', 'hash'],
  ['queue', 'list'],
  ['tags', 'set'],
  ['ranking', 'zset'],
  ['counter', 'number'],
  ['events', 'stream'],
];

/** Writes `keys` keys in database 0; `valueBytes` is about the size of each string value. Throws what is refused. */
export async function fill(at: Address, keys: number, valueBytes = 64): Promise<void> {
  const connection = await openWire({
    who: `the server on ${at.port}`,
    address: at,
    tls: null,
    username: null,
    password: at.password ?? null,
    name: SANDBOX_CLIENT,
    connectTimeoutMs: 5_000,
    silenceTimeoutMs: 30_000,
    maxReplyBytes: 1024 ** 2,
  });
  try {
    const { can } = capabilitiesOf(identityOf(parseInfo(textOf(await connection.ask(['INFO'])))));
    const families = FAMILIES.filter(([, kind]) => kind !== 'stream' || can('streams'));
    for (let from = 0; from < keys; from += BATCH) {
      const numbers = Array.from({ length: Math.min(BATCH, keys - from) }, (_, i) => from + i);
      const commands = numbers.flatMap((n) => commandsFor(families, n, valueBytes));
      await connection.send(commands, (reply, index) => {
        if (!(reply instanceof ErrorReply)) return;
        throw new Error(`filling stopped at ${nameOf(commands[index] ?? [''])}: ${reply.text}`);
      });
    }
  } finally {
    connection.close();
  }
}

function commandsFor(families: typeof FAMILIES, n: number, valueBytes: number): readonly Command[] {
  const [name, kind] = families[n % families.length] ?? ['cart', 'string'];
  const key = `${name}:${n}`;
  const writes = writesOf(key, n, kind, valueBytes);
  return n % EXPIRING_EACH === 0 ? [...writes, ['EXPIRE', key, EXPIRY_SECONDS]] : writes;
}
