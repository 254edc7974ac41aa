// The sandbox's web page on loopback: static files, one event stream, and what people do.
// Only answers requests that were meant for it: another site in the same browser gets nothing.

import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { FerryError } from '../../migration/errors.ts';
import type { Play } from '../play/play.ts';
import { openTroubleDesk } from '../play/trouble-desk.ts';
import type { World } from '../world.ts';
import { parseAct, perform } from './acts.ts';
import { Feed } from './feed.ts';
import { startFigures } from './figures.ts';

export interface Page {
  readonly url: string;
  close(): Promise<void>;
}

const PUBLIC = new URL('./public/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
};
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
};
const MAX_BODY_BYTES = 64 * 1024;

export async function startPage(world: World, play: Play, port: number): Promise<Page> {
  const files = new Set(readdirSync(PUBLIC));
  const feed = new Feed(world);
  const figures = startFigures(world, play, feed);
  const showTroubles = (): void => feed.show('troubles', desk.shown());
  const desk = openTroubleDesk(world, play, showTroubles);
  showTroubles();
  let origin = '';
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (`http://${request.headers.host}` !== origin)
      return send(response, 421, 'This page has another address.');
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (request.method === 'GET' && path === '/events') return feed.connect(response);
    if (request.method === 'GET' && path.startsWith('/files/')) {
      const file = world.slack.workspace.files.get(path.slice('/files/'.length));
      const content = file?.content?.toString('utf8');
      return content === undefined
        ? send(response, 404, 'There is no such file.')
        : send(response, 200, content);
    }
    if (request.method === 'GET')
      return sendFile(response, path === '/' ? 'index.html' : path.slice(1), files);
    if (request.method !== 'POST' || request.headers.origin !== origin) {
      return send(response, 403, 'Only this page may act.');
    }
    if (path === '/account') {
      await figures.account();
      return send(response, 204, '');
    }
    const act = path === '/act' ? parseAct(await readJson(request)) : null;
    if (act === null) return send(response, 400, 'That is nothing one can do here.');
    const result = await perform(act, { world, play, desk });
    if (result === undefined) return send(response, 204, '');
    send(response, 200, JSON.stringify(result), 'application/json');
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      send(response, 409, error instanceof Error ? error.message : String(error));
    });
  });
  try {
    await listen(server, port);
  } catch (error) {
    figures.stop();
    feed.close();
    throw error;
  }
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`;
  return {
    url: `${origin}/`,
    async close() {
      await desk.stop();
      figures.stop();
      feed.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  } catch (cause) {
    throw new FerryError('port-taken', `The page cannot have port ${port} of this machine.`, {
      hint: 'Choose another one, such as --port 8080, or none: then a free one is taken.',
      cause,
    });
  }
}

async function sendFile(response: ServerResponse, name: string, files: ReadonlySet<string>): Promise<void> {
  const type = TYPES[extname(name)];
  if (type === undefined || !files.has(name)) return send(response, 404, 'There is no such page.');
  send(response, 200, await readFile(new URL(name, PUBLIC)), type);
}

function send(response: ServerResponse, status: number, body: string | Buffer, type = 'text/plain'): void {
  if (response.headersSent) return;
  response.writeHead(status, { ...HEADERS, 'content-type': `${type}; charset=utf-8` });
  response.end(body);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY_BYTES) throw new Error('That is too long.');
  }
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
