// The sandbox and a real browser that looks at it, for the tests of one file.

import { type Browser, chromium, type Page } from 'playwright-core';
import { startLoad } from '../../src/sandbox/load/load.ts';
import { startPage } from '../../src/sandbox/page/server.ts';
import { Play } from '../../src/sandbox/play/play.ts';
import { startWorld, type World } from '../../src/sandbox/world.ts';
import { binaryOf } from '../support/servers.ts';

export interface SandboxInBrowser {
  readonly world: World;
  readonly play: Play;
  /** A new window. Everything that went wrong in any of them is in `complaints`. */
  open(options?: { readonly width?: number; readonly height?: number }): Promise<Page>;
  /** What browsers complained about: errors of scripts, refused resources, dialogs that nobody asked for. */
  readonly complaints: readonly string[];
  stop(): Promise<void>;
}

const WITHIN_MS = 30_000;
/** The page keeps its event stream to itself; a test may want it to be cut. */
const KEEP_THE_STREAM = `
  const Real = EventSource;
  EventSource = class extends Real {
    constructor(url) {
      super(url);
      globalThis.stream = this;
    }
  };`;

export async function openSandbox(browserProgram: string): Promise<SandboxInBrowser> {
  const ends: (() => Promise<unknown>)[] = [];
  const complaints: string[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const world = await startWorld({
      env: process.env,
      say: () => undefined,
      binaries: { source: binaryOf('redis-7.0'), target: binaryOf('redis-8.0') },
      linked: true,
      policy: { cutover: { countdown: '1s' } },
    });
    ends.push(() => world.stop());
    const play = await Play.begin(world, { keys: 5_000, perSecond: 300, stayMs: 0, startLoad });
    ends.push(() => play.stop());
    const page = await startPage(world, play, 0);
    ends.push(() => page.close());
    const browser = await launch(browserProgram);
    ends.push(() => browser.close());
    return {
      world,
      play,
      complaints,
      stop,
      async open({ width = 1_280, height = 860 } = {}) {
        const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' });
        const window = await context.newPage();
        await window.addInitScript(KEEP_THE_STREAM);
        window.setDefaultTimeout(WITHIN_MS);
        window.on('pageerror', (error) => complaints.push(error.message));
        window.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
        window.on('console', (line) => {
          if (line.type() === 'error') complaints.push(line.text());
        });
        await window.goto(page.url);
        return window;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function launch(program: string): Promise<Browser> {
  // Chromium's own sandbox needs a user that is not root; what it shows here is ours and on loopback.
  return chromium.launch({ executablePath: program, chromiumSandbox: false });
}

/** Chooses who one is in this window. */
export async function become(window: Page, name: 'ana' | 'ben' | 'eva' | 'kim'): Promise<void> {
  await window.locator(`#people input[value="${name}"]`).check({ force: true });
}

/** The newest button of this kind that the window shows: where it is narrow, it has others that nobody sees. */
export function button(window: Page, actionId: string) {
  return window.locator(`[data-action="${actionId}"]:visible`).last();
}

/** From now on the window hears of nothing that happens, as one whose network is gone; what it sends arrives. */
export async function deafen(window: Page): Promise<void> {
  await window.evaluate('stream.close()');
}
