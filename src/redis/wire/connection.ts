// One raw connection to one server: commands go out in one write, replies are handed over one by one as they
// arrive, so that a pipeline never has more than one reply in memory; or as raw bytes, for comparing them.
// It never reconnects, never sends twice.

import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { FerryError } from '../../migration/errors.ts';
import type { Address } from '../../migration/instance.ts';
import { serverError, timeoutError } from '../server-error.ts';
import { type Command, encodeCommands, nameOf } from './command.ts';
import { ReplyParser } from './parser.ts';
import { RawReplies } from './raw-replies.ts';
import { ErrorReply, type Reply } from './reply.ts';

export interface WireOptions {
  /** The server in sentences: `carts-old (10.0.0.5:6379)`. */
  readonly who: string;
  readonly address: Address;
  readonly tls: { readonly ca: string | null; readonly servername: string | null } | null;
  readonly username: string | null;
  readonly password: string | null;
  /** Seen in CLIENT LIST. */
  readonly name: string;
  /** For connecting as a whole, TLS and login included. */
  readonly connectTimeoutMs: number;
  /** The longest silence while a reply is due. */
  readonly silenceTimeoutMs: number;
  /** A larger reply becomes an ErrorReply with `oversize`. */
  readonly maxReplyBytes: number;
}

export interface WireConnection {
  readonly who: string;
  /**
   * Resolves when every reply has come, error replies included. Rejects with a FerryError (`unreachable`,
   * `timeout`, `tls`, `protocol`, or what `close` gave) when the connection fails, and with what `onReply`
   * throws; it is closed for good then.
   */
  send(commands: readonly Command[], onReply: (reply: Reply, index: number) => void): Promise<void>;
  /** One command; rejects also when the server refuses it. */
  ask(command: Command): Promise<Exclude<Reply, ErrorReply>>;
  /**
   * Sends a prepared request and gives its replies' bytes as they came, error replies included; null: they were
   * larger than a reply may be. `deed` names it in sentences. Rejects as `send` does.
   */
  exchange(deed: string, request: Buffer, replies: number): Promise<Buffer | null>;
  /** Ends it at once; what is under way rejects with `reason`. */
  close(reason?: FerryError): void;
}

interface CommandBatch {
  readonly commands: readonly Command[];
  readonly onReply: (reply: Reply, index: number) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  answered: number;
}

interface RawBatch {
  readonly deed: string;
  readonly raw: RawReplies;
  readonly resolve: (replies: Buffer | null) => void;
  readonly reject: (error: unknown) => void;
}

type Batch = CommandBatch | RawBatch;

/** Connects and logs in. */
export async function openWire(options: WireOptions): Promise<WireConnection> {
  const connection = new SocketConnection(options, openSocket(options));
  const { who, connectTimeoutMs } = options;
  const late = setTimeout(
    () => connection.close(timeoutError(who, 'the connection attempt', connectTimeoutMs)),
    connectTimeoutMs,
  );
  try {
    await logIn(connection, options);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

function openSocket({ address: { host, port }, tls }: WireOptions): Socket {
  if (tls === null) return connectTcp({ host, port });
  return connectTls({
    host,
    port,
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.servername === null ? {} : { servername: tls.servername }),
  });
}

async function logIn(
  connection: WireConnection,
  { who, username, password, name }: WireOptions,
): Promise<void> {
  // A name is a courtesy to whoever reads CLIENT LIST; a user who may not set one can still read.
  const commands: Command[] = [['CLIENT', 'SETNAME', name], ['PING']];
  if (password !== null) commands.unshift(['AUTH', ...(username === null ? [] : [username]), password]);
  await connection.send(commands, (reply, index) => {
    if (!(reply instanceof ErrorReply)) return;
    const needless = /without any password|no password is set/i.test(reply.text);
    const mayFail = commands[index]?.[0] === 'CLIENT' || needless;
    if (!mayFail) throw serverError(who, 'the login', new Error(reply.text));
  });
}

class SocketConnection implements WireConnection {
  readonly who: string;
  readonly #socket: Socket;
  readonly #parser: ReplyParser;
  readonly #maxReplyBytes: number;
  readonly #batches: Batch[] = [];
  #failure: unknown = null;

  constructor(options: WireOptions, socket: Socket) {
    this.who = options.who;
    this.#socket = socket;
    this.#maxReplyBytes = options.maxReplyBytes;
    this.#parser = new ReplyParser(options.maxReplyBytes, (reply) => this.#answer(reply));
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(serverError(this.who, 'connecting', error)));
    socket.on('close', () => this.#fail(this.#hungUp()));
    socket.setTimeout(options.silenceTimeoutMs, () => {
      const batch = this.#batches[0];
      if (batch === undefined) return;
      this.#fail(timeoutError(this.who, deedOf(batch), options.silenceTimeoutMs));
    });
  }

  send(commands: readonly Command[], onReply: (reply: Reply, index: number) => void): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (commands.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#batches.push({ commands, onReply, resolve, reject, answered: 0 });
      this.#socket.write(encodeCommands(commands));
    });
  }

  exchange(deed: string, request: Buffer, replies: number): Promise<Buffer | null> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const raw = new RawReplies(replies, this.#maxReplyBytes);
      this.#batches.push({ deed, raw, resolve, reject });
      this.#socket.write(request);
    });
  }

  async ask(command: Command): Promise<Exclude<Reply, ErrorReply>> {
    let answer: Reply = null;
    await this.send([command], (reply) => {
      answer = reply;
    });
    return accepted(this.who, command, answer);
  }

  close(reason: FerryError = this.#hungUp()): void {
    this.#fail(reason);
  }

  #receive(chunk: Buffer): void {
    try {
      for (let data = chunk; data.length > 0 && this.#failure === null; ) {
        const batch = this.#batches[0];
        data = batch !== undefined && 'raw' in batch ? this.#gather(batch, data) : this.#parser.feed(data);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #gather(batch: RawBatch, data: Buffer): Buffer {
    const rest = batch.raw.feed(data);
    if (batch.raw.complete) {
      this.#batches.shift();
      batch.resolve(batch.raw.take());
    }
    return rest;
  }

  /** Says whether the next reply is to be parsed, too. */
  #answer(reply: Reply): boolean {
    const batch = this.#batches[0];
    // After a failure in the middle of a chunk, the rest of the chunk is nobody's.
    if (batch === undefined || 'raw' in batch) return true;
    const index = batch.answered;
    batch.answered += 1;
    batch.onReply(reply, index);
    if (batch.answered < batch.commands.length) return true;
    this.#batches.shift();
    batch.resolve();
    const [next] = this.#batches;
    return next === undefined || !('raw' in next);
  }

  #fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#socket.destroy();
    for (const batch of this.#batches.splice(0)) batch.reject(error);
  }

  #hungUp(): FerryError {
    return serverError(this.who, 'reading', new Error('the connection was closed'));
  }
}

function accepted(who: string, command: Command, reply: Reply): Exclude<Reply, ErrorReply> {
  if (reply instanceof ErrorReply) throw serverError(who, nameOf(command), new Error(reply.text));
  return reply;
}

function deedOf(batch: Batch): string {
  if ('raw' in batch) return batch.deed;
  const command = batch.commands[batch.answered];
  return command === undefined ? 'a command' : nameOf(command);
}
