// The same scenarios through real Bolt over Socket Mode and over signed HTTP: what Ferry relies on works.
import type { App, BlockAction, ButtonAction, types } from '@slack/bolt';
import { afterEach, describe, expect, test } from 'vitest';
import { type Connected, connect, until } from './bolt-app.ts';

const MODAL: types.ModalView = {
  type: 'modal',
  callback_id: 'start',
  notify_on_close: true,
  title: { type: 'plain_text', text: 'Move a Redis' },
  submit: { type: 'plain_text', text: 'Check' },
  blocks: [
    {
      type: 'input',
      block_id: 'source',
      label: { type: 'plain_text', text: 'From' },
      element: { type: 'external_select', action_id: 'instance', min_query_length: 0 },
    },
    {
      type: 'input',
      block_id: 'reason',
      label: { type: 'plain_text', text: 'Why' },
      element: { type: 'plain_text_input', action_id: 'text' },
    },
  ],
};

const BUTTONS: types.KnownBlock[] = [
  { type: 'section', text: { type: 'mrkdwn', text: 'Promote?' } },
  {
    type: 'actions',
    block_id: 'decide',
    elements: [
      {
        type: 'button',
        action_id: 'ferry.approve',
        text: { type: 'plain_text', text: 'Approve' },
        value: 'round-1',
      },
    ],
  },
];

let connected: Connected | undefined;
afterEach(async () => {
  await connected?.stop();
  connected = undefined;
});

async function start(mode: 'socket' | 'http', register: (app: App) => void): Promise<Connected> {
  connected = await connect(mode, register);
  return connected;
}

