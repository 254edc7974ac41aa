// Two servers, Ferry's own Redis and one worker in this process, without Slack: wishes are written as a bot
// would write them. Used again and again by tests and measurements that need many cutovers in a row.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ferry, startFerry } from '../../src/compose.ts';
import { loadConfiguration } from '../../src/config/configuration.ts';
import type { AnnouncementBody } from '../../src/migration/announcement.ts';
import type { Wish } from '../../src/migration/events.ts';
import type { Finding } from '../../src/migration/finding.ts';
import type { AnswerId, Migration, Phase } from '../../src/migration/migration.ts';
import type { Plan } from '../../src/migration/plan.ts';
import { openDispatcher } from '../../src/queue/dispatcher.ts';
import { openDriveQueue } from '../../src/queue/drive.ts';
import { connectFerrysRedis } from '../../src/redis/ferrys-own.ts';
import { type Address, ask, LoginRefused } from '../../src/sandbox/load/resp.ts';
import { compareVersions } from '../../src/sandbox/servers/server-id.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { createRecords } from '../../src/store/records.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import type { ActTrace } from '../../src/workflow/ports.ts';
import type { Workflow } from '../../src/workflow/workflow.ts';
import type { RequiredServer } from './required-servers.ts';
import { binaryOf, sharedServer } from './servers.ts';
import { until } from './until.ts';

export interface LoadedPairOptions {
  /** A required server, or any other of this run. */
  readonly source: RequiredServer | (string & {});
  readonly target: RequiredServer | (string & {});
  /** Where the target finds the source; default: where it is. */
  readonly sourceSeenAt?: (port: number) => Promise<number>;
  /** Lines below `production:` in ferry.yaml, already indented by four spaces. */
  readonly policy?: readonly string[];
  /** Lines below `hooks:` in ferry.yaml, already indented by two spaces. */
  readonly hooks?: readonly string[];
  /** Where Ferry finds the servers; default: where they are. */
  readonly ferrySees?: (port: number) => Promise<number>;
  /** Settings of redis.conf for both servers. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Settings of one server alone. */
  readonly settingsOf?: Readonly<Partial<Record<'source' | 'target', Readonly<Record<string, string>>>>>;
  /** What ferry.yaml says of an instance instead of its address: its lines without indentation. */
  readonly inventory?: Readonly<Partial<Record<'source' | 'target', (port: number) => readonly string[]>>>;
  /** Environment variables, for references in the inventory. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Both servers want one, each its own. */
  readonly passwords?: { readonly source: string; readonly target: string };
  /** Both servers have a redis.conf, which CONFIG REWRITE rewrites. */
  readonly configFile?: boolean;
  /** How long anything may take. Default 60,000. */
  readonly patienceMs?: number;
  readonly trace?: ActTrace;
  readonly alter?: (workflow: Workflow) => Workflow;
}

type Plain = Exclude<Wish['kind'], 'abort-requested' | 'answered'>;

export interface LoadedPair {
  readonly source: RunningServer;
  readonly target: RunningServer;
  /** Of source and target, as the load calls them. */
  readonly at: { readonly old: Address; readonly new: Address };
  log(): string;
  /** Asks for a migration; gives its uid once it is planned. */
  plan(): Promise<string>;
  /** Asks for a migration that is refused; gives what the survey found. */
  refused(): Promise<readonly Finding[]>;
  /** The plan of the newest migration that had one. */
  lastPlan(): Plan;
  /** Asks for a migration and starts it; gives its uid once people may approve. */
  follow(): Promise<string>;
  /** The record as it is now. */
  record(uid: string): Promise<Migration>;
  /** What the thread is told, in order. */
  said(uid: string): Promise<readonly AnnouncementBody[]>;
  /** Writes a decision of an approver, made on what the record says now, and wakes the worker. */
  wish(uid: string, kind: Plain | 'abort-requested', by?: string): Promise<void>;
  /** Answers the question that is open. */
  answer(uid: string, answer: AnswerId, by?: string): Promise<void>;
  /** Waits until people are asked to approve. */
  asked(uid: string): Promise<Migration>;
  /** Approves, again when an approval was withdrawn, until the target takes the writes. */
  cutOver(uid: string): Promise<Migration>;
  reaches(uid: string, phase: Phase): Promise<Migration>;
  stopWorker(): Promise<void>;
  /** With the policy given here from now on, where one is. */
  startWorker(policy?: readonly string[]): Promise<void>;
  /** Both servers empty primaries again, as at the start. */
  reset(): Promise<void>;
  /** The servers end as well. */
  stop(): Promise<void>;
}

/** The plan alone fills a page. */
function withoutPlan(name: string, value: unknown): unknown {
  return name === 'plan' ? undefined : value;
}

