// Runs Lua scripts over a connection that is handed in. Owns no connection.
// The connection may send a command again when its reply was lost, so every script that changes
// something must give the same answer when it runs twice with the same arguments (I8).

import { createHash, randomBytes } from 'node:crypto';
import { FerryError } from '../migration/errors.ts';

/** What the store needs of a Redis client; ioredis has this shape. */
export interface RedisCommands {
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
}

/** The same commands; what fails comes out as `store-unreachable` or, when Redis refused it, `store-refused`. */
export function reporting(redis: RedisCommands): RedisCommands {
  return {
    call: async (command, ...args) => {
      try {
        return await redis.call(command, ...args);
      } catch (error) {
        throw failure(command, error);
      }
    },
  };
}

function failure(command: string, cause: unknown): FerryError {
  const why = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof Error && cause.name === 'ReplyError') {
    return new FerryError('store-refused', `Ferry's Redis refused ${command}: ${why}.`, {
      hint: 'It must be a primary, not out of memory, with permission for scripts and for keys ferry:*.',
      cause,
    });
  }
  return new FerryError('store-unreachable', `Ferry's Redis did not answer ${command}: ${why}`, {
    hint: 'Is the server of FERRY_REDIS_URL up? Migrations wait until it is.',
    cause,
  });
}

/** A Lua script, sent in full only to a server that does not know it yet. */
export class Script {
  readonly #text: string;
  readonly #sha: string;

  constructor(text: string) {
    this.#text = text;
    this.#sha = createHash('sha1').update(text).digest('hex');
  }

  async run(
    redis: RedisCommands,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await redis.call('EVALSHA', this.#sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes('NOSCRIPT')) throw error;
      return await redis.call('EVAL', this.#text, keys.length, ...keys, ...args);
    }
  }
}

/** Names one call, so that a script knows its own second run. */
export function newToken(): string {
  return randomBytes(12).toString('hex');
}

/** A reply that these scripts never give: something else writes Ferry's keys. */
export function unexpectedReply(script: string, reply: unknown): FerryError {
  return new FerryError(
    'unexpected-reply',
    `Ferry's Redis answered ${JSON.stringify(reply)} to the ${script} script.`,
    { hint: 'Does something else write keys that begin with ferry: there?' },
  );
}

/** The texts of a reply that is a list of bulk strings. */
export function textsOf(script: string, reply: unknown): string[] {
  if (!Array.isArray(reply) || !reply.every((each) => typeof each === 'string')) {
    throw unexpectedReply(script, reply);
  }
  return reply;
}

export interface StreamEntry {
  readonly cursor: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The entries of an XRANGE reply. */
export function entriesOf(script: string, reply: unknown): StreamEntry[] {
  if (!Array.isArray(reply)) throw unexpectedReply(script, reply);
  return reply.map((entry: unknown) => {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string') throw unexpectedReply(script, entry);
    return { cursor: entry[0], fields: fieldsOf(script, entry[1]) };
  });
}

/** A flat list of names and values (RESP2 shape) as a record. */
export function fieldsOf(script: string, reply: unknown): Record<string, string> {
  const texts = textsOf(script, reply);
  const fields: Record<string, string> = {};
  for (let at = 0; at + 1 < texts.length; at += 2) fields[texts[at] ?? ''] = texts[at + 1] ?? '';
  return fields;
}
