// The variables: defaults, what wins, and every mistake at once.

import { describe, expect, it } from 'vitest';
import { parseEnvironment } from '../../src/config/environment.ts';
import { formatMistakes } from '../../src/config/mistakes.ts';

const TOKEN = { SLACK_BOT_TOKEN: 'xoxb-1' };
const SOCKET = { ...TOKEN, SLACK_APP_TOKEN: 'xapp-1' };
const HTTP = { ...TOKEN, SLACK_SIGNING_SECRET: 'abc' };

function parse(variables: Record<string, string>, needsSlack = true) {
  return parseEnvironment(variables, { needsSlack });
}

function read(variables: Record<string, string>, needsSlack = true) {
  const { environment, mistakes } = parse(variables, needsSlack);
  expect(mistakes).toEqual([]);
  return environment;
}

describe('what is read', () => {
  it('has defaults in Socket Mode', () => {
    expect(read(SOCKET)).toEqual({
      slack: { botToken: 'xoxb-1', transport: { kind: 'socket', appToken: 'xapp-1' }, apiUrl: null },
      redisUrl: 'redis://127.0.0.1:6379',
      secret: null,
      configFile: 'ferry.yaml',
      logLevel: 'info',
      healthPort: 3001,
      metrics: null,
      forCommands: {},
      redisBinDir: null,
      notices: [],
    });
  });

  it('shares one port with health over HTTP unless told otherwise', () => {
    expect(read(HTTP)).toMatchObject({
      slack: { transport: { kind: 'http', signingSecret: 'abc', port: 3000 } },
      healthPort: 3000,
    });
    expect(read({ ...HTTP, PORT: '8080' })?.healthPort).toBe(8080);
    expect(read({ ...HTTP, HEALTH_PORT: '9000' })?.healthPort).toBe(9000);
  });

  it('takes Socket Mode when both ways are given, and says so', () => {
    const both = read({ ...SOCKET, ...HTTP });
    expect(both?.slack?.transport.kind).toBe('socket');
    expect(both?.notices).toEqual([
      'SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both set: Socket Mode is used, the secret is not.',
    ]);
  });

  it('takes empty for unset', () => {
    const empty = {
      SLACK_SIGNING_SECRET: '',
      PORT: '',
      FERRY_REDIS_URL: ' ',
      LOG_LEVEL: '',
      METRICS_PORT: '',
    };
    expect(read({ ...SOCKET, ...empty })).toEqual(read(SOCKET));
  });

  it('needs no Slack where nobody speaks to it', () => {
    expect(read({}, false)?.slack).toBeNull();
  });

  it('ends the API address with a slash', () => {
    const variables = { ...SOCKET, SLACK_API_URL: 'http://127.0.0.1:4000/api' };
    expect(read(variables)?.slack?.apiUrl).toBe('http://127.0.0.1:4000/api/');
  });

  it('serves metrics on loopback alone, unless a host is given', () => {
    const wide = read({ ...SOCKET, METRICS_PORT: '9464', METRICS_HOST: '0.0.0.0' });
    expect(wide?.metrics).toEqual({ port: 9464, host: '0.0.0.0' });
    expect(read({ ...SOCKET, METRICS_PORT: '9464' })?.metrics).toEqual({ port: 9464, host: '127.0.0.1' });
  });

  it('serves none without a port, and says that the host is of no use then', () => {
    const given = read({ ...SOCKET, METRICS_HOST: '0.0.0.0' });
    expect(given?.metrics).toBeNull();
    expect(given?.notices).toEqual([
      'METRICS_HOST is set and METRICS_PORT is not: there is no GET /metrics.',
    ]);
  });
});

describe('mistakes', () => {
  it('are all told at once, with an example each', () => {
    const variables = {
      SLACK_BOT_TOKEN: 'xapp-hunter2',
      SLACK_APP_TOKEN: 'xoxb-hunter2',
      SLACK_API_URL: 'slack.com',
      FERRY_REDIS_URL: 'http://:hunter2@x',
      LOG_LEVEL: 'inof',
      PORT: '99999',
      HEALTH_PORT: '3.5',
      METRICS_PORT: '3001',
    };
    expect(formatMistakes(parse(variables).mistakes)).toMatchInlineSnapshot(`
      "The configuration has 8 mistakes.

      environment  PORT
        This is not a port: a whole number up to 65535, 0 for any free one.
        For example: PORT=3000

      environment  SLACK_APP_TOKEN
        This is not an app token: those begin with xapp-. This looks like the bot token (SLACK_BOT_TOKEN).
        For example: SLACK_APP_TOKEN=xapp-… (from "Basic Information", scope connections:write)

      environment  SLACK_API_URL
        This is not a complete address of the form https://host/api/.
        For example: SLACK_API_URL=https://slack.com/api/

      environment  SLACK_BOT_TOKEN
        This is not a bot token: those begin with xoxb-. This looks like the app token (SLACK_APP_TOKEN).
        For example: SLACK_BOT_TOKEN=xoxb-… (from "OAuth & Permissions" of the Slack app)

      environment  FERRY_REDIS_URL
        This is not an address of the form redis://host:port or rediss://host:port (TLS).
        For example: FERRY_REDIS_URL=redis://127.0.0.1:6379

      environment  LOG_LEVEL
        "inof" is not one of trace, debug, info, warn, error, fatal, silent. Did you mean "info"?
        For example: LOG_LEVEL=info

      environment  HEALTH_PORT
        This is not a port: a whole number up to 65535, 0 for any free one.
        For example: HEALTH_PORT=3001

      environment  METRICS_PORT
        This port is taken by PORT or HEALTH_PORT.
        For example: METRICS_PORT=9464"
    `);
  });

  it('name both ways when neither is given', () => {
    expect(parse({}).mistakes.map(({ name, problem }) => `${name}: ${problem}`)).toEqual([
      'SLACK_BOT_TOKEN: This variable is not set; without it Ferry cannot post.',
      'SLACK_APP_TOKEN: Neither this variable (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set.',
    ]);
  });

  it.each([
    [{ ...TOKEN, SLACK_SIGNING_SECRET: 'xoxb-1' }, 'SLACK_SIGNING_SECRET'],
    [{ ...SOCKET, METRICS_PORT: '3001' }, 'METRICS_PORT'],
    [{ ...HTTP, METRICS_PORT: '3000' }, 'METRICS_PORT'],
    [{ ...SOCKET, FERRY_REDIS_URL: 'localhost:6379' }, 'FERRY_REDIS_URL'],
  ])('%j', (variables, name) => {
    expect(parse(variables).mistakes.map((mistake) => mistake.name)).toEqual([name]);
  });
});
