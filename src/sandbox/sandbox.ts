// `npm run sandbox`: the page to play with, or the demo. Returns the exit code; what it started ends with it.

import { readFileSync } from 'node:fs';
import { processVariables } from '../config/environment.ts';
import { FerryError, sentence } from '../migration/errors.ts';
import { accountingLines, failuresOf } from './accounting-lines.ts';
import { runDemo } from './demo.ts';
import { startLoadThread } from './load/start-load-thread.ts';
import { HELP, parseOptions } from './options.ts';
import { startPage } from './page/server.ts';
import { Play } from './play/play.ts';
import { SOURCE_NAME, startWorld, TARGET_NAME, type World } from './world.ts';

const KEYS = 100_000;
const PER_SECOND = 2_000;
const STAY_MS = 60_000;
const LOOK_FOR_PARENT_MS = 500;
const QUICK = { keys: 20_000, stayMs: 10_000, withinMs: 90_000 };
/** Far enough that the new server is always a few writes behind: a cutover that does not wait for them loses them. */
const DEMO_APART_MS = 50;
const DEMO_WITHIN_MS = 240_000;

/** Exit codes: 0, 1 when something failed or was lost, 2 for a mistake in the options. */
export async function runSandbox(argv: readonly string[]): Promise<number> {
  const parsed = parseOptions(argv);
  if (parsed.kind === 'help') {
    say(HELP);
    return 0;
  }
  if (parsed.kind === 'mistake') {
    console.error(parsed.sentence);
    return 2;
  }
  const stopped = stopSignal();
  let world: World | undefined;
  try {
    const { mode, isQuick, port } = parsed.options;
    const policy = isQuick ? { cutover: { countdown: '1s' } } : {};
    const apartMs = mode === 'demo' ? DEMO_APART_MS : 0;
    const started = await startWorld({
      env: processVariables(),
      say,
      policy,
      apartMs,
      linked: mode === 'page',
    });
    world = started;
    if (mode === 'page') return await playOn(started, port, stopped);
    return await Promise.race([demo(started, isQuick), stopped.then(() => 1)]);
  } catch (error) {
    console.error(error instanceof FerryError ? sentence(error) : error);
    return 1;
  } finally {
    await world?.stop();
  }
}

async function demo(world: World, isQuick: boolean): Promise<number> {
  const size = isQuick ? QUICK : { keys: KEYS, stayMs: STAY_MS, withinMs: DEMO_WITHIN_MS };
  const names = `${SOURCE_NAME} (${world.source.version}) → ${TARGET_NAME} (${world.target.version})`;
  say(`${names} on this machine, ${DEMO_APART_MS} ms apart so that the last writes have to be waited for.`);
  const result = await runDemo(world, { ...size, perSecond: PER_SECOND, startLoad: startLoadThread, say });
  const failures = failuresOf(result);
  say(`\n${accountingLines(result, DEMO_APART_MS).join('\n')}\n`);
  if (failures.length === 0) {
    say('Every acknowledged write is accounted for.');
    return 0;
  }
  for (const failure of failures) console.error(failure);
  return 1;
}

async function playOn(world: World, port: number, stopped: Promise<void>): Promise<number> {
  const play = await Play.begin(world, {
    keys: KEYS,
    perSecond: PER_SECOND,
    stayMs: STAY_MS,
    startLoad: startLoadThread,
  });
  const page = await startPage(world, play, port);
  say(`\nFerry's sandbox runs at ${page.url}\nCtrl-C ends it and everything it started.`);
  await stopped;
  await play.stop();
  await page.close();
  return 0;
}

/**
 * Resolves at the first SIGINT or SIGTERM, or when the npm that started this is gone. A second signal ends the
 * process at once, and the kernel its children.
 */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    whenOrphaned(resolve);
    const stop = (): void => {
      process.once('SIGINT', () => process.exit(130));
      process.once('SIGTERM', () => process.exit(143));
      resolve();
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });
}

/** Under npm alone: it may be killed without a word, and whoever killed it wants all of it to be gone. */
function whenOrphaned(tell: () => void): void {
  if (processVariables()['npm_lifecycle_event'] === undefined) return;
  const began = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === began) return;
    clearInterval(timer);
    tell();
  }, LOOK_FOR_PARENT_MS);
  timer.unref();
}

/** Parent and grandparent: npm runs a shell that runs this. Without /proc the parent alone. */
function ancestors(): string {
  try {
    const status = readFileSync(`/proc/${process.ppid}/status`, 'utf8');
    return `${process.ppid} ${/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? ''}`;
  } catch {
    return String(process.ppid);
  }
}

function say(line: string): void {
  console.log(line);
}
