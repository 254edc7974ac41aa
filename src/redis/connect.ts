// One connection to one server of the inventory, for one purpose, used once: it never reconnects and never
// sends a command twice, because the library would run it twice when the reply is lost (I8).
// Works on every version from 2.4 on: nothing is sent that Ferry did not choose.

import type { Socket } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import type { FerryError } from '../migration/errors.ts';
import { formatAddress, type Instance } from '../migration/instance.ts';
import type { Ownership, Secrets } from '../workflow/ports.ts';
import { logIn } from './login.ts';
import { serverError, timeoutError } from './server-error.ts';

export type Command = readonly [name: string, ...args: readonly (string | number)[]];

/** A reply as RESP2 has it: text, number, null or a list. A FerryError is the server's refusal of that command. */
export type Reply = string | number | null | FerryError | readonly Reply[];

export interface ServerConnection {
  /** The server in sentences: `carts-old (10.0.0.5:6379)`. */
  readonly who: string;
  readonly open: boolean;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  /** It got in with Ferry's own password: a hold stands on the server, and nobody else is let in. */
  readonly heldLogin: boolean;
  /** A password let it in; false: the server asked for none. */
  readonly authenticated: boolean;
  /** `host:port` of this end as Ferry's machine sees it. */
  readonly localAddress: string;
  /**
   * Sends the commands in one write and gives their replies in order, error replies as values.
   * Rejects (`unreachable`, `timeout`, `tls`) when the connection fails: what was sent may have run.
   * A connection that failed once is closed for good.
   */
  pipeline(commands: readonly Command[], timeoutMs?: number): Promise<readonly Reply[]>;
  /** One command; rejects also when the server refuses it. */
  ask(command: Command, timeoutMs?: number): Promise<Exclude<Reply, FerryError>>;
  close(): void;
}

export interface ConnectOptions {
  /** For connecting as a whole, TLS and login included, and for each command that gives no time of its own. */
  readonly timeoutMs?: number;
  /** Seen in CLIENT LIST. Names beginning with `ferry` are left out when clients are listed or ended. */
  readonly name?: string;
}

export const CONNECT_TIMEOUT_MS = 3_000;

/** This process's ends of open connections: how Ferry knows itself on a server without names for connections. */
const ownEnds = new Set<string>();

export function isOwnEnd(address: string): boolean {
  return ownEnds.has(address);
}

/** An open connection of this process that was not made here: the probe's, whose thread has no part in `ownEnds`. */
export function enrolEnd(address: string): void {
  ownEnds.add(address);
}

export function forgetEnd(address: string): void {
  ownEnds.delete(address);
}

/** The name of an owner's connections, so that an operator sees whose they are. */
export function connectionName(owner: Ownership | null): string {
  return owner === null ? 'ferry' : `ferry:${owner.uid}:${owner.epoch}`;
}

export function describeInstance(instance: Instance): string {
  return `${instance.name} (${formatAddress(instance.address)})`;
}

/** Connects and logs in. Rejects with a FerryError; a `ServerErrorCode` or what `secrets` rejects with. */
export async function connectTo(
  instance: Instance,
  secrets: Secrets,
  options: ConnectOptions = {},
): Promise<ServerConnection> {
  const who = describeInstance(instance);
  const timeoutMs = options.timeoutMs ?? CONNECT_TIMEOUT_MS;
  const client = new Redis({
    ...(await accessOptions(instance, secrets)),
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    disableClientInfo: true,
    // 3 would begin with HELLO.
    protocol: 2,
    connectTimeout: timeoutMs,
  });
  const deadline = performance.now() + timeoutMs;
  await connectWithin(client, who, timeoutMs);
  const { localAddress, closed } = enrol(client);
  try {
    const late = (): FerryError => timeoutError(who, 'the login', timeoutMs);
    const login = logIn(client, instance, secrets, options.name ?? connectionName(null));
    const entered = await within(login, deadline - performance.now(), late);
    return wrap(client, { who, localAddress, closed, ...entered }, timeoutMs);
  } catch (error) {
    client.disconnect();
    throw serverError(who, 'the login', error);
  }
}

