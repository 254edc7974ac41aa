// Delivery by Socket Mode: up to ten connections an app, each envelope to one of them, acknowledged by its id.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Ack, Delivery, Envelope } from './delivery.ts';
import { isObject, parseJson } from './json.ts';

const MAX_SOCKETS = 10;
/** Clients give up a connection on which they saw no ping for 30 s. */
const PING_EVERY_MS = 5000;
/** How long a connection that was told to go may still take to close itself. */
const REFRESH_GRACE_MS = 1000;
const CLOSE_GRACE_MS = 500;

interface Waiting {
  readonly socket: WebSocket;
  readonly settle: (status: Ack['status'], body: unknown) => void;
}

export class SocketMode implements Delivery {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #sockets: WebSocket[] = [];
  readonly #tickets = new Set<string>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #appId: string;
  readonly #pings: NodeJS.Timeout;
  #next = 0;

  constructor(appId: string) {
    this.#appId = appId;
    this.#pings = setInterval(() => this.#ping(), PING_EVERY_MS);
    this.#pings.unref();
  }

  /** Each address serves one connection. */
  issueUrl(baseUrl: string): string {
    const ticket = randomUUID();
    this.#tickets.add(ticket);
    return `${baseUrl.replace('http', 'ws')}/link/?ticket=${ticket}&app_id=${this.#appId}`;
  }

  get connections(): number {
    return this.#sockets.length;
  }

  accept(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const ticket = url.searchParams.get('ticket') ?? '';
    if (url.pathname !== '/link/' || !this.#tickets.delete(ticket)) {
      stream.end('HTTP/1.1 404 Not Found\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, stream, head, (socket) => this.#join(socket));
  }

  async deliver(envelope: Envelope, timeoutMs: number): Promise<Ack> {
    const startedMs = performance.now();
    const socket = this.#pick();
    if (!socket) return { status: 'failed', body: undefined, tookMs: 0 };
    const id = randomUUID();
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle('timeout', undefined), timeoutMs);
      const settle: Waiting['settle'] = (status, body) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve({ status, body, tookMs: performance.now() - startedMs });
      };
      this.#waiting.set(id, { socket, settle });
      socket.send(JSON.stringify(onWire(id, envelope)));
    });
  }

  /** Tells every connection to make way for a new one, as Slack does every few hours. */
  refresh(): void {
    for (const socket of this.#sockets) this.#dismiss(socket, 'refresh_requested');
  }

  /** Cuts every connection without a word. */
  cut(): void {
    for (const socket of [...this.#sockets]) socket.terminate();
  }

  /** Ends in good order with clients that are closing too, and cuts those that do not answer. */
  async close(): Promise<void> {
    clearInterval(this.#pings);
    const ended = this.#sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of this.#sockets) socket.close(1001);
    const timer = setTimeout(() => this.cut(), CLOSE_GRACE_MS);
    await Promise.all(ended);
    clearTimeout(timer);
    this.#server.close();
  }

  #join(socket: WebSocket): void {
    if (this.#sockets.length >= MAX_SOCKETS) {
      this.#dismiss(socket, 'too_many_websockets');
      return;
    }
    this.#sockets.push(socket);
    socket.on('message', (data) => this.#hear(data));
    socket.on('close', () => this.#leave(socket));
    // A broken connection is followed by its close.
    socket.on('error', () => {});
    const hello = {
      type: 'hello',
      num_connections: this.#sockets.length,
      debug_info: { host: 'applink-fake', build_number: 1, approximate_connection_time: 18_060 },
      connection_info: { app_id: this.#appId },
    };
    socket.send(JSON.stringify(hello));
  }

  #leave(socket: WebSocket): void {
    const at = this.#sockets.indexOf(socket);
    if (at >= 0) this.#sockets.splice(at, 1);
    for (const waiting of [...this.#waiting.values()]) {
      if (waiting.socket === socket) waiting.settle('failed', undefined);
    }
  }

  #hear(data: RawData): void {
    const message = parseJson(String(data));
    if (!isObject(message)) return;
    this.#waiting.get(String(message['envelope_id']))?.settle('acked', bodyOf(message['payload']));
  }

  #pick(): WebSocket | undefined {
    const open = this.#sockets.filter((socket) => socket.readyState === socket.OPEN);
    this.#next += 1;
    return open[this.#next % open.length];
  }

  #dismiss(socket: WebSocket, reason: string): void {
    socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-fake' } }));
    setTimeout(() => socket.close(), REFRESH_GRACE_MS).unref();
  }

  #ping(): void {
    for (const socket of this.#sockets) socket.ping();
  }
}

/** An empty payload is how clients write a bare acknowledgement. */
function bodyOf(payload: unknown): unknown {
  return isObject(payload) && Object.keys(payload).length === 0 ? undefined : (payload ?? undefined);
}

function onWire(id: string, envelope: Envelope): object {
  const retry =
    envelope.retryAttempt === undefined
      ? {}
      : { retry_attempt: envelope.retryAttempt, retry_reason: 'timeout' };
  return {
    envelope_id: id,
    type: envelope.type,
    payload: envelope.payload,
    accepts_response_payload: envelope.acceptsResponse,
    ...retry,
  };
}
