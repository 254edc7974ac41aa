// Real Bolt in both modes: everywhere that a person can click, and what a submitted modal may turn into.
import type { App, BlockAction, types } from '@slack/bolt';
import { afterEach, describe, expect, test } from 'vitest';
import { type Connected, connect, until } from './bolt-app.ts';

const plain = (text: string): types.PlainTextElement => ({ type: 'plain_text', text });

function buttons(actionId: string): types.ActionsBlock {
  const button: types.Button = { type: 'button', action_id: actionId, text: plain('Go'), value: 'v' };
  return { type: 'actions', block_id: 'row', elements: [button] };
}

function modal(title: string): types.ModalView {
  return {
    type: 'modal',
    callback_id: 'step',
    title: plain(title),
    submit: plain('Next'),
    blocks: [
      {
        type: 'input',
        block_id: 'who',
        optional: true,
        label: plain('Who'),
        element: { type: 'users_select', action_id: 'user' },
      },
      {
        type: 'input',
        block_id: 'level',
        label: plain('Level'),
        element: {
          type: 'static_select',
          action_id: 'choice',
          options: ['counts', 'sample', 'full'].map((value) => ({ text: plain(value), value })),
          initial_option: { text: plain('sample'), value: 'sample' },
        },
      },
      buttons('inside'),
    ],
  };
}

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
  test('a click in an ephemeral message replaces it', async () => {
    const { slack } = await start(mode, (app) => {
      app.command('/redis', async ({ ack }) => ack({ text: 'sure?', blocks: [buttons('sure')] }));
      app.action<BlockAction>('sure', async ({ ack, body, respond }) => {
        await ack();
        expect(body.container['is_ephemeral']).toBe(true);
        await respond({ text: 'done', replace_original: true });
      });
    });
    const ana = slack.as('U0ANA');
    const [asked] = (await ana.command('C0OPS', '/redis abort m1')).ephemerals;
    if (!asked) throw new Error('nothing was asked');
    await expect(slack.as('U0BEN').clickEphemeral(asked, 'sure')).rejects.toThrow(/does not see/);
    await ana.clickEphemeral(asked, 'sure');
    await until('the answer', () => slack.ephemerals('U0ANA').some(({ text }) => text === 'done'));
    expect(slack.ephemerals('U0ANA')).toHaveLength(1);
  });

  test('clicks on the home tab and in a modal carry their view', async () => {
    const seen: unknown[] = [];
    const { slack } = await start(mode, (app) => {
      app.event('app_home_opened', async ({ event, client }) => {
        await client.views.publish({
          user_id: event.user,
          view: { type: 'home', blocks: [buttons('at-home')] },
        });
      });
      app.action<BlockAction>('at-home', async ({ ack, body, client }) => {
        await ack();
        seen.push(body.view?.type);
        await client.views.open({ trigger_id: body.trigger_id, view: modal('One') });
      });
      app.action<BlockAction>('inside', async ({ ack, body, client }) => {
        await ack();
        seen.push(body.view?.type);
        await client.views.push({ trigger_id: body.trigger_id, view: modal('Two') });
      });
    });
    const ana = slack.as('U0ANA');
    await ana.openHome();
    await ana.clickView(await until('the home tab', () => ana.home()), 'at-home');
    const first = await until('the modal', () => ana.modal());
    await ana.clickView(first, 'inside');
    const second = await until('the second modal', () => ana.modal() !== first && ana.modal());
    expect(second).toMatchObject({ rootViewId: first.id, previousViewId: first.id });
    await until('both seen', () => seen.length === 2);
    expect(seen).toEqual(['home', 'modal']);
  });

  test('a submitted modal is updated, pushed upon, cleared; its values arrive', async () => {
    const levels: unknown[] = [];
    const { slack, errors } = await start(mode, (app) => {
      app.command('/redis', async ({ ack, client, command }) => {
        await ack();
        await client.views.open({ trigger_id: command.trigger_id, view: modal('One') });
      });
      app.view('step', async ({ ack, view }) => {
        levels.push([
          view.state.values['level']?.['choice']?.selected_option?.value,
          view.state.values['who']?.['user']?.selected_user,
        ]);
        if (levels.length === 1) await ack({ response_action: 'update', view: modal('Two') });
        else if (levels.length === 2) await ack({ response_action: 'push', view: modal('Three') });
        else await ack({ response_action: 'clear' });
      });
    });
    const ana = slack.as('U0ANA');
    await ana.command('C0OPS', '/redis migrate');
    const first = await until('the modal', () => ana.modal());
    await ana.submitView();
    expect(first).toMatchObject({ state: 'open', body: { title: { text: 'Two' } } });
    await expect(ana.submitView({ level: 'guess' })).rejects.toThrow(/offered are counts, sample, full/);
    await expect(ana.submitView({ colour: 'red' })).rejects.toThrow(/no field colour/);
    await ana.submitView({ level: 'full', user: 'U0BEN' });
    expect(ana.modal()).toMatchObject({ previousViewId: first.id });
    await ana.submitView({ level: 'counts' });
    expect(ana.modal()).toBeUndefined();
    expect(levels).toEqual([
      ['sample', null],
      ['full', 'U0BEN'],
      ['counts', null],
    ]);
    expect(errors).toEqual([]);
  });

  test('a shortcut on a message, and an answer by its response_url', async () => {
    const { slack } = await start(mode, (app) => {
      app.shortcut(
        { callback_id: 'ferry.about', type: 'message_action' },
        async ({ ack, shortcut, respond }) => {
          await ack();
          await respond(`about ${shortcut.message.text}`);
        },
      );
    });
    const said = slack.as('U0BEN').say('C0OPS', 'carts is slow');
    await slack.as('U0ANA').shortcut('ferry.about', said);
    await until('the answer', () => slack.ephemerals('U0ANA')[0]?.text === 'about carts is slow');
  });

  test('an acknowledgement with blocks that Slack refuses is told to the person', async () => {
    const { slack } = await start(mode, (app) => {
      app.command('/redis', async ({ ack }) => ack({ text: 'x', blocks: [{ type: 'banner' }] }));
    });
    const { ephemerals } = await slack.as('U0ANA').command('C0OPS', '/redis list');
    expect(ephemerals).toMatchObject([{ from: 'slack', text: expect.stringContaining('invalid_blocks') }]);
  });
});
