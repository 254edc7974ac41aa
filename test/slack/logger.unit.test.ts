// I9: what Bolt logs reaches Ferry's log without tokens, one-time addresses or payloads.

import { expect, test } from 'vitest';
import { boltLogger, redact } from '../../src/slack/logger.ts';
import type { Logger } from '../../src/workflow/ports.ts';

test.each([
  'token xoxb-123-abc here',
  'xapp-1-A0-99-ff',
  'connecting to wss://wss-primary.slack.com/link/?ticket=hush',
  'POST https://hooks.slack.com/commands/T0/1/hush',
  'redis://ferry:hush@10.0.0.5:6379',
])('I9: %s loses its secret', (line) => {
  expect(redact(line)).toContain('[hidden]');
  expect(redact(line)).not.toMatch(/hush|xoxb-1|xapp-1/);
});

test('I9: payloads and objects are not logged at any level', () => {
  const lines: string[] = [];
  const put = (fields: object, message: string) => lines.push(JSON.stringify([fields, message]));
  const logger: Logger = { debug: put, info: put, warn: put, error: put, child: () => logger };
  const bolt = boltLogger(logger);
  bolt.debug('payload', '{"text":"hush"}');
  bolt.info({ body: { text: 'hush' } });
  bolt.warn('careful', { text: 'hush' });
  bolt.error(new Error('it broke'), { body: 'hush' });
  expect(lines.join()).not.toContain('hush');
  expect(lines.join()).toContain('it broke');
  expect(lines.join()).toContain('careful');
});
