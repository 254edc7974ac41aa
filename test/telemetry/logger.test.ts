// Log lines: one JSON object each, with fields and a level by name, and never a secret.

import { expect, test } from 'vitest';
import { FerryError } from '../../src/migration/errors.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { redact, redactText } from '../../src/telemetry/redact.ts';
import type { Logger } from '../../src/workflow/ports.ts';

function capture(level = 'debug'): { logger: Logger; lines: string[]; last: () => Record<string, unknown> } {
  const lines: string[] = [];
  const logger = createLogger({ level, destination: { write: (line: string) => void lines.push(line) } });
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') };
}

test('a line has a level by name, a UTC time, its fields and those of its parents', () => {
  const { logger, last } = capture();
  const child = logger.child({ migration: 'm42' }).child({ pair: 0 });
  child.info({ from: 'syncing', to: 'following', tookMs: 12 }, 'moved on');
  expect(last()).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    migration: 'm42',
    pair: 0,
    from: 'syncing',
    to: 'following',
    tookMs: 12,
    msg: 'moved on',
  });
});

test('the level decides what is written', () => {
  const { logger, lines } = capture('warn');
  logger.debug({}, 'a');
  logger.info({}, 'b');
  logger.warn({}, 'c');
  logger.child({ x: 1 }).error({}, 'd');
  expect(lines).toHaveLength(2);
});

test('I9 no secret reaches a log line, by whichever way it comes', () => {
  const { logger, lines } = capture();
  const canary = 'c4n4ry';
  const cause = new Error(`connect to redis://ferry:${canary}@10.0.0.5:6379 failed`);
  Object.assign(cause, { command: { name: 'auth', args: [canary] } });
  const error = new FerryError('unreachable', `No answer from rediss://:${canary}@host/0`, {
    hint: `Set xapp-1-${canary}`,
    cause,
  });
  logger.error({ error }, `failed: redis://u:${canary}@h`);
  logger.error(error, 'an error in place of fields');
  logger.info({ password: canary, nested: [{ masterauth: canary }, { SLACK_BOT_TOKEN: canary }] }, 'x');
  logger.info({ headers: { Authorization: `Bearer ${canary}` }, line: `Bearer ${canary}` }, 'x');
  logger.info({ note: `xoxb-1-2-${canary}`, refs: new Map([['signingSecret', canary]]) }, 'x');
  logger.info({ body: Buffer.from(canary) }, `xoxe.xoxb-1-${canary}`);
  logger.info({ url: `redis://ferry:p@ss${canary}@10.0.0.5` }, 'a password with an @ in it');
  logger.child({ secret: canary }).info({}, 'x');
  expect(lines).toHaveLength(8);
  expect(lines.join('\n')).not.toContain(canary);
});

test('an error keeps what a person needs: code, message, hint, stack, cause', () => {
  const { logger, last } = capture();
  const error = new FerryError('unreachable', 'No answer.', {
    hint: 'Start it.',
    cause: new Error('ECONNREFUSED'),
  });
  logger.warn({ error }, 'x');
  expect(last()['error']).toMatchObject({
    type: 'FerryError',
    code: 'unreachable',
    message: 'No answer.',
    hint: 'Start it.',
    stack: expect.stringContaining('logger.test.ts'),
    cause: { message: 'ECONNREFUSED' },
  });
});

test('what is no secret stays readable', () => {
  expect(redactText('redis://10.0.0.5:6379 answered <@U1> at ana@example.com')).toBe(
    'redis://10.0.0.5:6379 answered <@U1> at ana@example.com',
  );
  expect(redact({ lagBytes: 12, at: null, hasPassword: true, size: 12n, tags: ['a'] })).toEqual({
    lagBytes: 12,
    at: null,
    hasPassword: true,
    size: '12',
    tags: ['a'],
  });
});

test('a value that contains itself does not hang the logger', () => {
  const { logger, lines } = capture();
  const loop: { self?: unknown } = {};
  loop.self = loop;
  logger.info({ loop }, 'x');
  expect(lines[0]).toContain('[deeper]');
});
