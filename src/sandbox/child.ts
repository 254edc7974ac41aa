// One of Ferry's own processes in the sandbox: started, watched, started again when it dies, as in production.

import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { FerryError } from '../migration/errors.ts';
import { leash, leashedCommand } from './servers/leash.ts';
import { freePort } from './servers/start.ts';

export interface ChildOptions {
  readonly name: string;
  /** What Node runs: a script and its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** False: it stays dead until `start`. Default true. */
  readonly supervised?: boolean;
}

export interface Child {
  readonly name: string;
  /** Of the running process; 0 while there is none. */
  readonly pid: number;
  /** How often it ended without being asked to by `stop`. */
  readonly deaths: number;
  readonly healthUrl: string;
  /** Sends a signal and waits for the end; a supervisor then starts it again. Default SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Sends a signal without waiting, for SIGSTOP and SIGCONT. */
  signal(signal: NodeJS.Signals): void;
  /** Starts it when it does not run. Its readiness is another matter: see `ready`. */
  start(): Promise<void>;
  /** Waits until /readyz says so. Throws with the end of its log when it ends or takes too long. */
  ready(withinMs?: number): Promise<void>;
  /** SIGTERM, and SIGKILL when that was not enough; nobody starts it again. */
  stop(): Promise<void>;
  log(): Promise<string>;
}

const RESTART_AFTER_MS = 300;
const STOP_WITHIN_MS = 3_000;
const LOG_TAIL_LINES = 20;

export async function startChild(options: ChildOptions): Promise<Child> {
  const healthPort = await freePort();
  const healthUrl = `http://127.0.0.1:${healthPort}`;
  const supervised = options.supervised ?? true;
  let child: ChildProcess | null = null;
  let wanted = true;
  let deaths = 0;

  const start = async (): Promise<void> => {
    if (child !== null) return;
    const log = await open(options.logFile, 'a');
    const [program, args] = leashedCommand(process.execPath, options.command);
    const env = { ...options.env, HEALTH_PORT: String(healthPort) };
    const started = spawn(program, args, { stdio: ['ignore', log.fd, log.fd], env });
    child = started;
    leash(started);
    await log.close();
    started.on('error', () => undefined);
    started.once('exit', () => {
      child = null;
      if (!wanted) return;
      deaths += 1;
      if (supervised) void delay(RESTART_AFTER_MS).then(() => (wanted ? start() : undefined));
    });
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child;
    if (running === null) return;
    const exited = new Promise<void>((resolve) => running.once('exit', () => resolve()));
    running.kill(signal);
    await exited;
  };
  const readLog = (): Promise<string> => readFile(options.logFile, 'utf8').catch(() => '');
  await start();
  return {
    name: options.name,
    healthUrl,
    get pid() {
      return child?.pid ?? 0;
    },
    get deaths() {
      return deaths;
    },
    start: async () => {
      wanted = true;
      await start();
    },
    signal: (signal) => void child?.kill(signal),
    kill: (signal = 'SIGKILL') => end(signal),
    log: readLog,
    async ready(withinMs = 30_000) {
      const deadline = performance.now() + withinMs;
      const deathsBefore = deaths;
      let why = 'it did not answer';
      while (performance.now() < deadline && deaths === deathsBefore) {
        const answer = await readiness(healthUrl);
        if (answer === null) return;
        why = answer;
        await delay(50);
      }
      const tail = (await readLog()).trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
      const what = deaths === deathsBefore ? `is not ready: ${why}` : 'ended';
      throw new FerryError('child-not-ready', `The ${options.name} ${what}. Its log ends with:\n${tail}`);
    },
    async stop() {
      wanted = false;
      const late = setTimeout(() => void child?.kill('SIGKILL'), STOP_WITHIN_MS);
      child?.kill('SIGCONT');
      await end('SIGTERM');
      clearTimeout(late);
    },
  };
}

/** Null when ready, else what it says. */
async function readiness(healthUrl: string): Promise<string | null> {
  try {
    const response = await fetch(`${healthUrl}/readyz`, { signal: AbortSignal.timeout(3_000) });
    return response.ok ? null : await response.text();
  } catch (error) {
    return String(error);
  }
}
