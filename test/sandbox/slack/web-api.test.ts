// The Web API of the fake through the real WebClient: answers and refusals as Slack has them.
import { WebAPIPlatformError, WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FakeSlack } from '../../../src/sandbox/slack/fake-slack.ts';
import { startFakeSlack } from '../../../src/sandbox/slack/start-fake-slack.ts';
import { SILENT } from './silent-logger.ts';

const SECTION = { type: 'section' as const, text: { type: 'mrkdwn' as const, text: 'hello' } };

let slack: FakeSlack;
let client: WebClient;

beforeEach(async () => {
  slack = await startFakeSlack({
    mode: 'socket',
    userGroups: [{ id: 'S0OWNERS', handle: 'owners', users: ['U0ANA'] }],
    channels: [
      { id: 'C0OPS', name: 'ops' },
      { id: 'C0OTHER', name: 'other', hasBot: false },
      { id: 'C0OLD', name: 'old', isArchived: true },
      { id: 'C0ANA', name: 'ana-alone', members: ['U0ANA'] },
    ],
  });
  client = clientWith(slack.credentials.botToken);
});
afterEach(() => slack.close());

function clientWith(token: string | undefined): WebClient {
  return new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    logger: SILENT,
  });
}

/** The error name of a call that Slack refuses. */
async function refusalOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof WebAPIPlatformError) return error.data.error;
  throw new Error(`not refused by Slack: ${String(error)}`);
}

async function post(text: string, threadTs?: string): Promise<string> {
  const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
  const { ts } = await client.chat.postMessage({ channel: 'C0OPS', text, ...thread });
  return ts ?? '';
}