/** Nobody waits for a second replica; the setting came with 2.8.18. */
function quick(id: string): Readonly<Record<string, string>> {
  return compareVersions(binaryOf(id).version, '2.8.18') < 0 ? {} : { 'repl-diskless-sync-delay': '0' };
}

const PATIENCE_MS = 60_000;

/** Call it from a `beforeAll`, or from a test: the servers end with the file. */
export async function startLoadedPair(options: LoadedPairOptions): Promise<LoadedPair> {
  const { passwords, configFile = false } = options;
  const start = (side: 'source' | 'target', password: string | undefined) => {
    const id = options[side];
    const settings = { ...quick(id), ...options.settings, ...options.settingsOf?.[side] };
    return sharedServer(id, { settings, configFile, ...(password !== undefined && { password }) });
  };
  const [source, target, own] = await Promise.all([
    start('source', passwords?.source),
    start('target', passwords?.target),
    sharedServer('redis-7.0', { appendonly: true }),
  ]);
  const seenAt = (await options.sourceSeenAt?.(source.port)) ?? source.port;
  const ferryAt = {
    source: (await options.ferrySees?.(source.port)) ?? source.port,
    target: (await options.ferrySees?.(target.port)) ?? target.port,
  };
  const folder = mkdtempSync(join(tmpdir(), 'ferry-pair-'));
  const file = join(folder, 'ferry.yaml');
  const variables = {
    FERRY_REDIS_URL: own.url,
    FERRY_CONFIG: file,
    FERRY_SECRET: 'of these tests alone',
    HEALTH_PORT: '0',
    ...(passwords && { OLD_PASSWORD: passwords.source, NEW_PASSWORD: passwords.target }),
    ...options.variables,
  };
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', destination: { write: (line: string) => lines.push(line) } });
  const configure = (policy: readonly string[]) => {
    const ports = { source: ferryAt.source, seenAt, target: ferryAt.target, targetSeenAt: target.port };
    writeFileSync(file, configText(ports, passwords !== undefined, policy, options));
    return loadConfiguration(variables, { slack: false, secrets: true });
  };
  let configuration = configure(options.policy ?? []);
  let ferry: Ferry | null = null;
  const startWorker = async (policy?: readonly string[]): Promise<void> => {
    if (policy !== undefined) configuration = configure(policy);
    ferry = await startFerry({
      configuration,
      role: 'worker',
      logger,
      onLost: (why) => lines.push(why),
      baselineSeconds: 0,
      ...(options.trace && { trace: options.trace }),
      ...(options.alter && { alter: options.alter }),
    });
  };
  const stopWorker = async (): Promise<void> => {
    await ferry?.stop();
    ferry = null;
  };
  await startWorker();
  const redis = await connectFerrysRedis(own.url, logger);
  const records = createRecords(redis.store);
  const drives = openDriveQueue({ connection: redis.queue, logger });
  const dispatcher = openDispatcher({
    connection: redis.queue,
    redis: redis.store,
    blocking: redis.blocking,
    drives,
    logger,
  });
  const outbox = createOutbox(redis.store);

  const load = async (uid: string): Promise<Migration> => {
    const found = await records.load(uid);
    if (found === null) throw new Error('the record is gone');
    return found.migration;
  };
  const waitFor = async (uid: string, what: string, holds: (migration: Migration) => boolean) => {
    let last: Migration | null = null;
    const look = async () => {
      last = await load(uid);
      return holds(last) ? last : null;
    };
    try {
      return await until(look, { what, deadlineMs: options.patienceMs ?? PATIENCE_MS, everyMs: 20 });
    } catch (cause) {
      const seen = JSON.stringify((last as Migration | null)?.state, withoutPlan).slice(0, 800);
      throw new Error(`Waited for ${what}; it is ${seen}\n${lines.slice(-30).join('')}`, { cause });
    }
  };
  const decide = async (uid: string, wanted: Wish): Promise<void> => {
    const answer = await records.wish(uid, wanted, Date.now());
    if (answer.kind !== 'accepted') throw new Error(`${wanted.kind}: ${JSON.stringify(answer)}`);
    await dispatcher.wake(uid);
  };
  const wish: LoadedPair['wish'] = async (uid, kind, user = 'U0BEN') => {
    const { round, digest } = await load(uid);
    const by = { user, groups: [] };
    await decide(uid, kind === 'abort-requested' ? { kind, by } : { kind, by, round, digest });
  };
  const answer: LoadedPair['answer'] = async (uid, answer, user = 'U0BEN') => {
    const { round, digest } = await load(uid);
    await decide(uid, { kind: 'answered', answer, by: { user, groups: [] }, round, digest });
  };
  const isAsked = ({ state, digest }: Migration) =>
    state.phase === 'following' && state.askedAt !== null && digest !== '' && state.approvals.length === 0;

  const asked = (uid: string) => waitFor(uid, 'the question for approval', isAsked);
  let planned: Plan | null = null;
  const request = async (): Promise<string> => {
    const { inventory } = configuration;
    const [from, to] = [inventory.find('carts-old'), inventory.find('carts-new')];
    if (from === null || to === null) throw new Error('the inventory has no carts');
    const made = await records.create({
      requestedBy: 'U0ANA',
      requestedAt: Date.now(),
      channel: 'C0OPS',
      policy: inventory.policyOf(from),
      hooks: inventory.hooks,
      pairs: [{ source: from, target: to }],
      rehearsal: false,
    });
    if (made.kind !== 'created') throw new Error(`locked by ${made.by.id}`);
    await dispatcher.wake(made.migration.uid);
    return made.migration.uid;
  };
  const plan = async (): Promise<string> => {
    const uid = await request();
    const { state } = await waitFor(uid, 'the plan', ({ state: now }) => now.phase === 'planned');
    if (state.phase === 'planned') planned = state.plan;
    return uid;
  };
  const addressOf = ({ host, port }: RunningServer, password: string | undefined): Address => ({
    host,
    port,
    ...(password === undefined ? {} : { password }),
  });
  const at = {
    old: addressOf(source, passwords?.source),
    new: addressOf(target, passwords?.target),
  };

  return {
    source,
    target,
    at,
    log: () => lines.join(''),
    wish,
    answer,
    reaches: (uid, phase) => waitFor(uid, phase, ({ state }) => state.phase === phase),
    plan,
    async refused() {
      const uid = await request();
      const { state } = await waitFor(uid, 'the refusal', ({ state: now }) => now.phase === 'refused');
      return state.phase === 'refused' ? state.findings : [];
    },
    lastPlan() {
      if (planned === null) throw new Error('Nothing was planned yet.');
      return planned;
    },
    async follow() {
      const uid = await plan();
      await wish(uid, 'start-requested');
      await asked(uid);
      return uid;
    },
    record: load,
    async said(uid) {
      const pending = await outbox.pending(10_000);
      return pending.flatMap((each) => (each.uid === uid ? [each.announcement.body] : []));
    },
    asked,
    startWorker,
    stopWorker,
    async cutOver(uid) {
      for (;;) {
        const { round } = await asked(uid);
        await wish(uid, 'approved');
        const ended = await waitFor(
          uid,
          'the end of the cutover',
          (now) =>
            now.state.phase === 'watching' ||
            now.state.phase === 'needs-human' ||
            (now.round > round && isAsked(now)),
        );
        if (ended.state.phase === 'watching') return ended;
        if (ended.state.phase === 'needs-human') throw new Error(JSON.stringify(ended.state.facts));
      }
    },
    async reset() {
      for (const [server, address] of [
        [source, at.old],
        [target, at.new],
      ] as const) {
        try {
          await ask(address, [['SLAVEOF', 'NO', 'ONE'], ['FLUSHALL']]);
        } catch (error) {
          // Ferry's password stays on a 2.4 that was moved away from; nothing of it is on its disk.
          if (!(error instanceof LoginRefused)) throw error;
          await server.restart('SIGKILL');
          await ask(address, [['FLUSHALL']]);
        }
      }
    },
    async stop() {
      await stopWorker();
      await dispatcher.close();
      await drives.close();
      await redis.close();
      await Promise.all([source, target, own].map((server) => server.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configText(
  ports: {
    readonly source: number;
    readonly seenAt: number;
    readonly target: number;
    readonly targetSeenAt: number;
  },
  withPasswords: boolean,
  policy: readonly string[],
  { inventory = {}, hooks = [] }: Pick<LoadedPairOptions, 'inventory' | 'hooks'>,
): string {
  const indented = (lines: readonly string[]) => lines.map((line) => `    ${line}`);
  return [
    'instances:',
    '  carts-old:',
    ...indented(
      inventory.source?.(ports.source) ?? [
        `url: redis://127.0.0.1:${ports.source}`,
        `replicationAddress: 127.0.0.1:${ports.seenAt}`,
        ...(withPasswords ? ['password: env:OLD_PASSWORD'] : []),
      ],
    ),
    '    environment: production',
    '  carts-new:',
    ...indented(
      inventory.target?.(ports.target) ?? [
        `url: redis://127.0.0.1:${ports.target}`,
        `replicationAddress: 127.0.0.1:${ports.targetSeenAt}`,
        ...(withPasswords ? ['password: env:NEW_PASSWORD'] : []),
      ],
    ),
    '    environment: production',
    'environments:',
    '  production:',
    '    channel: C0OPS',
    '    approvers: [U0BEN, U0EVA]',
    ...policy,
    ...(hooks.length === 0 ? [] : ['hooks:', ...hooks]),
    '',
  ].join('\n');
}
