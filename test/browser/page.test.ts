// The sandbox's page in a real browser: the main path by clicks, a modal, a stale click, hostile names,
// and what somebody at the keyboard or with a screen reader gets of it.

import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { CHANNEL } from '../../src/sandbox/world.ts';
import { card } from '../../src/slack/blocks/card.ts';
import { detailsView } from '../../src/slack/blocks/details.ts';
import { liveIn, migrationIn, T, watching } from '../slack/sample.ts';
import { until } from '../support/until.ts';
import { become, button, deafen, openSandbox, type SandboxInBrowser } from './sandbox-in-browser.ts';

const program = inject('browser');

// Where there is no browser, find-browser.ts has said so, or has failed the run.
describe.runIf(program !== null)('in a browser', { timeout: 120_000 }, () => {
  let sandbox: SandboxInBrowser;

  beforeAll(async () => {
    sandbox = await openSandbox(program ?? '');
  });
  afterAll(() => sandbox?.stop());

  test('a modal: the command alone asks for both servers, says what is wrong, and goes when it is closed', async () => {
    const window = await sandbox.open();
    await window.locator('#line').fill('/redis migrate');
    await window.locator('#line').press('Enter');
    const modal = window.getByRole('dialog', { name: 'Migrate a Redis' });
    await modal.getByLabel('Source: the server to move').selectOption('carts-old');
    await modal.getByLabel('Target: where it moves to').selectOption('carts-old');
    await modal.getByRole('button', { name: 'Look at both' }).click();
    await modal.getByText('Nothing to migrate.').waitFor();
    // Where it is wrong, and in what way, reaches those who do not see it.
    const wrong = modal.locator('[aria-invalid="true"]');
    expect(await wrong.getAttribute('id')).toBe('field-target');
    await modal.locator('[aria-invalid="true"]:focus').waitFor();
    expect(await describedBy(window, wrong)).toContain('Nothing to migrate.');
    const compare = modal.getByLabel('Compare before the promotion');
    expect(await describedBy(window, compare)).toBe('Never less than the environment demands.');
    expect(await modal.getByLabel('Source: the server to move').inputValue()).toBe('carts-old');
    await window.keyboard.press('Escape');
    await modal.waitFor({ state: 'hidden' });
    expect(sandbox.world.people.ana.modal()).toBeUndefined();
    await window.context().close();
  });

  test('the main path: ask, start, approve as somebody else, complete; nothing is lost', async () => {
    const window = await sandbox.open();
    await window.locator('#put-command').click();
    await window.locator('#line').press('Enter');
    await window.locator('#channel').getByText('Looking at carts-old and carts-new.').waitFor();
    await told(window).getByText('Looking at carts-old and carts-new.').waitFor();
    // What was typed comes back.
    await window.locator('#line').press('ArrowUp');
    expect(await window.locator('#line').inputValue()).toBe('/redis migrate carts-old carts-new');
    await button(window, 'ferry.start').click();
    await button(window, 'ferry.approve').click();
    await window.getByText('and not @ana').waitFor();
    await become(window, 'ben');
    await button(window, 'ferry.approve').click();
    await button(window, 'ferry.complete').click();
    const sure = window.getByRole('dialog', { name: /^Complete m\d+: close the way back\?$/ });
    expect(await describedBy(window, sure)).toContain('There is no Revert after this.');
    await sure.getByRole('button', { name: 'Complete' }).click();
    await window.locator('#channel').getByText('All steps done').waitFor();
    await window.getByText('More about the writes').click();
    await window.getByRole('button', { name: 'Read all back now' }).click();
    await window.locator('#accounted').getByText('read back from carts-new').waitFor();
    expect(await window.locator('#lost').textContent()).toBe('0');
    // The home tab knows it, too.
    await window.locator('#tab-home').click();
    await window.locator('#home').getByText('completed, asked by').waitFor();
    await window.getByRole('button', { name: 'Start over' }).click();
    await until(async () => (await sandbox.play.load.figures()).holder === 'old', { what: 'another go' });
    await window.context().close();
  });

  test('a stale click: a window that has not caught up gets a sentence, and nothing happens', async () => {
    const { people, slack } = sandbox.world;
    await people.ana.command(CHANNEL, '/redis migrate carts-old carts-new');
    const window = await sandbox.open({ width: 390, height: 844 });
    await become(window, 'ben');
    await button(window, 'ferry.start').click();
    await window.locator('#panes [data-pane="thread"]').click();
    const approve = button(window, 'ferry.approve');
    await approve.waitFor();
    await deafen(window);
    const offered = [...slack.workspace.messages.values()].findLast(({ blocks }) =>
      JSON.stringify(blocks).includes('ferry.deny'),
    );
    if (offered === undefined) throw new Error('nobody was asked to approve');
    await people.eva.click(offered, 'ferry.deny');
    await until(() => offered.versions.length > 1, { what: 'the message says that it was denied' });
    await approve.click();
    await until(
      () => slack.ephemerals('U0BEN').find(({ text }) => text.includes('belongs to an earlier state')),
      {
        what: 'a sentence for Ben',
      },
    );
    // What it missed is there once it listens again, the sentence as well.
    await window.reload();
    await window.locator('#panes [data-pane="thread"]').click();
    await window.getByText('belongs to an earlier state').waitFor();
    await window.context().close();
  });

  test('hostile names are text wherever they appear', async () => {
    const name = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
    const migration = migrationIn(watching);
    const [pair] = migration.pairs;
    if (pair === undefined) throw new Error('there is no pair');
    const hostile = { ...migration, pairs: [{ ...pair, source: { ...pair.source, name } }] };
    const window = await sandbox.open();
    for (const style of ['rich', 'classic'] as const) {
      const { text, blocks } = card(hostile, liveIn('online'), style);
      sandbox.world.slack.workspace.post({ channel: CHANNEL, text, blocks: asJson(blocks) });
    }
    const { blocks } = detailsView(hostile, liveIn('online'), T);
    sandbox.world.slack.workspace.post({ channel: CHANNEL, text: name, blocks: asJson(blocks) });
    await window.locator('#channel').getByText(name).first().waitFor();
    expect(await window.locator('img, iframe, body script, a[href^="javascript"]').count()).toBe(0);
    expect(await window.title()).toBe('Ferry sandbox');
    await window.context().close();
  });

  test('a screen reader is told each answer to a command once, also the same one again, and none to others', async () => {
    const window = await sandbox.open();
    const ben = await sandbox.open();
    await become(ben, 'ben');
    for (const times of [1, 2]) {
      await window.locator('#line').fill('/redis status no-such');
      await window.locator('#line').press('Enter');
      await told(window)
        .locator('p')
        .nth(times - 1)
        .waitFor({ state: 'attached' });
    }
    const answer = "I don't know a migration no-such. Ids look like m42; /redis status lists those that run.";
    expect(await told(window).locator('p').allTextContents()).toEqual([answer, answer]);
    sandbox.world.slack.workspace.post({ channel: CHANNEL, text: 'to everybody', blocks: [] });
    await ben.locator('#channel').getByText('to everybody').waitFor();
    expect(await told(ben).textContent()).toBe('');
    // What was there before is no news.
    await window.reload();
    await window.locator('#channel').getByText('no-such').last().waitFor();
    expect(await told(window).textContent()).toBe('');
    await window.context().close();
    await ben.context().close();
  });

  test('the keyboard stays where it is while messages change, and a thread that is opened gets it', async () => {
    const { workspace } = sandbox.world.slack;
    const post = (text: string, threadTs?: string, blocks: Blocks = []) =>
      workspace.post({ channel: CHANNEL, text, threadTs, blocks });
    const older = post('older', undefined, cardOf('Step 1', 'ferry.abort'));
    post('first reply', older.ts);
    post('newer', undefined, cardOf('Another one'));
    const window = await sandbox.open();
    const shown = window.locator(`[data-ts="${older.ts}"]`);
    const replies = shown.locator('.replies');
    await replies.press('Enter');
    await window.locator('#thread:focus').getByText('first reply').waitFor();

    await replies.focus();
    post('second reply', older.ts);
    await shown.locator('.replies:focus', { hasText: '2 replies' }).waitFor();
    // The thread of a new card opens by itself.
    post('newest', undefined, cardOf('The newest'));
    await window.locator('#channel').getByText('The newest').waitFor();
    await shown.locator('.replies:focus').waitFor();

    await shown.locator('summary').focus();
    workspace.edit(older, 'older', cardOf('Step 2', 'ferry.abort'));
    await shown.locator('summary:focus', { hasText: 'Step 2' }).waitFor();

    await shown.locator('[data-action="ferry.abort"]').focus();
    const news = { type: 'section', text: { type: 'mrkdwn', text: 'It stalled.' } };
    workspace.edit(older, 'older', [news, ...cardOf('Step 2', 'ferry.hold', 'ferry.abort')]);
    await shown.getByText('It stalled.').waitFor();
    await shown.locator('[data-action="ferry.abort"]:focus').waitFor();
    // Whoever is about to press a button does not press another one.
    workspace.edit(older, 'older', cardOf('Step 3', 'ferry.hold'));
    await shown.getByText('Step 3').waitFor();
    expect(await shown.locator(':focus').count()).toBe(0);
    await window.context().close();
  });

  test('no window had anything to complain about', () => {
    expect(sandbox.complaints).toEqual([]);
  });
});

type Blocks = Record<string, unknown>[];

/** A plan with this title, and a button for each action. */
function cardOf(title: string, ...actions: readonly string[]): Blocks {
  const elements = actions.map((id) => ({ type: 'button', action_id: id, text: { text: id } }));
  return [
    { type: 'plan', block_id: 'ferry-plan', title, tasks: [] },
    { type: 'actions', block_id: 'ferry-decide', elements },
  ];
}

/** What a screen reader is told beside the thread. */
function told(window: Page): Locator {
  return window.getByRole('status', { name: 'Answers' });
}

/** What a screen reader adds to the name of this. */
async function describedBy(window: Page, described: Locator): Promise<string> {
  const ids = ((await described.getAttribute('aria-describedby')) ?? '').split(' ').filter((id) => id !== '');
  const texts = ids.map((id) => window.locator(`[id="${id}"]`).textContent());
  return (await Promise.all(texts)).join(' ');
}

function asJson(blocks: readonly object[]): Record<string, unknown>[] {
  return JSON.parse(JSON.stringify(blocks));
}