/** Address and TLS as ioredis wants them. Holds secrets: hand it on, keep it nowhere. */
async function accessOptions(
  { address, tls }: Instance,
  secrets: Secrets,
): Promise<Pick<RedisOptions, 'host' | 'port' | 'tls'>> {
  const { host, port } = address;
  if (tls === null) return { host, port };
  const ca = tls.caRef ? await secrets.resolve(tls.caRef) : null;
  return {
    host,
    port,
    tls: {
      ...(ca === null ? {} : { ca }),
      ...(tls.servername === null ? {} : { servername: tls.servername }),
    },
  };
}

/** Remembers this end of the connection while it is open, and gives it. */
function enrol(client: Redis): Pick<ServerConnection, 'localAddress' | 'closed'> {
  const socket: Pick<Socket, 'localAddress' | 'localPort' | 'once'> = client.stream;
  const end = formatAddress({ host: socket.localAddress ?? '', port: socket.localPort ?? 0 });
  ownEnds.add(end);
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      ownEnds.delete(end);
      resolve();
    });
  });
  return { localAddress: end, closed };
}

async function connectWithin(client: Redis, who: string, timeoutMs: number): Promise<void> {
  // connect() rejects with "Connection is closed."; why it was closed comes as an event.
  let reason: unknown = null;
  client.on('error', (error) => {
    reason ??= error;
  });
  try {
    await within(client.connect(), timeoutMs, () => timeoutError(who, 'the connection attempt', timeoutMs));
  } catch (error) {
    client.disconnect();
    throw serverError(who, 'the login', reason ?? error);
  }
}

type Known = Pick<ServerConnection, 'who' | 'localAddress' | 'closed' | 'heldLogin' | 'authenticated'>;

function wrap(client: Redis, known: Known, defaultTimeoutMs: number): ServerConnection {
  const { who } = known;
  // A server that hangs keeps the socket half open for a while; the client calls that ready.
  let failed = false;
  const pipeline: ServerConnection['pipeline'] = async (commands, timeoutMs = defaultTimeoutMs) => {
    const deed = commands.map(nameOf).join(', ');
    const batch = client.pipeline();
    for (const [name, ...args] of commands) batch.call(name, ...args);
    try {
      const late = (): FerryError => timeoutError(who, deed, timeoutMs);
      const results = (await within(batch.exec(), timeoutMs, late)) ?? [];
      return commands.map((command, i) => {
        const [error, value] = results[i] ?? [new Error('no reply')];
        if (error === null) return toReply(who, nameOf(command), value);
        // Only a server's own refusal belongs to one command; a lost connection belongs to all.
        if (!isErrorReply(error)) throw error;
        return serverError(who, nameOf(command), error);
      });
    } catch (error) {
      failed = true;
      client.disconnect();
      throw serverError(who, deed, error);
    }
  };
  return {
    ...known,
    get open() {
      return !failed && client.status === 'ready';
    },
    pipeline,
    async ask(command, timeoutMs) {
      const [reply = null] = await pipeline([command], timeoutMs);
      if (reply instanceof Error) throw reply;
      return reply;
    },
    close: () => client.disconnect(),
  };
}

/** `CLIENT KILL`, `GET`: what a sentence may say of a command. Never its arguments (I9). */
function nameOf([name, first]: Command): string {
  const group = /^(ACL|CLIENT|CONFIG|MEMORY|OBJECT|SCRIPT|COMMAND|MODULE|FUNCTION|CLUSTER)$/i.test(name);
  return group && first !== undefined ? `${name} ${first}` : name;
}

function isErrorReply(error: Error): boolean {
  return error.name === 'ReplyError';
}

function toReply(who: string, deed: string, value: unknown): Reply {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (Array.isArray(value)) return value.map((each) => toReply(who, deed, each));
  // Inside EXEC a refused command is an error among the values.
  if (value instanceof Error) return serverError(who, deed, value);
  return String(value);
}

/** Rejects with `late()` when the promise does not settle in time; it settles unheard then. */
async function within<T>(promise: Promise<T>, timeoutMs: number, late: () => FerryError): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), Math.max(0, timeoutMs));
  });
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
