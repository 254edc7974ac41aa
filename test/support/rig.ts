// A whole Ferry on loopback: two real servers, Ferry's own Redis, the fake Slack, bot and worker in this
// process over the real protocols. What end-to-end tests start from.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Ferry, type FerryOptions, type Role, startFerry } from '../../src/compose.ts';
import { loadConfiguration } from '../../src/config/configuration.ts';
import type { Migration, Phase } from '../../src/migration/migration.ts';
import { compareVersions } from '../../src/sandbox/servers/server-id.ts';
import { freePort, type RunningServer, type StartOptions } from '../../src/sandbox/servers/start.ts';
import type { FakeSlack } from '../../src/sandbox/slack/fake-slack.ts';
import type { Message } from '../../src/sandbox/slack/records.ts';
import { startFakeSlack } from '../../src/sandbox/slack/start-fake-slack.ts';
import { createRecords } from '../../src/store/records.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import type { RequiredServer } from './required-servers.ts';
import { binaryOf, server } from './servers.ts';
import { until } from './until.ts';

export interface RigOptions {
  /** A required server, or any other of this run. */
  readonly source?: RequiredServer | (string & {});
  readonly target?: RequiredServer | (string & {});
  /** A password here stands in the inventory as well. */
  readonly sourceOptions?: StartOptions;
  readonly targetOptions?: StartOptions;
  readonly transport?: 'socket' | 'http';
  /** Lines below `production:` in ferry.yaml, already indented by four spaces. */
  readonly policy?: readonly string[];
  /** Lines at the end of ferry.yaml. */
  readonly more?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  /** What stands in the braces of `cutover:` beside the countdown: `fence: 1s`. */
  readonly cutover?: string;
  /** Something between Ferry and its servers: given a server's port, the port that Ferry is told. */
  readonly reach?: (server: 'source' | 'target' | 'own', port: number) => Promise<number>;
  /** Something between the servers: the port at which the target is told to find the source. */
  readonly link?: (sourcePort: number) => Promise<number>;
  /** Who starts bot and worker; default: this process. */
  readonly ferry?: Partial<Pick<FerryOptions, 'role' | 'trace' | 'alter'>> | null;
}

export interface Rig {
  readonly source: RunningServer;
  readonly target: RunningServer;
  readonly own: RunningServer;
  readonly slack: FakeSlack;
  readonly folder: string;
  /** For child processes. */
  readonly variables: Readonly<Record<string, string>>;
  readonly log: () => string;
  /** Types a command as Ana. */
  type(text: string): Promise<string>;
  /** The record, read as any process would. */
  migration(id?: string): Promise<Migration>;
  reaches(phase: Phase, options?: { id?: string; deadlineMs?: number }): Promise<Migration>;
  /** The newest message that offers this button, in the thread or the card. */
  offering(actionId: string): Promise<Message>;
  press(user: string, actionId: string): Promise<void>;
  thread(): readonly Message[];
  /** One more worker in this process. */
  startWorker(options?: Partial<Pick<FerryOptions, 'trace' | 'alter'>>): Promise<void>;
  stop(): Promise<void>;
}

export const CHANNEL = 'C0OPS';

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const from = options.source ?? 'redis-7.0';
  const [source, target, own] = await Promise.all([
    server(from, atOnce(from, options.sourceOptions)),
    server(options.target ?? 'redis-8.0', options.targetOptions),
    server('redis-7.0', { appendonly: true }),
  ]);
  const transport = options.transport ?? 'socket';
  const port = await freePort();
  const slack = await startFakeSlack({
    mode: transport,
    eventsUrl: `http://127.0.0.1:${port}/slack/events`,
    users: [
      { id: 'U0ANA', name: 'ana' },
      { id: 'U0BEN', name: 'ben' },
      { id: 'U0EVA', name: 'eva' },
      { id: 'U0KIM', name: 'kim' },
    ],
    channels: [
      { id: CHANNEL, name: 'ops', members: ['U0ANA', 'U0BEN', 'U0EVA', 'U0KIM'], hasBot: true },
      { id: 'C0OTHER', name: 'other', members: ['U0ANA', 'U0BEN'], hasBot: false },
    ],
  });
  const folder = mkdtempSync(join(tmpdir(), 'ferry-rig-'));
  const reach = options.reach ?? (async (_, port) => port);
  const ports = {
    source: await reach('source', source.port),
    target: await reach('target', target.port),
    own: await reach('own', own.port),
    link: (await options.link?.(source.port)) ?? source.port,
  };
  writeFileSync(join(folder, 'ferry.yaml'), configText(ports, target.port, options));
  const variables = {
    SLACK_BOT_TOKEN: slack.credentials.botToken,
    SLACK_API_URL: slack.apiUrl,
    ...(transport === 'socket'
      ? { SLACK_APP_TOKEN: slack.credentials.appToken }
      : { SLACK_SIGNING_SECRET: slack.credentials.signingSecret, PORT: String(port) }),
    FERRY_REDIS_URL: `redis://127.0.0.1:${ports.own}`,
    FERRY_CONFIG: join(folder, 'ferry.yaml'),
    FERRY_SECRET: 'of these tests alone',
    HEALTH_PORT: '0',
    LOG_LEVEL: 'debug',
    ...passwordVariable('OLD_PASSWORD', options.sourceOptions),
    ...passwordVariable('NEW_PASSWORD', options.targetOptions),
    ...options.variables,
  };
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', destination: { write: (line: string) => lines.push(line) } });
  const ferries: Ferry[] = [];
  const start = async (role: Role, more: Partial<FerryOptions> = {}) => {
    const configuration = loadConfiguration(variables, { slack: role !== 'worker', secrets: role !== 'bot' });
    const onLost = (why: string) => lines.push(why);
    ferries.push(await startFerry({ configuration, role, logger, onLost, baselineSeconds: 0, ...more }));
  };
  if (options.ferry !== null) await start('both', options.ferry);
  const startWorker = (more?: Partial<FerryOptions>) => start('worker', more);
  const rig = rigOver({ source, target, own, slack, folder, variables, ferries, lines, startWorker });
  if (transport === 'socket' && ferries.length > 0) {
    await until(() => slack.connections > 0, { what: 'the bot is connected' });
  }
  return rig;
}

