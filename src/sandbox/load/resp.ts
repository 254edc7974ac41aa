// A tiny RESP client of the load's own: pipelines, and says exactly which replies never came.
// It never reconnects and never repeats: whoever writes must know what happened to each write.

import { connect, type Socket } from 'node:net';

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly password?: string;
}

export type Reply = string | number | null | Buffer | ReplyError | readonly Reply[];

/** An error as an answer: the server refused, and nothing was done. */
export interface ReplyError {
  readonly error: string;
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (reason: Error) => void;
}

/** The server let this client in, but not to its data: a password that it does not have. */
export class LoginRefused extends Error {}

/** The connection ended before the reply came: what was asked for may have happened or not. */
export class ReplyLost extends Error {}

export class RespClient {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  #received: Buffer = Buffer.alloc(0);
  #ended: Error | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      try {
        this.#read(chunk);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('the connection was closed')));
  }

  /** Connects, gives the password and a name that CLIENT LIST shows. */
  static async open(address: Address, name: string, withinMs = 1_000): Promise<RespClient> {
    const socket = connect({ host: address.host, port: address.port, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => socket.destroy(new Error('no connection in time')), withinMs);
      socket.once('connect', () => {
        clearTimeout(late);
        resolve();
      });
      socket.once('error', (error) => {
        clearTimeout(late);
        reject(error);
      });
    });
    const client = new RespClient(socket);
    const login = address.password === undefined ? [] : [['AUTH', address.password]];
    const replies = await Promise.all(client.pipeline([...login, ['CLIENT', 'SETNAME', name]]));
    // Before 2.6.9 connections have no names, which keeps nobody out.
    const refused = replies.find((reply) => isError(reply) && !/syntax error/i.test(reply.error));
    if (refused === undefined || !isError(refused)) return client;
    client.close();
    throw new LoginRefused(refused.error);
  }

  get isOpen(): boolean {
    return this.#ended === null;
  }

  /** One promise a command, in order. Each rejects with ReplyLost when its reply can no longer come. */
  pipeline(commands: readonly (readonly string[])[]): Promise<Reply>[] {
    const lost = this.#ended;
    if (lost !== null) return commands.map(() => Promise.reject(new ReplyLost(lost.message)));
    const replies = commands.map(
      () => new Promise<Reply>((resolve, reject) => this.#waiting.push({ resolve, reject })),
    );
    this.#socket.write(commands.map(encode).join(''));
    return replies;
  }

  async send(...command: string[]): Promise<Reply> {
    const [reply = null] = await Promise.all(this.pipeline([command]));
    return reply;
  }

  close(): void {
    this.#socket.destroy();
    this.#end(new Error('closed by this client'));
  }

  #read(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    let at = 0;
    for (;;) {
      const parsed = parse(this.#received, at);
      if (parsed === null) break;
      at = parsed.end;
      this.#waiting.shift()?.resolve(parsed.reply);
    }
    this.#received = this.#received.subarray(at);
  }

  #end(reason: Error): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(new ReplyLost(reason.message));
  }
}

export function isError(reply: Reply): reply is ReplyError {
  return typeof reply === 'object' && reply !== null && 'error' in reply;
}

/** What the page's own connections are called: Ferry does not take them for clients that stayed behind. */
export const SANDBOX_CLIENT = 'ferry:sandbox';

/** A few commands on a connection of their own; throws what the server refuses, or when it is silent for long. */
export async function ask(
  address: Address,
  commands: readonly (readonly string[])[],
  { withinMs = 5_000, name = 'ferry-sandbox' }: { withinMs?: number; name?: string } = {},
): Promise<Reply[]> {
  const client = await RespClient.open(address, name);
  const late = setTimeout(() => client.close(), withinMs);
  try {
    const replies = await Promise.all(client.pipeline(commands));
    const refused = replies.find(isError);
    if (refused !== undefined) throw new Error(refused.error);
    return replies;
  } finally {
    clearTimeout(late);
    client.close();
  }
}

function encode(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** The reply that begins at `at`, or null while it is not complete. */
function parse(data: Buffer, at: number): { reply: Reply; end: number } | null {
  const lineEnd = data.indexOf('\r\n', at);
  if (lineEnd < 0) return null;
  const line = data.toString('utf8', at + 1, lineEnd);
  const next = lineEnd + 2;
  switch (data[at]) {
    case 0x2b: // +
      return { reply: line, end: next };
    case 0x2d: // -
      return { reply: { error: line }, end: next };
    case 0x3a: // :
      return { reply: Number(line), end: next };
    case 0x24: // $
      return parseBulk(data, next, Number(line));
    case 0x2a: // *
      return parseArray(data, next, Number(line));
    default:
      throw new Error(`this is not RESP: ${JSON.stringify(data.toString('latin1', at, at + 20))}`);
  }
}

function parseBulk(data: Buffer, from: number, length: number): { reply: Reply; end: number } | null {
  if (length < 0) return { reply: null, end: from };
  if (data.length < from + length + 2) return null;
  // A copy: the buffer it lies in is about to be cut.
  return { reply: Buffer.from(data.subarray(from, from + length)), end: from + length + 2 };
}

function parseArray(data: Buffer, from: number, length: number): { reply: Reply; end: number } | null {
  if (length < 0) return { reply: null, end: from };
  const replies: Reply[] = [];
  let at = from;
  for (let i = 0; i < length; i += 1) {
    const parsed = parse(data, at);
    if (parsed === null) return null;
    replies.push(parsed.reply);
    at = parsed.end;
  }
  return { reply: replies, end: at };
}
