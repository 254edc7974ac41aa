// Starts one real server on loopback, in a folder of its own, and waits until it answers.
// Every server ends with the process that started it; nothing listens on anything but 127.0.0.1.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FerryError } from '../../migration/errors.ts';
import { leash, leashedCommand } from './leash.ts';
import { ping } from './ping.ts';
import { compareVersions, type ServerBinary } from './server-id.ts';

export interface StartOptions {
  /** Settings by their name in redis.conf; a list gives a setting several times. They win over the defaults. */
  readonly settings?: Readonly<Record<string, string | readonly string[]>>;
  /** True writes a real redis.conf into the folder, so that CONFIG REWRITE works and a restart keeps what it wrote. */
  readonly configFile?: boolean;
  /** Sets requirepass. */
  readonly password?: string;
  /** Default: a free port. */
  readonly port?: number;
  readonly appendonly?: boolean;
  /** Where its folder is made. Default: among the system's temporary files. */
  readonly under?: string;
  /** How long to wait for the first PONG, loading included. Default 15,000. */
  readonly readyWithinMs?: number;
}

export interface RunningServer {
  readonly binary: ServerBinary;
  readonly version: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly url: string;
  readonly dir: string;
  readonly logFile: string;
  /** Of the running process; another one after a restart. */
  readonly pid: number;
  /** Null while the process runs, then how it ended. */
  readonly ended: { code: number | null; signal: NodeJS.Signals | null } | null;
  /** Sends a signal and waits for the process to end. Default SIGKILL. The folder stays. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP: the process keeps its connections and answers nobody. */
  pause(): void;
  resume(): void;
  /** Ends the process when it runs, and starts it again: same port, folder and settings. */
  restart(signal?: NodeJS.Signals): Promise<void>;
  log(): Promise<string>;
  /** Ends the process and removes the folder. May be called twice. */
  stop(): Promise<void>;
}

const CONFIG_FILE = 'redis.conf';
/** 2.4 cannot be told to save never. */
const NEVER_SAVED = '86400 1000000000';
const PORT_ATTEMPTS = 5;
/** Below the ports that systems give to outgoing connections, which come and go all the time. */
const PORTS = { from: 18_000, to: 32_000 };
const STOP_WITHIN_MS = 5_000;

/** Starts a server. Throws `server-not-started` with the end of its log when it does not answer in time. */
export async function startServer(binary: ServerBinary, options: StartOptions = {}): Promise<RunningServer> {
  const dir = await mkdtemp(join(options.under ?? tmpdir(), `ferry-${binary.flavour}-`));
  try {
    for (let attempt = 1; ; attempt += 1) {
      const port = options.port ?? (await freePort());
      try {
        const child = await launch(binary, dir, port, options);
        return running(binary, dir, port, options, child);
      } catch (error) {
        // Between finding a port free and using it somebody else may have taken it.
        const taken = error instanceof FerryError && /Address already in use/i.test(error.message);
        if (!taken || options.port !== undefined || attempt === PORT_ATTEMPTS) throw error;
        // The file of the first attempt names the port that was taken.
        await rm(join(dir, CONFIG_FILE), { force: true });
      }
    }
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

/** A port on loopback that nobody listens on now. */
export async function freePort(): Promise<number> {
  for (let attempt = 1; attempt < 50; attempt += 1) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    if (await isFree(port)) return port;
  }
  throw new FerryError('no-free-port', `No port between ${PORTS.from} and ${PORTS.to} is free.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

function running(
  binary: ServerBinary,
  dir: string,
  port: number,
  options: StartOptions,
  first: ChildProcess,
): RunningServer {
  let child = first;
  const logFile = join(dir, 'server.log');
  const login = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (hasEnded(child)) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    // A stopped process acts on no signal but SIGKILL until it is continued.
    if (signal !== 'SIGKILL') child.kill('SIGCONT');
    await exited;
  };
  return {
    binary,
    version: binary.version,
    host: '127.0.0.1',
    port,
    url: `redis://${login}127.0.0.1:${port}`,
    dir,
    logFile,
    get pid() {
      return child.pid ?? 0;
    },
    get ended() {
      return hasEnded(child) ? { code: child.exitCode, signal: child.signalCode } : null;
    },
    kill: (signal = 'SIGKILL') => end(signal),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async restart(signal = 'SIGTERM') {
      await end(signal);
      child = await launch(binary, dir, port, options);
    },
    log: () => readFile(logFile, 'utf8'),
    async stop() {
      const gentle = end('SIGTERM');
      const late = AbortSignal.timeout(STOP_WITHIN_MS);
      late.addEventListener('abort', () => void child.kill('SIGKILL'));
      await gentle;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function launch(
  binary: ServerBinary,
  dir: string,
  port: number,
  options: StartOptions,
): Promise<ChildProcess> {
  const configPath = join(dir, CONFIG_FILE);
  const lines = configLines(binary, dir, port, options);
  const firstStart = !(await fileExists(configPath));
  // A restart reads the file as CONFIG REWRITE left it.
  if (options.configFile === true && firstStart) await writeFile(configPath, lines, { mode: 0o600 });
  const log = await open(join(dir, 'server.log'), 'a');
  const [program, args] = leashedCommand(binary.program, [
    ...binary.leadingArgs,
    options.configFile === true ? configPath : '-',
  ]);
  const child = spawn(program, args, {
    cwd: dir,
    stdio: ['pipe', log.fd, log.fd],
    env: { LC_ALL: 'C', TZ: 'UTC', ...binary.environment },
  });
  leash(child);
  await log.close();
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.configFile === true ? '' : lines);
  await untilReady(binary, child, dir, port, options);
  return child;
}

async function untilReady(
  binary: ServerBinary,
  child: ChildProcess,
  dir: string,
  port: number,
  options: StartOptions,
): Promise<void> {
  const deadline = performance.now() + (options.readyWithinMs ?? 15_000);
  while (!hasEnded(child) && child.pid !== undefined && performance.now() < deadline) {
    // Another server may listen on this port; then ours is about to end, which is looked at first.
    if ((await ping(port, options.password ?? null)) === 'ready' && !hasEnded(child)) return;
    await delay(10);
  }
  child.kill('SIGKILL');
  const log = await readFile(join(dir, 'server.log'), 'utf8').catch(() => '');
  const tail = log.split('\n').slice(-15).join('\n').trim();
  throw new FerryError(
    'server-not-started',
    `${binary.flavour} ${binary.version} did not start on port ${port}: ${tail}`,
  );
}

function configLines(binary: ServerBinary, dir: string, port: number, options: StartOptions): string {
  const settings: Record<string, string | readonly string[]> = {
    port: String(port),
    bind: '127.0.0.1',
    dir,
    daemonize: 'no',
    save: compareVersions(binary.version, '2.6') < 0 ? NEVER_SAVED : '""',
    appendonly: options.appendonly === true ? 'yes' : 'no',
    ...(options.password === undefined ? {} : { requirepass: quoted(options.password) }),
    ...options.settings,
  };
  const lines = Object.entries(settings).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((each) => `${name} ${each}`),
  );
  return `${lines.join('\n')}\n`;
}

/** Before 2.6 quotes in the file are part of the value, so they come only where something needs them. */
function quoted(password: string): string {
  return /^[\w.-]+$/.test(password) ? password : `"${password}"`;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function fileExists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}
