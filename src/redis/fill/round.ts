// One round of a fill: numbers reserved, keys written, used_memory read, in one write. Sends nothing twice.

import { infoCommand, infoNumber, parseInfo } from '../info.ts';
import { serverError } from '../server-error.ts';
import { type Command, nameOf } from '../wire/command.ts';
import { ErrorReply, type Reply, textOf } from '../wire/reply.ts';
import { COUNTER_KEY, junkOf } from './junk.ts';
import { assertOurs, renewal } from './lease.ts';
import type { Ground } from './scratch.ts';

export interface Round {
  /** Of content. */
  readonly bytes: number;
  readonly keys: number;
  /**
   * used_memory after it; null: the server is full and refused a key. Rejects with `held`, with what the server
   * refused otherwise, or when the connection fails.
   */
  readonly done: Promise<number | null>;
}

/** Writes keys from `from` on, of about so much content, at least one. */
export function sendRound(ground: Ground, from: number, wantedBytes: number): Round {
  const writes: Command[] = [];
  let bytes = 0;
  let keys = 0;
  while (bytes < wantedBytes) {
    const junk = junkOf(from + keys, ground.able);
    writes.push(...junk.commands);
    bytes += junk.bytes;
    keys += 1;
  }
  const lease = renewal(ground);
  const memory = infoCommand(ground.able, 'memory');
  const commands: Command[] = [...lease, ['SET', COUNTER_KEY, from + keys], ...writes, memory];
  const done = send(ground, commands, lease.length - 1);
  // Whoever settles this round hears of it; until then it is no surprise to the process.
  done.catch(() => undefined);
  return { bytes, keys, done };
}

async function send(
  ground: Ground,
  commands: readonly Command[],
  leaseReply: number,
): Promise<number | null> {
  const { connection } = ground;
  let refused: { readonly command: Command; readonly reply: ErrorReply } | null = null;
  let holder: Reply = null;
  let info = '';
  await connection.send(commands, (reply, index) => {
    const command = commands[index];
    if (index === leaseReply) holder = reply;
    else if (index === commands.length - 1) info = textOf(reply);
    if (reply instanceof ErrorReply && command !== undefined) refused ??= { command, reply };
  });
  return settle(ground, { refused, holder, info });
}

function settle(
  ground: Ground,
  seen: {
    readonly refused: { readonly command: Command; readonly reply: ErrorReply } | null;
    readonly holder: Reply;
    readonly info: string;
  },
): number | null {
  const { refused, holder, info } = seen;
  if (refused === null) {
    assertOurs(ground, holder);
    return infoNumber(parseInfo(info), 'used_memory') ?? 0;
  }
  if (/^OOM\b|command not allowed when used memory/.test(refused.reply.text)) return null;
  throw serverError(ground.connection.who, nameOf(refused.command), new Error(refused.reply.text));
}
