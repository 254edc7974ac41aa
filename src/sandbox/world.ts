// A whole world on loopback: Ferry's Redis, an old and a new server, a Slack, and Ferry's own two processes.
// Everything lies in one folder and ends with this process, however it ends.

import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { type Child, startChild } from './child.ts';
import { type Link, startLink } from './link.ts';
import type { Address } from './load/resp.ts';
import { obtainPair } from './servers/obtain.ts';
import type { ServerBinary, Variables } from './servers/server-id.ts';
import { freePort, type RunningServer, startServer } from './servers/start.ts';
import type { FakeSlack } from './slack/fake-slack.ts';
import type { Person } from './slack/person.ts';
import { startFakeSlack } from './slack/start-fake-slack.ts';

export interface WorldOptions {
  /** Where servers are looked for. */
  readonly env: Variables;
  readonly say: (line: string) => void;
  /** How Slack reaches the bot. Default: Socket Mode. */
  readonly transport?: 'socket' | 'http';
  /** Default: what `obtainPair` finds. */
  readonly binaries?: { readonly source: ServerBinary; readonly target: ServerBinary };
  /** How much later the target gets what the source sends it. Default 0: as fast as loopback is. */
  readonly apartMs?: number;
  /** True: the servers reach each other over links that can be cut. Default false: directly. */
  readonly linked?: boolean;
  /** Settings of the sandbox's environment in ferry.yaml, beside and over its own. */
  readonly policy?: Readonly<Record<string, unknown>>;
  /** Settings of redis.conf for both servers, beside and over the sandbox's own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What Node runs instead of the built program. */
  readonly botCommand?: readonly string[];
  readonly workerCommand?: readonly string[];
  /** Variables for bot and worker, beside and over the sandbox's own. */
  readonly processEnv?: Readonly<Record<string, string>>;
  /** False: a process that dies stays dead. Default true. */
  readonly supervised?: boolean;
}

export interface World {
  readonly dir: string;
  readonly source: RunningServer;
  readonly target: RunningServer;
  readonly ferryRedis: RunningServer;
  /** Between the two servers, one a direction; empty where they reach each other directly. */
  readonly links: readonly Link[];
  readonly slack: FakeSlack;
  readonly bot: Child;
  readonly worker: Child;
  readonly people: Readonly<Record<'ana' | 'ben' | 'eva' | 'kim', Person>>;
  /** Ends every process and removes the folder. May be called twice. */
  stop(): Promise<void>;
}

export const CHANNEL = 'C0OPS';
export const SOURCE_NAME = 'carts-old';
export const TARGET_NAME = 'carts-new';
export const PEOPLE = [
  { id: 'U0ANA', name: 'ana' },
  { id: 'U0BEN', name: 'ben' },
  { id: 'U0EVA', name: 'eva' },
  { id: 'U0KIM', name: 'kim' },
] as const;

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export function addressOf(server: RunningServer): Address {
  return { host: server.host, port: server.port };
}

