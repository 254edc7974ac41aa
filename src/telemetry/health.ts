// GET /healthz: this process lives. GET /readyz: it can do its work, or which part of it cannot, and why.
// Never decides anything by what it finds; whoever runs Ferry does.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { FerryError, sentence } from '../migration/errors.ts';
import { type Listening, listen } from './listen.ts';
import { redactText } from './redact.ts';

export interface ReadinessCheck {
  readonly name: string;
  /** Null when ready, else why not, as a sentence. Rejecting counts as not ready; so does taking too long. */
  readonly check: () => Promise<string | null>;
}

export type HealthHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

interface Readiness {
  readonly status: 'ready' | 'not-ready';
  readonly checks: Readonly<Record<string, { readonly ready: boolean; readonly why?: string }>>;
}

const CHECK_LIMIT_MS = 2_000;

/**
 * Answers the two paths on any HTTP server; false: the request is for somebody else and is untouched.
 * Requests that arrive while the checks run share their result.
 */
export function createHealthHandler(
  checks: readonly ReadinessCheck[],
  checkLimitMs = CHECK_LIMIT_MS,
): HealthHandler {
  let running: Promise<Readiness> | null = null;
  const readiness = (): Promise<Readiness> => {
    running ??= assess(checks, checkLimitMs).finally(() => {
      running = null;
    });
    return running;
  };
  return async (request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    if (path === '/healthz') {
      send(response, 200, { status: 'alive' });
      return true;
    }
    if (path !== '/readyz') return false;
    const result = await readiness();
    send(response, result.status === 'ready' ? 200 : 503, result);
    return true;
  };
}

/** Serves the two paths on a port of their own (0: any free one), on all addresses unless `host` says otherwise. */
export async function startHealthServer(options: {
  readonly port: number;
  readonly host?: string;
  readonly checks: readonly ReadinessCheck[];
  readonly checkLimitMs?: number;
}): Promise<Listening> {
  const handle = createHealthHandler(options.checks, options.checkLimitMs);
  const server = createServer((request, response) => {
    handle(request, response).then(
      (handled) => {
        if (!handled) send(response, 404, { status: 'not-found', paths: ['/healthz', '/readyz'] });
      },
      () => response.destroy(),
    );
  });
  return listen(
    server,
    { port: options.port, host: options.host },
    {
      code: 'health-port',
      message: `The health server cannot listen on port ${options.port}.`,
      hint: 'Set HEALTH_PORT to a free port.',
    },
  );
}

async function assess(checks: readonly ReadinessCheck[], limitMs: number): Promise<Readiness> {
  const results = await Promise.all(checks.map((check) => run(check, limitMs)));
  const named = checks.map((check, i) => {
    const why = results[i] ?? null;
    return [check.name, why === null ? { ready: true } : { ready: false, why }] as const;
  });
  const ready = results.every((why) => why === null);
  return { status: ready ? 'ready' : 'not-ready', checks: Object.fromEntries(named) };
}

async function run(check: ReadinessCheck, limitMs: number): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`No answer within ${limitMs / 1_000} s.`), limitMs);
  });
  try {
    // An async wrapper, so that a check that throws at once is not ready rather than an error of ours.
    const why = await Promise.race([(async () => check.check())(), late]);
    return why === null ? null : redactText(why);
  } catch (error) {
    if (error instanceof FerryError) return redactText(sentence(error));
    return redactText(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
