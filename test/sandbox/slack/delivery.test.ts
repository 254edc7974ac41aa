// What people do, on its way to the app: what Slack itself refuses, response_urls, signatures, connections.
import { WebClient } from '@slack/web-api';
import { afterEach, expect, test } from 'vitest';
import WebSocket from 'ws';
import type { FakeSlack } from '../../../src/sandbox/slack/fake-slack.ts';
import { isObject, type JsonObject, parseJson } from '../../../src/sandbox/slack/json.ts';
import { startFakeSlack } from '../../../src/sandbox/slack/start-fake-slack.ts';
import { type Connected, connect, until } from './bolt-app.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function connected(...args: Parameters<typeof connect>): Promise<Connected> {
  const made = await connect(...args);
  ends.push(made.stop);
  return made;
}

async function alone(): Promise<FakeSlack> {
  const slack = await startFakeSlack({ mode: 'socket' });
  ends.push(() => slack.close());
  return slack;
}

async function answer(url: unknown, body: object): Promise<{ status: number; text: string }> {
  const response = await fetch(String(url), { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, text: await response.text() };
}

test('Slack does not deliver commands from threads, nor unknown ones', async () => {
  const slack = await alone();
  const threaded = await slack.as('U0ANA').command('C0OPS', '/redis list', { threadTs: '1.1' });
  expect(threaded.ack.status).toBe('refused');
  expect(threaded.ephemerals[0]?.text).toBe('/redis is not supported in threads. Sorry!');
  expect((await slack.as('U0ANA').command('C0OPS', '/rdis list')).ack.status).toBe('refused');
  expect(slack.sent).toEqual([]);
});

test('without a connection a command fails visibly', async () => {
  const slack = await alone();
  const { ack, ephemerals } = await slack.as('U0ANA').command('C0OPS', '/redis list');
  expect(ack.status).toBe('failed');
  expect(ephemerals[0]).toMatchObject({ from: 'slack', text: expect.stringContaining('dispatch_failed') });
});

test('a response_url replaces and deletes what was clicked, until it is old', async () => {
  const slack = await alone();
  const client = new WebClient(slack.credentials.botToken, { slackApiUrl: slack.apiUrl });
  const button = {
    type: 'button' as const,
    action_id: 'go',
    text: { type: 'plain_text' as const, text: 'Go' },
  };
  const blocks = [{ type: 'actions' as const, elements: [button] }];
  const { ts = '' } = await client.chat.postMessage({ channel: 'C0OPS', text: 'one', blocks });
  const click = async () => {
    const { envelope } = await slack.as('U0ANA').click(ts, 'go');
    return envelope?.payload['response_url'];
  };
  const [first, second] = [await click(), await click()];
  expect(await answer(first, { text: 'two', blocks, replace_original: true })).toEqual({
    status: 200,
    text: 'ok',
  });
  expect(slack.messages('C0OPS')).toMatchObject([{ text: 'two', versions: { length: 2 } }]);
  await answer(second, { delete_original: true });
  expect(slack.messages('C0OPS')).toEqual([]);
  slack.skip(31 * 60_000);
  expect(await answer(second, { text: 'late' })).toMatchObject({
    status: 404,
    text: expect.stringContaining('expired_url'),
  });
});

test('a public answer publishes the command too; wrong blocks are refused', async () => {
  const slack = await alone();
  const { envelope } = await slack.as('U0ANA').command('C0OTHER', '/redis list');
  const url = envelope?.payload['response_url'];
  await answer(url, { text: 'all', response_type: 'in_channel' });
  await answer(url, { text: 'more', response_type: 'in_channel' });
  expect(slack.messages('C0OTHER')).toMatchObject([
    { text: '/redis list', user: 'U0ANA' },
    { text: 'all', user: 'U0FERRYBOT' },
    { text: 'more', user: 'U0FERRYBOT' },
  ]);
  expect(await answer(url, { text: 'x', blocks: [{ type: 'banner' }] })).toMatchObject({
    status: 400,
    text: expect.stringContaining('invalid_blocks'),
  });
});

test('Bolt refuses a request that is signed with another secret', async () => {
  const { eventsUrl = '' } = await connected('http', () => {}, { signingSecret: 'one' });
  const other = await startFakeSlack({ mode: 'http', signingSecret: 'other', eventsUrl });
  ends.push(() => other.close());
  const { ack } = await other.as('U0ANA').command('C0OPS', '/redis list');
  expect(ack).toMatchObject({ status: 'failed' });
});

test('a change is heard while it happens, until the listener leaves', async () => {
  const slack = await alone();
  const kinds: string[] = [];
  const leave = slack.onChange((change) => kinds.push(change.kind));
  const client = new WebClient(slack.credentials.botToken, { slackApiUrl: slack.apiUrl });
  const { ts = '' } = await client.chat.postMessage({ channel: 'C0OPS', text: 'one' });
  await client.chat.update({ channel: 'C0OPS', ts, text: 'two' });
  leave();
  await client.chat.delete({ channel: 'C0OPS', ts });
  expect(kinds).toEqual(['message-posted', 'message-edited']);
});

test('an app reconnects after a refresh and after a cut', async () => {
  const isBackAfter = async (lose: (slack: FakeSlack) => void) => {
    const { slack } = await connected('socket', (app) => {
      app.command('/redis', async ({ ack }) => ack('here'));
    });
    await until('the first connection', () => slack.connections === 1);
    lose(slack);
    await until('the connection gone', () => slack.connections === 0);
    await until('the next connection', () => slack.connections === 1, 20_000);
    const { ack } = await slack.as('U0ANA').command('C0OPS', '/redis list');
    expect(ack).toMatchObject({ status: 'acked' });
  };
  await Promise.all([
    isBackAfter((slack) => slack.refreshSockets()),
    isBackAfter((slack) => slack.cutSockets()),
  ]);
});

/** A bare client of Socket Mode; resolves once it was greeted or sent away. */
async function rawSocket(
  slack: FakeSlack,
  takes: (message: JsonObject, socket: WebSocket) => void,
): Promise<WebSocket> {
  const client = new WebClient(slack.credentials.appToken, { slackApiUrl: slack.apiUrl });
  const { url = '' } = await client.apps.connections.open({});
  const socket = new WebSocket(url);
  ends.push(async () => socket.terminate());
  const first = new Promise((resolve) => socket.once('message', resolve));
  socket.on('message', (data) => {
    const message = parseJson(String(data));
    if (isObject(message)) takes(message, socket);
  });
  await first;
  return socket;
}

test('an event that nobody acknowledged comes once more, and says so', async () => {
  const slack = await startFakeSlack({ mode: 'socket', ackTimeoutMs: 50 });
  ends.push(() => slack.close());
  const attempts: unknown[] = [];
  await rawSocket(slack, (message, socket) => {
    if (message['type'] !== 'events_api') return;
    attempts.push(message['retry_attempt']);
    if (attempts.length === 2) socket.send(JSON.stringify({ envelope_id: message['envelope_id'] }));
  });
  const { ack } = await slack.as('U0ANA').openHome();
  expect(ack.status).toBe('acked');
  expect(attempts).toEqual([undefined, 1]);
});

test('ten connections at most; each envelope goes to one of them', async () => {
  const slack = await alone();
  const heard: unknown[][] = [];
  for (let number = 0; number < 11; number += 1) {
    const lines: unknown[] = [];
    heard.push(lines);
    await rawSocket(slack, (message, socket) => {
      lines.push(message['reason'] ?? message['type']);
      const { envelope_id } = message;
      if (envelope_id !== undefined) socket.send(JSON.stringify({ envelope_id }));
    });
  }
  expect(heard.map((lines) => lines[0])).toEqual([...Array(10).fill('hello'), 'too_many_websockets']);
  for (let number = 0; number < 10; number += 1) {
    expect((await slack.as('U0ANA').command('C0OPS', '/redis list')).ack.status).toBe('acked');
  }
  expect(heard.slice(0, 10).map((lines) => lines.slice(1))).toEqual(Array(10).fill(['slash_commands']));
});

test('the address of a connection serves once', async () => {
  const slack = await alone();
  const socket = await rawSocket(slack, () => {});
  const again = new WebSocket(socket.url);
  const refused = new Promise((resolve) => again.once('error', resolve));
  expect(String(await refused)).toContain('404');
});
