// npm run screenshots: plays a migration on the sandbox's real page in the system's Chromium, and keeps what it
// looks like in .github/screenshots for the README. Nothing in the pictures is made up.

import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { buildWhenNeeded } from './build.mjs';
import { smallPng } from './small-png.mjs';

const FOLDER = fileURLToPath(new URL('../.github/screenshots/', import.meta.url));
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const KEYS = 200_000;
const WIDE = { width: 1_440, height: 900 };
const PHONE = { width: 390, height: 844 };

buildWhenNeeded();
const { startWorld } = await import('../dist/sandbox/world.js');
const { Play } = await import('../dist/sandbox/play/play.js');
const { startPage } = await import('../dist/sandbox/page/server.js');
const { startLoadThread } = await import('../dist/sandbox/load/start-load-thread.js');

const program = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => NAMES.map((name) => join(folder, name)))
  .find(isExecutable);
if (program === undefined) {
  console.error(`Screenshots need Chromium on PATH (${NAMES.join(', ')}).`);
  process.exit(1);
}

mkdirSync(FOLDER, { recursive: true });
const world = await startWorld({ env: process.env, say: console.log, linked: true });
const play = await Play.begin(world, {
  keys: KEYS,
  perSecond: 2_000,
  stayMs: 20_000,
  startLoad: startLoadThread,
});
const page = await startPage(world, play, 0);
const browser = await chromium.launch({ executablePath: program, chromiumSandbox: false });
try {
  await tell();
} finally {
  await browser.close();
  await page.close();
  await play.stop();
  await world.stop();
}

async function tell() {
  const light = await open(WIDE, 'light');
  await light.locator('#put-command').click();
  await light.locator('#line').press('Enter');
  await offered(light, 'ferry.start').click();
  await offered(light, 'ferry.approve').waitFor();
  // A stall in the middle of the chart, which has a point every half minute.
  await drawn(light, 2);
  await light.locator('[data-trouble="stall"]').click();
  await light.locator('#thread').getByText('stopped answering').waitFor();
  await drawn(light, 5);
  await light.locator('#line').hover();
  await keep(light, 'approval');
  await light.context().close();

  const phone = await open(PHONE, 'light');
  await become(phone, 'ben');
  await phone.locator('#panes [data-pane="thread"]').click();
  await phone.locator('#thread').evaluate((list) => list.scrollTo(0, list.scrollHeight));
  await keep(phone, 'phone');
  await phone.context().close();

  const dark = await open(WIDE, 'dark');
  await become(dark, 'ben');
  await offered(dark, 'ferry.approve').click();
  await dark.locator('#thread').getByText('Cut over.').waitFor();
  await offered(dark, 'ferry.complete').waitFor();
  await delay(5_000);
  await dark.locator('#line').hover();
  await keep(dark, 'watching-dark');
}

/** Waits until the card's chart has so many points. */
async function drawn(window, points) {
  const line = window.locator('#channel .chart .series').first();
  const deadline = Date.now() + 300_000;
  for (;;) {
    const count =
      (await line.count()) === 0 ? 0 : ((await line.getAttribute('points')) ?? '').split(' ').length;
    if (count >= points) return;
    if (Date.now() > deadline) throw new Error(`The chart has ${count} points.`);
    await delay(500);
  }
}

async function open(viewport, colorScheme) {
  const context = await browser.newContext({ viewport, colorScheme, deviceScaleFactor: 1.5 });
  const window = await context.newPage();
  window.setDefaultTimeout(60_000);
  await window.goto(page.url);
  return window;
}

function offered(window, actionId) {
  return window.locator(`[data-action="${actionId}"]`).last();
}

async function become(window, name) {
  await window.locator(`#people input[value="${name}"]`).check({ force: true });
}

async function keep(window, name) {
  const png = smallPng(await window.screenshot({ animations: 'disabled' }));
  writeFileSync(join(FOLDER, `${name}.png`), png);
  console.log(`${name}.png: ${Math.round(png.length / 1024)} KB`);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
