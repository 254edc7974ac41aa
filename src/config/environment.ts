// The environment variables: the only reader of process.env. Empty means unset.
// Every mistake is told at once; no value of a variable is repeated unless it cannot be a secret (I9).

import { didYouMean, type Mistake, showValue } from './mistakes.ts';
import type { Variables } from './secrets.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How Slack reaches Ferry. */
export type SlackTransport =
  | { readonly kind: 'socket'; readonly appToken: string }
  | { readonly kind: 'http'; readonly signingSecret: string; readonly port: number };

export interface SlackAccess {
  readonly botToken: string;
  readonly transport: SlackTransport;
  /** Ends with a slash; null: Slack's own. */
  readonly apiUrl: string | null;
}

export interface Environment {
  /** null: not given, and not needed by this process. */
  readonly slack: SlackAccess | null;
  /** May hold a password: never log it. */
  readonly redisUrl: string;
  readonly secret: string | null;
  readonly configFile: string;
  readonly logLevel: LogLevel;
  /** Equal to the transport's port in HTTP mode unless HEALTH_PORT says otherwise. */
  readonly healthPort: number;
  /** Where GET /metrics answers; null: nowhere. */
  readonly metrics: { readonly port: number; readonly host: string } | null;
  readonly redisBinDir: string | null;
  /** What a hook's command is given of ours: nothing that could be a secret (I9). */
  readonly forCommands: Readonly<Record<string, string>>;
  /** What was decided between settings that exclude each other; sentences. */
  readonly notices: readonly string[];
}

const EXAMPLES = {
  SLACK_BOT_TOKEN: 'SLACK_BOT_TOKEN=xoxb-… (from "OAuth & Permissions" of the Slack app)',
  SLACK_APP_TOKEN: 'SLACK_APP_TOKEN=xapp-… (from "Basic Information", scope connections:write)',
  SLACK_SIGNING_SECRET: 'SLACK_SIGNING_SECRET=8f742231… (from "Basic Information")',
  SLACK_API_URL: 'SLACK_API_URL=https://slack.com/api/',
  FERRY_REDIS_URL: 'FERRY_REDIS_URL=redis://127.0.0.1:6379',
  LOG_LEVEL: 'LOG_LEVEL=info',
  PORT: 'PORT=3000',
  HEALTH_PORT: 'HEALTH_PORT=3001',
  METRICS_PORT: 'METRICS_PORT=9464',
} as const;

type Named = keyof typeof EXAMPLES;

/** The variables of this process. */
export function processVariables(): Variables {
  return process.env;
}

/** Which file holds the inventory; known also when other variables are wrong. */
export function configFileOf(variables: Variables): string {
  return variables['FERRY_CONFIG']?.trim() || 'ferry.yaml';
}

/** Reads the variables; `needsSlack`: a process that speaks to Slack must be told how. */
export function parseEnvironment(
  variables: Variables,
  { needsSlack }: { readonly needsSlack: boolean },
): { environment: Environment | null; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [];
  const wrong = (name: Named, problem: string): null => {
    mistakes.push({ where: 'environment', name, problem, example: EXAMPLES[name] });
    return null;
  };
  const notices: string[] = [];
  const get = (name: string): string | null => variables[name]?.trim() || null;
  const port = (name: Named, fallback: number): number => parsePort(get(name), name, wrong) ?? fallback;

  const httpPort = port('PORT', 3000);
  const transport = readTransport(get, httpPort, notices, wrong);
  const slack = readSlack(get, transport, needsSlack, wrong);
  const redisUrl = readRedisUrl(get('FERRY_REDIS_URL'), wrong);
  const logLevel = readLogLevel(get('LOG_LEVEL'), wrong);
  const healthPort = port('HEALTH_PORT', transport?.kind === 'http' ? httpPort : 3001);
  const metricsPort = parsePort(get('METRICS_PORT'), 'METRICS_PORT', wrong);
  const takenPorts = transport?.kind === 'http' ? [healthPort, httpPort] : [healthPort];
  if (metricsPort !== null && metricsPort !== 0 && takenPorts.includes(metricsPort)) {
    wrong('METRICS_PORT', 'This port is taken by PORT or HEALTH_PORT.');
  }
  if (metricsPort === null && get('METRICS_HOST') !== null) {
    notices.push('METRICS_HOST is set and METRICS_PORT is not: there is no GET /metrics.');
  }
  const secret = get('FERRY_SECRET');
  if (mistakes.length > 0) return { environment: null, mistakes };
  return {
    environment: {
      slack,
      redisUrl,
      secret,
      configFile: configFileOf(variables),
      logLevel,
      healthPort,
      metrics: metricsPort === null ? null : { port: metricsPort, host: get('METRICS_HOST') ?? '127.0.0.1' },
      redisBinDir: get('REDIS_BIN_DIR'),
      forCommands: harmless(variables),
      notices,
    },
    mistakes,
  };
}

