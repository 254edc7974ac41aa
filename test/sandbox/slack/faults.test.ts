// Faults and rate limits of the fake, as the real WebClient meets them.
import { WebAPIHTTPError, WebAPIRateLimitedError, WebAPIRequestError, WebClient } from '@slack/web-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FakeSlack } from '../../../src/sandbox/slack/fake-slack.ts';
import { startFakeSlack } from '../../../src/sandbox/slack/start-fake-slack.ts';
import { SILENT } from './silent-logger.ts';

let slack: FakeSlack;
let client: WebClient;

beforeEach(async () => {
  slack = await startFakeSlack({ mode: 'socket' });
  client = new WebClient(slack.credentials.botToken, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: SILENT,
  });
});
afterEach(() => slack.close());

async function post(text: string): Promise<string> {
  const { ts } = await client.chat.postMessage({ channel: 'C0OPS', text });
  return ts ?? '';
}

test("Slack's own limits answer 429 with the seconds to wait", async () => {
  slack.setRateLimits(true);
  await post('1');
  await post('2');
  const third = await post('3').catch((error: unknown) => error);
  expect(third).toBeInstanceOf(WebAPIRateLimitedError);
  expect(third).toMatchObject({ retryAfter: 1 });
  slack.skip(1000);
  await post('4');
  const ts = slack.messages('C0OPS')[0]?.ts ?? '';
  const edits = Array.from({ length: 51 }, (_, n) =>
    client.chat.update({ channel: 'C0OPS', ts, text: `edit ${n}` }),
  );
  const results = await Promise.allSettled(edits);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(slack.calls('chat.update').filter(({ outcome }) => outcome === 'limited')).toHaveLength(1);
});

test('a limit on purpose, for so many calls', async () => {
  slack.limit('chat.update', 30);
  const ts = await post('card');
  const limited = client.chat.update({ channel: 'C0OPS', ts, text: 'new' });
  await expect(limited).rejects.toMatchObject({ retryAfter: 30 });
  await client.chat.update({ channel: 'C0OPS', ts, text: 'new' });
});

test('a lost reply: the message is there although the call failed', async () => {
  slack.reset('chat.postMessage', 'before');
  await expect(post('never')).rejects.toBeInstanceOf(WebAPIRequestError);
  expect(slack.messages('C0OPS')).toEqual([]);
  slack.reset('chat.postMessage', 'after');
  await expect(post('there')).rejects.toBeInstanceOf(WebAPIRequestError);
  expect(slack.messages('C0OPS')).toMatchObject([{ text: 'there' }]);
});

test('a broken server, a slow one', async () => {
  slack.status('chat.postMessage', 500);
  await expect(post('x')).rejects.toBeInstanceOf(WebAPIHTTPError);
  slack.hang('chat.postMessage', 150);
  const startedMs = performance.now();
  await post('late');
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(145);
});

test('Slack away, for a time or until it is called back', async () => {
  slack.away();
  await expect(post('x')).rejects.toBeInstanceOf(WebAPIRequestError);
  await expect(slack.as('U0ANA').command('C0OPS', '/redis list')).rejects.toThrow('Slack is away');
  slack.comeBack();
  await post('back');
  slack.away(100, 'hanging');
  await expect(post('held')).rejects.toBeInstanceOf(WebAPIRequestError);
  await post('back again');
  expect(slack.messages('C0OPS').map(({ text }) => text)).toEqual(['back', 'back again']);
});