describe.each(['socket', 'http'] as const)('Bolt over %s', (mode) => {
  test('a command is acknowledged with an ephemeral text and posts a message', async () => {
    const { slack } = await start(mode, (app) => {
      app.command('/redis', async ({ ack, client, command }) => {
        await ack(`looking at ${command.text}`);
        await client.chat.postMessage({ channel: command.channel_id, text: 'm1', blocks: BUTTONS });
      });
    });
    const done = await slack.as('U0ANA').command('C0OPS', '/redis migrate a b');
    expect(done.ack.status).toBe('acked');
    expect(done.ephemerals.map((shown) => shown.text)).toEqual(['looking at migrate a b']);
    const [message] = await until('the message', () => slack.messages('C0OPS')[0] && slack.messages('C0OPS'));
    expect(message).toMatchObject({ text: 'm1', channel: 'C0OPS' });
    expect(message?.ts).toMatch(/^\d{10}\.\d{6}$/);
  });

  test('respond answers where the app is no member, five times', async () => {
    const refused: unknown[] = [];
    const { slack } = await start(mode, (app) => {
      app.command('/redis', async ({ ack, respond }) => {
        await ack();
        for (let number = 1; number <= 6; number += 1) {
          await respond(`answer ${number}`).catch((error: unknown) => refused.push(error));
        }
      });
    });
    await slack.as('U0ANA').command('C0OTHER', '/redis list');
    await until('the sixth answer refused', () => refused.length === 1);
    expect(slack.ephemerals('U0ANA').map((shown) => shown.text)).toEqual(
      [1, 2, 3, 4, 5].map((number) => `answer ${number}`),
    );
  });

  test('a click carries the message, the value and its place; the app edits the message', async () => {
    const seen: unknown[] = [];
    const { slack, app } = await start(mode, (bolt) => {
      bolt.action<BlockAction<ButtonAction>>(
        'ferry.approve',
        async ({ ack, body, action, client, respond }) => {
          await ack();
          seen.push([body.user.id, action.value, action.block_id, body.container['thread_ts']]);
          const ts = body.message?.ts ?? '';
          await client.chat.update({ channel: body.channel?.id ?? '', ts, text: 'approved', blocks: [] });
          await respond({ text: 'thank you', replace_original: false });
        },
      );
    });
    const card = await app.client.chat.postMessage({ channel: 'C0OPS', text: 'card' });
    const asked = await app.client.chat.postMessage({
      channel: 'C0OPS',
      text: 'promote?',
      blocks: BUTTONS,
      thread_ts: card.ts ?? '',
    });
    await slack.as('U0BEN').click(asked.ts ?? '', 'ferry.approve');
    await until('the edit', () => slack.thread('C0OPS', card.ts ?? '')[0]?.versions.length === 2);
    await until('the thanks', () => slack.ephemerals('U0BEN').length === 1);
    expect(seen).toEqual([['U0BEN', 'round-1', 'decide', card.ts]]);
    // The button is gone now, but a client that has not caught up still shows it.
    await expect(slack.as('U0CAT').click(asked.ts ?? '', 'ferry.approve')).rejects.toThrow(
      /has no ferry.approve/,
    );
    await slack.as('U0CAT').click(asked.ts ?? '', 'ferry.approve', { version: 0 });
    await until('the stale click', () => seen.length === 2);
  });

  test('a modal: opened by a trigger, options asked for, refused, submitted', async () => {
    const submitted: unknown[] = [];
    const { slack } = await start(mode, (app) => {
      app.command('/redis', async ({ ack, client, command }) => {
        await ack();
        await client.views.open({ trigger_id: command.trigger_id, view: MODAL });
      });
      app.options('instance', async ({ ack, payload }) => {
        const text = `${payload.value}-old`;
        await ack({ options: [{ text: { type: 'plain_text', text }, value: text }] });
      });
      app.view('start', async ({ ack, view }) => {
        const reason = view.state.values['reason']?.['text']?.value;
        if (reason === 'none') {
          await ack({ response_action: 'errors', errors: { reason: 'Say why.' } });
          return;
        }
        submitted.push([view.state.values['source']?.['instance']?.selected_option?.value, reason]);
        await ack();
      });
    });
    const ana = slack.as('U0ANA');
    await ana.command('C0OPS', '/redis migrate');
    const modal = await until('the modal', () => ana.modal());
    expect((await ana.suggest('instance', 'carts')).map((option) => option['value'])).toEqual(['carts-old']);
    await expect(ana.submitView({ source: 'carts-old' })).rejects.toThrow(/reason must be filled in/);
    await ana.submitView({ source: 'carts-old', reason: 'none' });
    expect(modal).toMatchObject({ state: 'open', errors: { reason: 'Say why.' } });
    await ana.submitView({ source: 'carts-old', reason: 'disk full' });
    expect(modal.state).toBe('submitted');
    expect(submitted).toEqual([['carts-old', 'disk full']]);
  });

  test('closing a modal, opening the home tab, shortcuts', async () => {
    const seen: string[] = [];
    const { slack } = await start(mode, (app) => {
      app.shortcut('ferry.migrate', async ({ ack, client, shortcut }) => {
        await ack();
        seen.push(shortcut.type);
        await client.views.open({ trigger_id: shortcut.trigger_id, view: MODAL });
      });
      app.view({ callback_id: 'start', type: 'view_closed' }, async ({ ack }) => {
        await ack();
        seen.push('closed');
      });
      app.event('app_home_opened', async ({ event, client }) => {
        const blocks = [
          { type: 'section' as const, text: { type: 'mrkdwn' as const, text: 'Nothing runs.' } },
        ];
        await client.views.publish({ user_id: event.user, view: { type: 'home', blocks } });
      });
    });
    const ana = slack.as('U0ANA');
    await ana.shortcut('ferry.migrate');
    await until('the modal', () => ana.modal());
    await ana.closeView();
    await ana.openHome();
    await until('the home tab', () => ana.home());
    expect(seen).toEqual(['shortcut', 'closed']);
  });

  test('the same click delivered twice runs the listener twice', async () => {
    let runs = 0;
    const { slack, app } = await start(mode, (bolt) => {
      bolt.action('ferry.approve', async ({ ack }) => {
        await ack();
        runs += 1;
      });
    });
    const asked = await app.client.chat.postMessage({ channel: 'C0OPS', text: 'promote?', blocks: BUTTONS });
    const done = await slack.as('U0BEN').click(asked.ts ?? '', 'ferry.approve');
    await slack.redeliver(done);
    expect(slack.sent[1]).toBe(slack.sent[0]);
    await until('both runs', () => runs === 2);
    slack.deliverTwice();
    await slack.as('U0BEN').click(asked.ts ?? '', 'ferry.approve');
    await until('four runs', () => runs === 4);
  });

  test('a command that is not acknowledged in time is told to the person', async () => {
    connected = await connect(
      mode,
      (app) => {
        // Bolt over HTTP answers for a listener that never does; only the fake's own limit ends it here.
        app.command('/redis', async () => {});
      },
      { ackTimeoutMs: 200 },
    );
    const done = await connected.slack.as('U0ANA').command('C0OPS', '/redis list');
    expect(done.ack.status).toBe('timeout');
    expect(done.ephemerals).toMatchObject([
      { from: 'slack', text: '/redis failed with the error "operation_timeout"' },
    ]);
  });
});