const FOR_COMMANDS = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

function harmless(variables: Variables): Record<string, string> {
  const given: Record<string, string> = {};
  for (const name of FOR_COMMANDS) {
    const value = variables[name];
    if (value !== undefined) given[name] = value;
  }
  return given;
}

type Get = (name: string) => string | null;
type Wrong = (name: Named, problem: string) => null;

function readTransport(get: Get, httpPort: number, notices: string[], wrong: Wrong): SlackTransport | null {
  const appToken = get('SLACK_APP_TOKEN');
  const signingSecret = get('SLACK_SIGNING_SECRET');
  if (appToken !== null) {
    if (!appToken.startsWith('xapp-')) {
      return wrong('SLACK_APP_TOKEN', `This is not an app token: those begin with xapp-.${kindOf(appToken)}`);
    }
    if (signingSecret !== null) {
      notices.push(
        'SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both set: Socket Mode is used, the secret is not.',
      );
    }
    return { kind: 'socket', appToken };
  }
  if (signingSecret === null) return null;
  if (/^x(ox|app)/.test(signingSecret)) {
    return wrong('SLACK_SIGNING_SECRET', `This is not a signing secret.${kindOf(signingSecret)}`);
  }
  return { kind: 'http', signingSecret, port: httpPort };
}

function readSlack(
  get: Get,
  transport: SlackTransport | null,
  needed: boolean,
  wrong: Wrong,
): SlackAccess | null {
  const botToken = get('SLACK_BOT_TOKEN');
  const apiUrl = get('SLACK_API_URL');
  if (apiUrl !== null && !/^https?:$/.test(protocolOf(apiUrl))) {
    wrong('SLACK_API_URL', 'This is not a complete address of the form https://host/api/.');
  }
  if (botToken !== null && !/^xox(b|e\.xoxb)-/.test(botToken)) {
    wrong('SLACK_BOT_TOKEN', `This is not a bot token: those begin with xoxb-.${kindOf(botToken)}`);
  }
  const hasWay = get('SLACK_APP_TOKEN') !== null || get('SLACK_SIGNING_SECRET') !== null;
  if (needed && botToken === null)
    wrong('SLACK_BOT_TOKEN', 'This variable is not set; without it Ferry cannot post.');
  if (needed && !hasWay) {
    wrong('SLACK_APP_TOKEN', 'Neither this variable (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set.');
  }
  if (botToken === null || transport === null) return null;
  return { botToken, transport, apiUrl: apiUrl === null || apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/` };
}

function readRedisUrl(given: string | null, wrong: Wrong): string {
  const url = given ?? 'redis://127.0.0.1:6379';
  if (!/^rediss?:$/.test(protocolOf(url)) || new URL(url).hostname === '') {
    wrong(
      'FERRY_REDIS_URL',
      'This is not an address of the form redis://host:port or rediss://host:port (TLS).',
    );
  }
  return url;
}

function readLogLevel(given: string | null, wrong: Wrong): LogLevel {
  if (given === null) return 'info';
  const level = LOG_LEVELS.find((known) => known === given.toLowerCase());
  if (level !== undefined) return level;
  const guess = didYouMean(given, LOG_LEVELS);
  wrong('LOG_LEVEL', `${showValue(given)} is not one of ${LOG_LEVELS.join(', ')}.${guess}`);
  return 'info';
}

function parsePort(given: string | null, name: Named, wrong: Wrong): number | null {
  if (given === null) return null;
  const port = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN;
  return port <= 65_535
    ? port
    : wrong(name, 'This is not a port: a whole number up to 65535, 0 for any free one.');
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : '';
}

/** Tokens are easily swapped; their prefix says which one this is. */
function kindOf(token: string): string {
  if (token.startsWith('xapp-')) return ' This looks like the app token (SLACK_APP_TOKEN).';
  if (token.startsWith('xoxb-')) return ' This looks like the bot token (SLACK_BOT_TOKEN).';
  if (token.startsWith('xoxp-')) return " This looks like a person's token, which Ferry never needs.";
  return '';
}
