// The sandbox's web page on loopback: static files, one event stream, and what people do.
// Only answers requests that were meant for it: another site in the same browser gets nothing.

import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Load } from '../load/load.ts';
import type { World } from '../world.ts';
import { parseAct, perform } from './acts.ts';
import { Feed } from './feed.ts';
import { startFigures } from './figures.ts';

export interface Page {
  readonly url: string;
  close(): Promise<void>;
}

const PUBLIC = new URL('./public/', import.meta.url);
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html'],
  '/page.css': ['page.css', 'text/css'],
  '/page.js': ['page.js', 'text/javascript'],
  '/channel.js': ['channel.js', 'text/javascript'],
  '/blocks.js': ['blocks.js', 'text/javascript'],
  '/chart.js': ['chart.js', 'text/javascript'],
  '/text.js': ['text.js', 'text/javascript'],
  '/modal.js': ['modal.js', 'text/javascript'],
  '/figures.js': ['figures.js', 'text/javascript'],
};
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
};
const MAX_BODY_BYTES = 64 * 1024;

export async function startPage(world: World, load: Load, port: number): Promise<Page> {
  const feed = new Feed(world);
  const figures = startFigures(world, load, feed);
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
    if (request.method === 'GET') return sendFile(response, path);
    if (request.method !== 'POST' || request.headers.origin !== origin) {
      return send(response, 403, 'Only this page may act.');
    }
    if (path === '/account') {
      await figures.account();
      return send(response, 204, '');
    }
    const act = path === '/act' ? parseAct(await readJson(request)) : null;
    if (act === null) return send(response, 400, 'That is nothing one can do here.');
    await perform(act, world, load);
    send(response, 204, '');
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      send(response, 409, error instanceof Error ? error.message : String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`;
  return {
    url: `${origin}/`,
    async close() {
      figures.stop();
      feed.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function sendFile(response: ServerResponse, path: string): Promise<void> {
  const known = FILES[path];
  if (known === undefined) return send(response, 404, 'There is no such page.');
  const [file, type] = known;
  const content = await readFile(new URL(file, PUBLIC));
  response.writeHead(200, { ...HEADERS, 'content-type': `${type}; charset=utf-8` });
  response.end(content);
}

function send(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return;
  response.writeHead(status, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
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
