// Clients of a server that is about to be fenced, one for each way of writing, and what became of their writes.

import { onTestFinished } from 'vitest';
import { isError, type Reply, ReplyLost, RespClient } from '../../src/sandbox/load/resp.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { until } from '../support/until.ts';

/** What a client saw: `OK`, the server's words, or `closed`. */
export type Seen = string;

/** A connection as an application has it; ended with the test. */
export async function application(server: RunningServer, password: string | null): Promise<RespClient> {
  const login = password === null ? {} : { password };
  const client = await RespClient.open({ host: server.host, port: server.port, ...login }, 'carts');
  onTestFinished(() => client.close());
  return client;
}

/** The last reply to the commands, sent in one write. */
export async function say(client: RespClient, ...commands: readonly string[][]): Promise<Seen> {
  try {
    return wordsOf((await Promise.all(client.pipeline(commands))).at(-1) ?? null);
  } catch (error) {
    if (error instanceof ReplyLost) return 'closed';
    throw error;
  }
}

function wordsOf(reply: Reply): Seen {
  if (Array.isArray(reply)) return reply.map(wordsOf).join(', ');
  return reply !== null && isError(reply) ? reply.error : String(reply);
}

/** The same for a connection that is made for it. */
export async function sayAnew(
  server: RunningServer,
  password: string | null,
  ...commands: readonly string[][]
): Promise<Seen> {
  try {
    return await say(await application(server, password), ...commands);
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
}

export interface Writers {
  /** Every way of writing, tried now: what each client saw. */
  write(): Promise<Readonly<Record<string, Seen>>>;
  /** Reads of an open connection. */
  read(): Promise<Seen>;
  /** Whether anything arrived that was blocked before. */
  readonly popped: Seen | null;
}

const SCRIPT = ['EVAL', "return redis.call('SET', 'from:script', '1')", '0'];

/** Opens the connections that will write once the fence stands; `scripts`: the version has them. */
export async function writersAt(
  server: RunningServer,
  password: string | null,
  scripts: boolean,
): Promise<Writers> {
  const open = () => application(server, password);
  const clients = await Promise.all([open(), open(), open(), open(), open(), open(), open()]);
  const [plain, queued, blocked, pushing, subscriber, monitor, scripted] = clients;
  await say(plain, ['SET', 'from:before', '1']);
  await say(queued, ['MULTI'], ['SET', 'from:queued', '1']);
  await say(subscriber, ['SUBSCRIBE', 'news']);
  await say(monitor, ['MONITOR']);
  let popped: Seen | null = null;
  void say(blocked, ['BLPOP', 'from:queue', '0']).then((seen) => {
    popped = seen;
  });
  await until(async () => /blocked_clients:1\b/.test(await say(plain, ['INFO'])), { what: 'a pop waits' });

  return {
    async write() {
      return {
        plain: await say(plain, ['SET', 'from:plain', '1']),
        queued: await say(queued, ['EXEC']),
        push: await say(pushing, ['RPUSH', 'from:queue', '1']),
        ...(scripts ? { script: await say(scripted, SCRIPT) } : {}),
        subscriber: await say(subscriber, ['UNSUBSCRIBE', 'news'], ['SET', 'from:subscriber', '1']),
        monitor: await say(monitor, ['SET', 'from:monitor', '1']),
        anew: await sayAnew(server, password, ['SET', 'from:anew', '1']),
        stranger: await sayAnew(server, null, ['SET', 'from:stranger', '1']),
      };
    },
    read: () => say(plain, ['GET', 'from:before']),
    get popped() {
      return popped;
    },
  };
}