/** Nobody need wait five seconds for a second replica that never comes, unless a test is about that. */
function atOnce(id: string, options: StartOptions = {}): StartOptions {
  // The setting came with 2.8.18.
  if (compareVersions(binaryOf(id).version, '2.8.18') < 0) return options;
  return { ...options, settings: { 'repl-diskless-sync-delay': '0', ...options.settings } };
}

/** Empty where the server wants no password. */
function passwordVariable(name: string, { password }: StartOptions = {}): Readonly<Record<string, string>> {
  return password === undefined ? {} : { [name]: password };
}

function configText(
  ports: Readonly<Record<'source' | 'target' | 'own' | 'link', number>>,
  targetPort: number,
  options: RigOptions,
): string {
  const at = (port: number) => `'redis://127.0.0.1:${port}'`;
  const instance = (name: string, port: number, follow: number, secrets: object) => {
    const replication = port === follow ? '' : `, replicationAddress: '127.0.0.1:${follow}'`;
    const password = Object.keys(secrets).map((variable) => `, password: 'env:${variable}'`);
    return `  ${name}: { url: ${at(port)}${replication}${password.join('')}, environment: production }`;
  };
  const secrets = {
    old: passwordVariable('OLD_PASSWORD', options.sourceOptions),
    new: passwordVariable('NEW_PASSWORD', options.targetOptions),
  };
  return [
    'instances:',
    instance('carts-old', ports.source, ports.link, secrets.old),
    instance('carts-new', ports.target, targetPort, secrets.new),
    `  carts-twin: { url: 'redis://localhost:${ports.source}', environment: production }`,
    `  ferrys-own: { url: ${at(ports.own)}, environment: production }`,
    'environments:',
    '  production:',
    `    channel: ${CHANNEL}`,
    '    approvers: [U0BEN, U0EVA]',
    `    cutover: { countdown: 0s${options.cutover === undefined ? '' : `, ${options.cutover}`} }`,
    ...(options.policy ?? []),
    ...(options.more ?? []),
    '',
  ].join('\n');
}

function ownRecords(own: RunningServer) {
  const redis = new Redis(own.url, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  const records = createRecords(redis);
  return {
    async read(id: string): Promise<Migration> {
      const uid = await records.uidOf(id);
      const found = uid === null ? null : await records.load(uid);
      if (found === null) throw new Error(`There is no ${id}.`);
      return found.migration;
    },
    close: () => redis.disconnect(),
  };
}

interface Parts {
  readonly source: RunningServer;
  readonly target: RunningServer;
  readonly own: RunningServer;
  readonly slack: FakeSlack;
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly ferries: readonly Ferry[];
  readonly startWorker: Rig['startWorker'];
  readonly lines: readonly string[];
}

function rigOver(parts: Parts): Rig {
  const { source, target, slack, own, folder, ferries } = parts;
  const records = ownRecords(own);
  const card = () =>
    slack.messages(CHANNEL).find((message) => message.threadTs === undefined && !message.isDeleted);
  const thread = () => {
    const first = card();
    return first === undefined ? [] : [first, ...slack.thread(CHANNEL, first.ts)];
  };
  const offering = (actionId: string) =>
    until(() => thread().findLast((message) => JSON.stringify(message.blocks).includes(`"${actionId}"`)), {
      what: `a message offers ${actionId}; thread: ${thread()
        .map((m) => m.text)
        .join(' | ')}`,
      deadlineMs: 30_000,
    });
  const migration = async (id = 'm1') => records.read(id);
  return {
    ...parts,
    log: () => parts.lines.join(''),
    async type(text) {
      const done = await slack.as('U0ANA').command(CHANNEL, text);
      return until(() => slack.ephemerals('U0ANA').at(-1)?.text ?? done.ephemerals.at(-1)?.text, {
        what: `an answer to ${text}`,
      });
    },
    migration,
    async reaches(phase, { id = 'm1', deadlineMs = 40_000 } = {}) {
      let last = '';
      try {
        return await until(
          async () => {
            const now = await migration(id);
            last = JSON.stringify(now.state).slice(0, 600);
            return now.state.phase === phase ? now : null;
          },
          { what: `${id} is ${phase}`, deadlineMs },
        );
      } catch (error) {
        throw new Error(`${id} never was ${phase}; it is ${last}`, { cause: error });
      }
    },
    offering,
    async press(user, actionId) {
      const message = await offering(actionId);
      await slack.as(user).click(message.ts, actionId);
    },
    thread,
    async stop() {
      await Promise.all(ferries.map((ferry) => ferry.stop()));
      records.close();
      await slack.close();
      await Promise.all([source, target, own].map((each) => each.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
