// Two servers, Ferry's own Redis and one worker in this process, without Slack: wishes are written as a bot
// would write them. Used again and again by tests and measurements that need many cutovers in a row.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startFerry } from '../../src/compose.ts';
import { loadConfiguration } from '../../src/config/configuration.ts';
import type { Wish } from '../../src/migration/events.ts';
import type { Migration, Phase } from '../../src/migration/migration.ts';
import { openDispatcher } from '../../src/queue/dispatcher.ts';
import { openDriveQueue } from '../../src/queue/drive.ts';
import { connectFerrysRedis } from '../../src/redis/ferrys-own.ts';
import type { Load, LoadOptions } from '../../src/sandbox/load/load.ts';
import { type Address, ask } from '../../src/sandbox/load/resp.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { createRecords } from '../../src/store/records.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
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
  readonly alter?: (workflow: Workflow) => Workflow;
}

type Plain = Exclude<Wish['kind'], 'abort-requested' | 'answered'>;

export interface LoadedPair {
  readonly source: RunningServer;
  readonly target: RunningServer;
  /** Of source and target, as the load calls them. */
  readonly at: { readonly old: Address; readonly new: Address };
  log(): string;
  /** Begins a migration and starts it; gives its uid once people may approve. */
  follow(): Promise<string>;
  /** Writes a decision of an approver, made on what the record says now, and wakes the worker. */
  wish(uid: string, kind: Plain): Promise<void>;
  /** Approves, again when an approval was withdrawn, until the target takes the writes. */
  cutOver(uid: string): Promise<Migration>;
  reaches(uid: string, phase: Phase): Promise<Migration>;
  /** Both servers empty primaries again, as at the start. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

const BY = { user: 'U0BEN', groups: [] };
const QUICK: Readonly<Record<string, string>> = { 'repl-diskless-sync-delay': '0' };
const PATIENCE_MS = 60_000;

/** Call it from a `beforeAll`, or from a test: the servers end with the file. */
export async function startLoadedPair(options: LoadedPairOptions): Promise<LoadedPair> {
  const settings = { ...QUICK, ...options.settings };
  const [source, target, own] = await Promise.all([
    sharedServer(options.source, { settings }),
    sharedServer(options.target, { settings }),
    sharedServer('redis-7.0', { appendonly: true }),
  ]);
  const seenAt = (await options.sourceSeenAt?.(source.port)) ?? source.port;
  const folder = mkdtempSync(join(tmpdir(), 'ferry-pair-'));
  const file = join(folder, 'ferry.yaml');
  writeFileSync(file, configText(source.port, seenAt, target.port, options.policy ?? []));
  const variables = { FERRY_REDIS_URL: own.url, FERRY_CONFIG: file, HEALTH_PORT: '0' };
  const configuration = loadConfiguration(variables, { slack: false, secrets: true });
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', destination: { write: (line: string) => lines.push(line) } });
  const ferry = await startFerry({
    configuration,
    role: 'worker',
    logger,
    onLost: (why) => lines.push(why),
    ...(options.alter === undefined ? {} : { alter: options.alter }),
  });
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
  const { inventory } = configuration;

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
  const wish = async (uid: string, kind: Plain): Promise<void> => {
    const { round, digest } = await load(uid);
    const answer = await records.wish(uid, { kind, by: BY, round, digest }, Date.now());
    if (answer.kind !== 'accepted') throw new Error(`${kind}: ${JSON.stringify(answer)}`);
    await dispatcher.wake(uid);
  };
  const isAsked = ({ state, digest }: Migration) =>
    state.phase === 'following' && state.askedAt !== null && digest !== '' && state.approvals.length === 0;

  const at = {
    old: { host: source.host, port: source.port },
    new: { host: target.host, port: target.port },
  };

  return {
    source,
    target,
    at,
    log: () => lines.join(''),
    wish,
    reaches: (uid, phase) => waitFor(uid, phase, ({ state }) => state.phase === phase),
    async follow() {
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
      await wish(uid, 'start-requested');
      await waitFor(uid, 'the question for approval', isAsked);
      return uid;
    },
    async cutOver(uid) {
      for (;;) {
        const { round } = await waitFor(uid, 'the question for approval', isAsked);
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
      await ferry.stop();
      await dispatcher.close();
      await drives.close();
      await redis.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configText(source: number, seenAt: number, target: number, policy: readonly string[]): string {
  return [
    'instances:',
    '  carts-old:',
    `    url: redis://127.0.0.1:${source}`,
    `    replicationAddress: 127.0.0.1:${seenAt}`,
    '    environment: production',
    `  carts-new: { url: 'redis://127.0.0.1:${target}', environment: production }`,
    'environments:',
    '  production:',
    '    channel: C0OPS',
    '    approvers: [U0BEN]',
    ...policy,
    '',
  ].join('\n');
}

/**
 * The load in a thread of its own, out of the built program: what this process does delays neither its writers
 * nor their clock, and they do not delay the worker.
 */
export async function loadThread(options: LoadOptions): Promise<Load> {
  const built = pathToFileURL(join(import.meta.dirname, '../../dist/sandbox/load/start-load-thread.js'));
  const loaded: typeof import('../../src/sandbox/load/start-load-thread.ts') = await import(
    /* @vite-ignore */ built.href
  ).catch((cause: unknown) => {
    throw new Error('The load runs out of dist/: run npm run build first.', { cause });
  });
  return loaded.startLoadThread(options);
}
