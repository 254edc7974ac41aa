// The HTTP side: routes requests to the Web API, to response_urls and to uploads. Listens on loopback alone.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type JsonObject, textOf } from './json.ts';
import type { Parts } from './parts.ts';
import type { ResponseUrls } from './response-urls.ts';
import type { SocketMode } from './socket-mode.ts';
import { readArguments, type WebApi } from './web-api.ts';

const API = '/api/';
const UPLOAD = '/upload/v1/';
const RESPONSES = '/responses/';

export class SlackServer {
  readonly #parts: Parts;
  readonly #api: WebApi;
  readonly #responses: ResponseUrls;
  readonly #sockets: SocketMode | undefined;
  readonly #server: Server;
  readonly #held = new Set<Duplex>();

  constructor(parts: Parts, api: WebApi, responses: ResponseUrls, sockets: SocketMode | undefined) {
    this.#parts = parts;
    this.#api = api;
    this.#responses = responses;
    this.#sockets = sockets;
    // Idle connections stay: one that is closed under a request would look like a fault that nobody asked for.
    this.#server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        sendJson(response, 500, { ok: false, error: 'fake_slack_broke', detail: String(error) });
      });
    });
    this.#server.on('upgrade', (request, stream, head) => this.#upgrade(request, stream, head));
  }

  /** Resolves with the base URL. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the fake Slack has no port');
    return `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    await this.#sockets?.close();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  /** Slack goes: every connection that is open now is cut. */
  cutAll(): void {
    this.#sockets?.cut();
    this.#server.closeAllConnections();
  }

  /** Slack is back: requests that were left hanging are cut, so that their senders try again. */
  releaseHeld(): void {
    for (const stream of this.#held) stream.destroy();
    this.#held.clear();
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    if (this.#isAway(stream)) return;
    if (this.#sockets) this.#sockets.accept(request, stream, head);
    else stream.end('HTTP/1.1 404 Not Found\r\n\r\n');
  }

  #isAway(stream: Duplex): boolean {
    const { away } = this.#parts.faults;
    if (away === 'refusing') stream.destroy();
    if (away === 'hanging') this.#held.add(stream);
    return away !== 'no';
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#isAway(request.socket)) return;
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const body = await bodyOf(request);
    if (pathname.startsWith(API)) await this.#callApi(pathname.slice(API.length), request, body, response);
    else if (pathname.startsWith(RESPONSES)) {
      const { status, body: text } = this.#responses.answer(pathname, body.toString('utf8'));
      response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
    } else if (pathname.startsWith(UPLOAD)) {
      await this.#upload(pathname.slice(UPLOAD.length), request, body, response);
    } else sendJson(response, 404, { ok: false, error: 'not_found' });
  }

  async #callApi(
    method: string,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> {
    const args = readArguments(body.toString('utf8'), request.headers['content-type'] ?? '');
    if (!args) {
      sendJson(response, 200, { ok: false, error: 'invalid_json' });
      return;
    }
    const bearer = request.headers.authorization?.replace(/^Bearer /, '');
    const reply = await this.#api.call(method, args, bearer);
    if (reply === 'reset') {
      request.socket.destroy();
      return;
    }
    response.setHeader('x-oauth-scopes', [...this.#parts.scopes].join(','));
    if (reply.retryAfterSeconds !== undefined) response.setHeader('retry-after', reply.retryAfterSeconds);
    sendJson(response, reply.status, reply.body);
  }

  async #upload(id: string, request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const file = this.#parts.workspace.files.get(id);
    if (!file) {
      response.writeHead(404).end('no such upload');
      return;
    }
    const type = request.headers['content-type'] ?? '';
    file.content = type.startsWith('multipart/form-data') ? await firstPart(body, type) : body;
    response.writeHead(200, { 'content-type': 'text/plain' }).end(`OK - ${file.content.length}`);
  }
}

async function firstPart(body: Buffer, contentType: string): Promise<Buffer> {
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': contentType },
  }).formData();
  const [first] = [...form.values()];
  return first instanceof Blob ? Buffer.from(await first.arrayBuffer()) : Buffer.from(textOf(first) ?? '');
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function sendJson(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
