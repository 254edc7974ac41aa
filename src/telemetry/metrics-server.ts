// GET /metrics for Prometheus, on a port of its own: figures of migrations are for those who may see them.

import { createServer, type ServerResponse } from 'node:http';
import { type Listening, listen } from './listen.ts';
import type { CountingMeters } from './meters.ts';
import type { Metrics } from './metrics.ts';

/** What a scrape asks Ferry's own Redis. */
export interface OwnRedisFigures {
  /** Rejects when it does not answer. */
  ping(): Promise<unknown>;
  /** Messages that Slack has not seen yet. */
  waiting(): Promise<number>;
}

export interface MetricsServerOptions {
  readonly port: number;
  readonly host: string;
  readonly metrics: Metrics;
  readonly meters: Pick<CountingMeters, 'settle'>;
  readonly own: OwnRedisFigures;
}

/** A scrape does not wait longer for Ferry's own Redis. */
const ANSWER_WITHIN_MS = 1_000;

export async function startMetricsServer(options: MetricsServerOptions): Promise<Listening> {
  const { metrics, meters, own, host, port } = options;
  const { registry } = metrics;
  const text = async (): Promise<string> => {
    await meters.settle();
    await askOwnRedis(metrics, own);
    return registry.metrics();
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (path !== '/metrics' || !isRead) {
      send(response, 404, 'text/plain; charset=utf-8', 'Here is only GET /metrics.\n');
      return;
    }
    text().then(
      (body) => send(response, 200, registry.contentType, body),
      () => send(response, 500, 'text/plain; charset=utf-8', 'The metrics could not be read.\n'),
    );
  });
  return listen(
    server,
    { port, host },
    {
      code: 'metrics-port',
      message: `The metrics server cannot listen on ${host}:${port}.`,
      hint: 'Set METRICS_PORT to a free port, and METRICS_HOST to an address of this machine.',
    },
  );
}

async function askOwnRedis(
  { ownRedisUp, announcementsWaiting }: Metrics,
  own: OwnRedisFigures,
): Promise<void> {
  const [up, waiting] = await Promise.all([inTime(own.ping().then(() => 1)), inTime(own.waiting())]);
  ownRedisUp.set(up ?? 0);
  if (waiting === null) announcementsWaiting.remove();
  else announcementsWaiting.set(waiting);
}

/** null: an error, or no answer in time. */
async function inTime(answer: Promise<number>): Promise<number | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ANSWER_WITHIN_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}
