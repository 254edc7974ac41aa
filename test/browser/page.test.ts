// The sandbox's page in a real browser: the main path by clicks, a modal, a stale click, hostile names.

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
    const modal = window.locator('#modal');
    await modal.getByLabel('Source: the server to move').selectOption('carts-old');
    await modal.getByLabel('Target: where it moves to').selectOption('carts-old');
    await modal.getByRole('button', { name: 'Look at both' }).click();
    await modal.getByText('Nothing to migrate.').waitFor();
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
    await window.getByText('Looking at carts-old and carts-new.').waitFor();
    // What was typed comes back.
    await window.locator('#line').press('ArrowUp');
    expect(await window.locator('#line').inputValue()).toBe('/redis migrate carts-old carts-new');
    await button(window, 'ferry.start').click();
    await button(window, 'ferry.approve').click();
    await window.getByText('and not @ana').waitFor();
    await become(window, 'ben');
    await button(window, 'ferry.approve').click();
    await button(window, 'ferry.complete').click();
    await window.locator('#dialog').getByRole('button', { name: 'Complete' }).click();
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

  test('no window had anything to complain about', () => {
    expect(sandbox.complaints).toEqual([]);
  });
});

function asJson(blocks: readonly object[]): Record<string, unknown>[] {
  return JSON.parse(JSON.stringify(blocks));
}
