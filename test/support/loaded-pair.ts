// Two servers, Ferry's own Redis and one worker in this process, without Slack: wishes are written as a bot
// would write them. Used again and again by tests and measurements that need many cutovers in a row.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ferry, startFerry } from '../../src/compose.ts';
import { loadConfiguration } from '../../src/config/configuration.ts';
import type { AnnouncementBody } from '../../src/migration/announcement.ts';
import type { Wish } from '../../src/migration/events.ts';
import type { Migration, Phase } from '../../src/migration/migration.ts';
import { openDispatcher } from '../../src/queue/dispatcher.ts';
import { openDriveQueue } from '../../src/queue/drive.ts';
import { connectFerrysRedis } from '../../src/redis/ferrys-own.ts';
import { type Address, ask } from '../../src/sandbox/load/resp.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { createRecords } from '../../src/store/records.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import type { ActTrace } from '../../src/workflow/ports.ts';
import type { Workflow } from '../../src/workflow/workflow.ts';
import type { RequiredServer } from './required-servers.ts';
import { sharedServer } from './servers.ts';
import { until } from './until.ts';

export interface LoadedPairOptions {
  readonly source: RequiredServer;
  readonly target: RequiredServer;
  /** Where the target finds the source; default: where it is. */
  readonly sourceSeenAt?: (port: number) => Promise<number>;
  /** Lines below `production:` in ferry.yaml, already indented by four spaces. */
  readonly policy?: readonly string[];
  /** Settings of redis.conf for both servers. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Both servers want one, each its own. */
  readonly passwords?: { readonly source: string; readonly target: string };
  /** Both servers have a redis.conf, which CONFIG REWRITE rewrites. */
  readonly configFile?: boolean;
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
  /** Asks for a migration and starts it; gives its uid once people may approve. */
  follow(): Promise<string>;
  /** The record as it is now. */
  record(uid: string): Promise<Migration>;
  /** What the thread is told, in order. */
  said(uid: string): Promise<readonly AnnouncementBody[]>;
  /** Writes a decision of an approver, made on what the record says now, and wakes the worker. */
  wish(uid: string, kind: Plain | 'abort-requested', by?: string): Promise<void>;
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
  stop(): Promise<void>;
}

const QUICK: Readonly<Record<string, string>> = { 'repl-diskless-sync-delay': '0' };
const PATIENCE_MS = 60_000;

/** Call it from a `beforeAll`, or from a test: the servers end with the file. */
export async function startLoadedPair(options: LoadedPairOptions): Promise<LoadedPair> {
  const settings = { ...QUICK, ...options.settings };
  const { passwords, configFile = false } = options;
  const [source, target, own] = await Promise.all([
    sharedServer(options.source, { settings, configFile, ...(passwords && { password: passwords.source }) }),
    sharedServer(options.target, { settings, configFile, ...(passwords && { password: passwords.target }) }),
    sharedServer('redis-7.0', { appendonly: true }),
  ]);
  const seenAt = (await options.sourceSeenAt?.(source.port)) ?? source.port;
  const folder = mkdtempSync(join(tmpdir(), 'ferry-pair-'));
  const file = join(folder, 'ferry.yaml');
  const variables = {
    FERRY_REDIS_URL: own.url,
    FERRY_CONFIG: file,
    HEALTH_PORT: '0',
    ...(passwords && { OLD_PASSWORD: passwords.source, NEW_PASSWORD: passwords.target }),
  };
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', destination: { write: (line: string) => lines.push(line) } });
  const configure = (policy: readonly string[]) => {
    const ports = { source: source.port, seenAt, target: target.port };
    writeFileSync(file, configText(ports, passwords !== undefined, policy));
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
      return await until(look, { what, deadlineMs: PATIENCE_MS, everyMs: 20 });
    } catch (cause) {
      const seen = JSON.stringify((last as Migration | null)?.state).slice(0, 800);
      throw new Error(`Waited for ${what}; it is ${seen}\n${lines.slice(-30).join('')}`, { cause });
    }
  };
  const wish: LoadedPair['wish'] = async (uid, kind, user = 'U0BEN') => {
    const { round, digest } = await load(uid);
    const by = { user, groups: [] };
    const wanted: Wish = kind === 'abort-requested' ? { kind, by } : { kind, by, round, digest };
    const answer = await records.wish(uid, wanted, Date.now());
    if (answer.kind !== 'accepted') throw new Error(`${kind}: ${JSON.stringify(answer)}`);
    await dispatcher.wake(uid);
  };
  const isAsked = ({ state, digest }: Migration) =>
    state.phase === 'following' && state.askedAt !== null && digest !== '' && state.approvals.length === 0;

  const asked = (uid: string) => waitFor(uid, 'the question for approval', isAsked);
  const plan = async (): Promise<string> => {
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
    });
    if (made.kind !== 'created') throw new Error(`locked by ${made.by.id}`);
    const { uid } = made.migration;
    await dispatcher.wake(uid);
    await waitFor(uid, 'the plan', ({ state }) => state.phase === 'planned');
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
    reaches: (uid, phase) => waitFor(uid, phase, ({ state }) => state.phase === phase),
    plan,
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
      for (const server of [at.old, at.new]) {
        await ask(server, [['REPLICAOF', 'NO', 'ONE'], ['FLUSHALL']]);
      }
    },
    async stop() {
      await stopWorker();
      await dispatcher.close();
      await drives.close();
      await redis.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configText(
  ports: { readonly source: number; readonly seenAt: number; readonly target: number },
  withPasswords: boolean,
  policy: readonly string[],
): string {
  return [
    'instances:',
    '  carts-old:',
    `    url: redis://127.0.0.1:${ports.source}`,
    `    replicationAddress: 127.0.0.1:${ports.seenAt}`,
    ...(withPasswords ? ['    password: env:OLD_PASSWORD'] : []),
    '    environment: production',
    '  carts-new:',
    `    url: redis://127.0.0.1:${ports.target}`,
    ...(withPasswords ? ['    password: env:NEW_PASSWORD'] : []),
    '    environment: production',
    'environments:',
    '  production:',
    '    channel: C0OPS',
    '    approvers: [U0BEN, U0EVA]',
    ...policy,
    '',
  ].join('\n');
}
