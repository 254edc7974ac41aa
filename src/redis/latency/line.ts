// One raw connection of the probe: logs in, sends PINGs, and tells when a line came back, whatever it says: a refusal
// is an answer, too. It never reconnects, and keeps nothing of what it reads but the first word.

import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { formatAddress } from '../../migration/instance.ts';
import { serverError } from '../server-error.ts';
import { type Command, encodeCommands } from '../wire/command.ts';
import { monotonicMs, type ProbeOrder } from './thread-messages.ts';

const PING = encodeCommands([['PING']]);
const CONNECT_TIMEOUT_MS = 3_000;
const PLUS = 0x2b;
const MINUS = 0x2d;
/** No answer to a PING or a login is longer. */
const MAX_LINE_BYTES = 4_096;
const NOT_REDIS = 'what it sent is not the Redis protocol';

/**
 * served: the server does its work (also where it refuses Ferry)
 * loading: it lives, and serves nobody yet
 * busy: it lives, and serves nobody while a script runs (-BUSY)
 * refused: it wants another login
 */
export type Answer = 'served' | 'loading' | 'busy' | 'refused';

export interface LineListener {
  /** Connected; the login was sent. */
  connected(line: Line): void;
  /** The server answered the login, with whatever. From now on it can be pinged. */
  ready(line: Line, atMs: number): void;
  answered(line: Line, answer: Answer, atMs: number): void;
  /** It is of no use any more. `why` is a sentence for people. */
  lost(line: Line, why: string): void;
}

export class Line {
  readonly #order: ProbeOrder;
  readonly #listener: LineListener;
  readonly #socket: Socket;
  /** Replies to the login that have not come yet; 0: it is over. */
  #loginReplies = 0;
  #rest = '';
  #over = false;
  /** Why the server hung up, if it said so. */
  #lastWord = '';
  /** This end, `host:port`; empty before it is connected. */
  localEnd = '';

  constructor(order: ProbeOrder, name: string, listener: LineListener) {
    this.#order = order;
    this.#listener = listener;
    this.#socket = open(order);
    const socket = this.#socket;
    socket.setNoDelay(true);
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => this.#fail(new Error('connect ETIMEDOUT')));
    socket.once(order.tls === null ? 'connect' : 'secureConnect', () => this.#enter(name));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error(this.#lastWord || 'the connection was closed')));
  }

  /** Gives when it was sent: nothing comes between the clock and the socket. */
  ping(): number {
    const sentMs = monotonicMs();
    this.#socket.write(PING);
    return sentMs;
  }

  /** Logs in once more, because the server wants it. The reply comes as an answer. */
  logInAgain(): void {
    if (this.#order.password !== null) this.#socket.write(encodeCommands([this.#auth(true)]));
    else this.ping();
  }

  /** Ends it; nothing is told of it any more. */
  close(): void {
    this.#over = true;
    this.#socket.destroy();
  }

  #enter(name: string): void {
    if (this.#over) return;
    const { localAddress = '', localPort = 0 } = this.#socket;
    this.localEnd = formatAddress({ host: localAddress, port: localPort });
    this.#socket.setTimeout(0);
    // A name is a courtesy to whoever reads CLIENT LIST; versions before 2.6.9 have none and say so.
    const commands: Command[] = [['CLIENT', 'SETNAME', name]];
    if (this.#order.password !== null) commands.unshift(this.#auth(true));
    this.#loginReplies = commands.length;
    this.#listener.connected(this);
    this.#socket.write(encodeCommands(commands));
  }

  #auth(withUser: boolean): Command {
    const { username, password } = this.#order;
    return ['AUTH', ...(withUser && username !== null ? [username] : []), password ?? ''];
  }

  #read(chunk: Buffer): void {
    const atMs = monotonicMs();
    const lines = (this.#rest + chunk.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MAX_LINE_BYTES) this.#fail(new Error(NOT_REDIS));
    for (const line of lines) if (!this.#over) this.#line(line, atMs);
  }

  #line(text: string, atMs: number): void {
    const kind = text.charCodeAt(0);
    if (kind !== PLUS && kind !== MINUS) {
      this.#fail(new Error(NOT_REDIS));
      return;
    }
    if (this.#isLastWord(text)) return;
    if (this.#loginReplies === 0) {
      this.#listener.answered(this, answerOf(text), atMs);
      return;
    }
    this.#loginReplies -= 1;
    if (/wrong number of arguments for 'auth'/i.test(text)) {
      // Before 6.0 there is one password and no user.
      this.#loginReplies += 1;
      this.#socket.write(encodeCommands([this.#auth(false)]));
    }
    if (this.#loginReplies === 0) this.#listener.ready(this, atMs);
  }

  /** A server that takes nobody says why, and hangs up. */
  #isLastWord(text: string): boolean {
    if (!/^-(DENIED\b|ERR max number of clients)/.test(text)) return false;
    this.#lastWord = text.slice(1).trim();
    return true;
  }

  #fail(error: Error): void {
    if (this.#over) return;
    this.close();
    this.#listener.lost(this, serverError(this.#order.who, 'the login', error).message);
  }
}

function answerOf(text: string): Answer {
  if (text.charCodeAt(0) === PLUS) return 'served';
  if (text.startsWith('-LOADING')) return 'loading';
  if (text.startsWith('-BUSY')) return 'busy';
  return /^-(NOAUTH\b|ERR operation not permitted)/.test(text) ? 'refused' : 'served';
}

function open({ address: { host, port }, tls }: ProbeOrder): Socket {
  if (tls === null) return connectTcp({ host, port });
  const ca = tls.ca === null ? {} : { ca: tls.ca };
  return connectTls({
    host,
    port,
    ...ca,
    ...(tls.servername === null ? {} : { servername: tls.servername }),
  });
}