describe('tokens and scopes', () => {
  test('each kind of token has its methods', async () => {
    const { credentials } = slack;
    expect((await client.auth.test()).bot_id).toBe('B0FERRY');
    expect(await refusalOf(clientWith(undefined).auth.test())).toBe('not_authed');
    expect(await refusalOf(clientWith('xoxb-other').auth.test())).toBe('invalid_auth');
    expect(await refusalOf(clientWith(credentials.appToken).auth.test())).toBe('not_allowed_token_type');
    expect(await refusalOf(client.apps.connections.open({}))).toBe('not_allowed_token_type');
    expect((await clientWith(credentials.appToken).apps.connections.open({})).url).toMatch(/^ws:\/\/127/);
  });

  test('what the app has no scope for, and what does not exist', async () => {
    expect(await refusalOf(client.conversations.info({ channel: 'C0OPS' }))).toBe('missing_scope');
    expect(await refusalOf(client.users.info({ user: 'U0ANA' }))).toBe('missing_scope');
    expect(await refusalOf(client.apiCall('chat.shout'))).toBe('unknown_method');
  });

  test('arguments as JSON, with the token in them', async () => {
    const response = await fetch(`${slack.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: slack.credentials.botToken, channel: 'C0OPS', blocks: [SECTION] }),
    });
    expect(await response.json()).toMatchObject({ ok: true, channel: 'C0OPS' });
    expect(slack.calls('chat.postMessage')[0]?.args).not.toHaveProperty('token');
  });
});

describe('messages', () => {
  test('are posted, threaded, edited with every version kept, and deleted', async () => {
    const card = await post('card');
    const reply = await post('reply', card);
    expect(reply > card).toBe(true);
    await client.chat.update({ channel: 'C0OPS', ts: card, text: 'with blocks', blocks: [SECTION] });
    await client.chat.update({ channel: 'C0OPS', ts: card, text: 'without' });
    const [message] = slack.messages('C0OPS');
    expect(message?.versions.map(({ text, blocks }) => [text, blocks.length])).toEqual([
      ['card', 0],
      ['with blocks', 1],
      ['without', 0],
    ]);
    expect(slack.thread('C0OPS', card).map(({ text }) => text)).toEqual(['reply']);
    const link = await client.chat.getPermalink({ channel: 'C0OPS', message_ts: reply });
    expect(link.permalink).toContain(`/archives/C0OPS/p${reply.replace('.', '')}?thread_ts=${card}`);
    await client.chat.delete({ channel: 'C0OPS', ts: reply });
    expect(slack.thread('C0OPS', card)).toEqual([]);
    expect(await refusalOf(client.chat.update({ channel: 'C0OPS', ts: reply, text: 'again' }))).toBe(
      'message_not_found',
    );
  });

  test('go to a person by their id', async () => {
    const { channel } = await client.chat.postMessage({ channel: 'U0BEN', text: 'for you' });
    expect(slack.messages(channel ?? '')).toMatchObject([{ text: 'for you' }]);
  });

  test.each([
    ['C0NONE', 'channel_not_found'],
    ['C0OTHER', 'not_in_channel'],
    ['C0OLD', 'is_archived'],
  ])('in %s are refused: %s', async (channel, error) => {
    expect(await refusalOf(client.chat.postMessage({ channel, text: 'hi' }))).toBe(error);
  });

  test('ephemerals need their reader in the channel', async () => {
    await client.chat.postEphemeral({ channel: 'C0ANA', user: 'U0ANA', text: 'psst' });
    expect(slack.ephemerals('U0ANA')).toMatchObject([{ text: 'psst', from: 'app' }]);
    const missed = client.chat.postEphemeral({ channel: 'C0ANA', user: 'U0BEN', text: 'psst' });
    expect(await refusalOf(missed)).toBe('user_not_in_channel');
    expect(() => slack.as('U0BEN').say('C0ANA', 'hello')).toThrow(/not in a channel C0ANA/);
  });

  test("somebody else's message, a thread that is not there, an edit that comes too late", async () => {
    const said = slack.as('U0ANA').say('C0OPS', 'hello');
    const edit = client.chat.update({ channel: 'C0OPS', ts: said.ts, text: 'mine' });
    expect(await refusalOf(edit)).toBe('cant_update_message');
    const reply = client.chat.postMessage({ channel: 'C0OPS', text: 'x', thread_ts: '1700000000.000100' });
    expect(await refusalOf(reply)).toBe('thread_not_found');
    const ts = await post('old');
    slack.refuse('chat.update', 'edit_window_closed');
    expect(await refusalOf(client.chat.update({ channel: 'C0OPS', ts, text: 'new' }))).toBe(
      'edit_window_closed',
    );
    await client.chat.update({ channel: 'C0OPS', ts, text: 'new' });
  });

  test('content that Slack refuses names the place', async () => {
    const ts = await post('card');
    const long = 'x'.repeat(4001);
    expect(await refusalOf(client.chat.update({ channel: 'C0OPS', ts, text: long }))).toBe('msg_too_long');
    expect(await refusalOf(client.chat.postMessage({ channel: 'C0OPS', text: '' }))).toBe('no_text');
    const many = Array.from({ length: 5 }, () => ({
      ...SECTION,
      text: { ...SECTION.text, text: 'x'.repeat(2900) },
    }));
    expect(await refusalOf(client.chat.postMessage({ channel: 'C0OPS', blocks: many }))).toBe(
      'msg_blocks_too_long',
    );
    const blocks = '{"type":"section"}';
    const format = client.apiCall('chat.postMessage', { channel: 'C0OPS', blocks });
    expect(await refusalOf(format)).toBe('invalid_blocks_format');
    const wrong = client.chat.postMessage({
      channel: 'C0OPS',
      text: 'x',
      blocks: [SECTION, { type: 'banner' }],
    });
    await expect(wrong).rejects.toBeInstanceOf(WebAPIPlatformError);
    await expect(wrong).rejects.toMatchObject({
      data: {
        error: 'invalid_blocks',
        errors: ['unsupported type: banner [json-pointer:/blocks/1/type]'],
      },
    });
  });

  test('a workspace without the newer blocks refuses a plan', async () => {
    const blocks = [
      { type: 'plan', title: 'Move', tasks: [{ task_id: 'a', title: 'Copy', status: 'pending' }] },
    ];
    await client.chat.postMessage({ channel: 'C0OPS', text: 'plan', blocks });
    slack.setRichBlocks(false);
    expect(await refusalOf(client.chat.postMessage({ channel: 'C0OPS', text: 'plan', blocks }))).toBe(
      'invalid_blocks',
    );
  });
});

describe('views', () => {
  const view = {
    type: 'modal' as const,
    title: { type: 'plain_text' as const, text: 'Move' },
    blocks: [SECTION],
  };
  const publish = (hash?: string) =>
    client.views.publish({
      user_id: 'U0ANA',
      view: { type: 'home', blocks: [SECTION] },
      ...(hash === undefined ? {} : { hash }),
    });

  /** The trigger of a command that nobody answers, as no app is connected. */
  async function trigger(): Promise<string> {
    const { envelope } = await slack.as('U0ANA').command('C0OPS', '/redis migrate');
    return String(envelope?.payload['trigger_id']);
  }

  test('a trigger is good for three seconds and one view', async () => {
    const first = await trigger();
    await client.views.open({ trigger_id: first, view });
    expect(slack.as('U0ANA').modal()?.body).toMatchObject({ title: { text: 'Move' } });
    expect(await refusalOf(client.views.open({ trigger_id: first, view }))).toBe('exchanged_trigger_id');
    const late = await trigger();
    slack.skip(3001);
    expect(await refusalOf(client.views.open({ trigger_id: late, view }))).toBe('expired_trigger_id');
    expect(await refusalOf(client.views.open({ trigger_id: 'x', view }))).toBe('invalid_trigger_id');
  });

  test('an update with an old hash conflicts; a wrong view names its place', async () => {
    const opened = await client.views.open({ trigger_id: await trigger(), view });
    const [view_id, hash] = [opened.view?.id ?? '', opened.view?.hash ?? ''];
    await client.views.update({ view_id, hash, view });
    expect(await refusalOf(client.views.update({ view_id, hash, view }))).toBe('hash_conflict');
    const title = { type: 'plain_text' as const, text: 'x'.repeat(25) };
    const wrong = client.views.update({ view_id, view: { ...view, title } });
    await expect(wrong).rejects.toMatchObject({
      data: {
        error: 'invalid_arguments',
        response_metadata: {
          messages: ['[ERROR] must be less than 25 characters [json-pointer:/view/title/text]'],
        },
      },
    });
    await publish();
    expect(await refusalOf(publish('old'))).toBe('hash_conflict');
    expect(slack.as('U0ANA').home()?.body).toMatchObject({ type: 'home' });
  });
});

describe('groups, files, validation', () => {
  test('the users of a group', async () => {
    expect((await client.usergroups.users.list({ usergroup: 'S0OWNERS' })).users).toEqual(['U0ANA']);
    slack.setUserGroup('S0OWNERS', ['U0BEN']);
    expect((await client.usergroups.users.list({ usergroup: 'S0OWNERS' })).users).toEqual(['U0BEN']);
    expect(await refusalOf(client.usergroups.users.list({ usergroup: 'S0NONE' }))).toBe('no_such_subteam');
  });

  test('a file is uploaded into a thread', async () => {
    const thread_ts = await post('card');
    const content = '{"m42":true}';
    await client.filesUploadV2({ channel_id: 'C0OPS', thread_ts, filename: 'audit.json', content });
    const [file] = [...slack.workspace.files.values()];
    expect(file).toMatchObject({ name: 'audit.json', channel: 'C0OPS', threadTs: thread_ts });
    expect(file?.content?.toString()).toBe(content);
  });

  test('blocks.validate needs no token', async () => {
    const anyone = clientWith(undefined);
    expect((await anyone.blocks.validate({ blocks: [SECTION] })).ok).toBe(true);
    const wrong = anyone.blocks.validate({ message: { blocks: [{ type: 'banner' }] } });
    await expect(wrong).rejects.toMatchObject({
      data: { error: 'invalid_blocks', errors: [{ pointer: '/blocks/0/type' }] },
    });
  });
});