/** Starts everything and waits until bot and worker are ready. What was started ends when something fails. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'ferry-sandbox-'));
  const removeAtExit = (): void => rmSync(dir, { recursive: true, force: true });
  process.once('exit', removeAtExit);
  const started: { stop(): Promise<void> }[] = [];
  const keep = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    started.push(one);
    return one;
  };
  const stop = async (): Promise<void> => {
    // Last started, first ended: Ferry before the servers that it works on.
    for (const each of started.splice(0).reverse()) await each.stop();
    await rm(dir, { recursive: true, force: true });
    process.off('exit', removeAtExit);
  };
  try {
    const { source, target, ferryRedis } = await startServers(options, dir, keep);
    const mode = options.transport ?? 'socket';
    const slack = await startFakeSlack({ mode, users: PEOPLE, channels: [{ id: CHANNEL, name: 'ops' }] });
    started.push({ stop: () => slack.close() });
    const configFile = join(dir, 'ferry.yaml');
    const { apartMs = 0, linked = false, policy = {} } = options;
    const toSource = apartMs > 0 || linked ? await keep(startLink(addressOf(source), apartMs)) : null;
    const toTarget = linked ? await keep(startLink(addressOf(target), 0)) : null;
    const links = [toSource, toTarget].filter((link) => link !== null);
    await writeFile(configFile, ferryYaml(seen(source, toSource), seen(target, toTarget), policy));
    const env = {
      PATH: options.env['PATH'] ?? '',
      SLACK_BOT_TOKEN: slack.credentials.botToken,
      ...(await transportEnv(slack, mode)),
      SLACK_API_URL: slack.apiUrl,
      FERRY_REDIS_URL: ferryRedis.url,
      FERRY_CONFIG: configFile,
      LOG_LEVEL: 'info',
      ...options.processEnv,
    };
    const process = (name: 'bot' | 'worker', command: readonly string[]): Promise<Child> => {
      const supervised = options.supervised ?? true;
      return keep(startChild({ name, command, env, logFile: join(dir, `${name}.log`), supervised }));
    };
    const worker = await process('worker', options.workerCommand ?? [MAIN, 'worker']);
    const bot = await process('bot', options.botCommand ?? [MAIN, 'bot']);
    await Promise.all([worker.ready(), bot.ready()]);
    const as = (index: 0 | 1 | 2 | 3): Person => slack.as(PEOPLE[index].id);
    const people = { ana: as(0), ben: as(1), eva: as(2), kim: as(3) };
    return { dir, source, target, ferryRedis, links, slack, bot, worker, people, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** For HTTP the bot gets a port, and Slack is told of it. */
async function transportEnv(slack: FakeSlack, mode: 'socket' | 'http'): Promise<Record<string, string>> {
  if (mode === 'socket') return { SLACK_APP_TOKEN: slack.credentials.appToken };
  const port = String(await freePort());
  slack.setEventsUrl(`http://127.0.0.1:${port}/slack/events`);
  return { SLACK_SIGNING_SECRET: slack.credentials.signingSecret, PORT: port };
}

async function startServers(
  options: WorldOptions,
  under: string,
  keep: (starting: Promise<RunningServer>) => Promise<RunningServer>,
): Promise<{ source: RunningServer; target: RunningServer; ferryRedis: RunningServer }> {
  const binaries = options.binaries ?? (await obtainPair({ env: options.env, say: options.say }));
  // A log that nobody waits for: what the page and the demo measure is Ferry, not this machine's disk.
  const durable = { 'maxmemory-policy': 'noeviction', appendfsync: 'no' };
  const settings = {
    ...durable,
    // Nobody wants to watch a server wait for a second replica that never comes.
    'repl-diskless-sync-delay': '0',
    ...options.settings,
  };
  const customer = { configFile: true, appendonly: true, settings, under };
  const own = { appendonly: true, settings: durable, under };
  const [ferryRedis, source, target] = await Promise.all([
    keep(startServer(binaries.target, own)),
    keep(startServer(binaries.source, customer)),
    keep(startServer(binaries.target, customer)),
  ]);
  return { source, target, ferryRedis };
}

/** The addresses of a server: Ferry's, and the other server's where a link is in between. */
function seen(server: RunningServer, link: Link | null): { url: string; replicationAddress?: string } {
  const { url } = server;
  return link === null ? { url } : { url, replicationAddress: `${link.address.host}:${link.address.port}` };
}

function ferryYaml(
  source: ReturnType<typeof seen>,
  target: ReturnType<typeof seen>,
  policy: Readonly<Record<string, unknown>>,
): string {
  return stringify({
    instances: {
      [SOURCE_NAME]: { ...source, environment: 'sandbox' },
      [TARGET_NAME]: { ...target, environment: 'sandbox' },
    },
    environments: {
      sandbox: {
        channel: CHANNEL,
        start: 'button',
        approvals: 1,
        approvers: ['U0BEN', 'U0EVA'],
        cutover: { countdown: '3s' },
        // Judges sooner than in production: nobody plays for minutes to see a breach.
        latency: {
          stall: '100ms',
          strained: { p99: '50ms', for: '5s' },
          breached: { p99: '250ms', for: '15s' },
          onBreach: 'hold',
        },
        watch: { for: '5m', atEnd: 'ask' },
        // Everything here is for trying out: fill, clear and rehearse, too.
        rehearsal: true,
        ...policy,
      },
    },
    slack: { command: '/redis', channel: CHANNEL },
  });
}
