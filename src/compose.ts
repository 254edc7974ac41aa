// The one place that knows every adapter: builds a bot, a worker or both, starts their parts in order
// and stops them in the opposite one. Decides nothing about a migration.

import { randomBytes, randomInt } from 'node:crypto';
import type { Configuration } from './config/configuration.ts';
import { createHookRunner } from './hooks/runner.ts';
import { FerryError } from './migration/errors.ts';
import { startAskWorker } from './queue/asking.ts';
import { openDispatcher } from './queue/dispatcher.ts';
import { openDriveQueue, startDriveWorker } from './queue/drive.ts';
import { startReconciler } from './queue/reconciler.ts';
import { subscribeWakes } from './queue/wakes.ts';
import { connectFerrysRedis, type FerrysRedis } from './redis/ferrys-own.ts';
import { createFiller } from './redis/fill/scratch.ts';
import { createProbes } from './redis/latency/probes.ts';
import { createVerifier } from './redis/reader/verifier.ts';
import { createServers } from './redis/servers.ts';
import { createRelays } from './replication/relays.ts';
import { createReplication } from './replication/replication.ts';
import { createSlackApp } from './slack/app.ts';
import { createLatencyLog } from './store/latency-log.ts';
import { createOutbox } from './store/outbox.ts';
import { createRecords, type StoredRecords } from './store/records.ts';
import { createTaskLocks } from './store/task-locks.ts';
import { startCounting } from './telemetry/counting.ts';
import { createHealthHandler, type ReadinessCheck, startHealthServer } from './telemetry/health.ts';
import { answerAsk } from './workflow/asks.ts';
import type { FillParts } from './workflow/filling.ts';
import { type Meters, noMeters } from './workflow/metrics-port.ts';
import type { ActTrace, Clock, Logger } from './workflow/ports.ts';
import { createRunner } from './workflow/runner.ts';
import type { Workflow } from './workflow/workflow.ts';

export type Role = 'bot' | 'worker' | 'both';

export interface FerryOptions {
  readonly configuration: Configuration;
  readonly role: Role;
  readonly logger: Logger;
  /** Told before and after every act; tests end or stop the process there. */
  readonly trace?: ActTrace;
  /** How much of a latency baseline must come before Start, s. Default 10; tests that are about something else: 0. */
  readonly baselineSeconds?: number;
  /** The last word on the workflow's ports; tests put a broken one in. */
  readonly alter?: (workflow: Workflow) => Workflow;
  /** The process should end with a failure: something is lost that only a restart brings back. */
  onLost(why: string): void;
}

export interface Ferry {
  /** Where /healthz and /readyz answer. */
  readonly healthPort: number;
  /** Where /metrics answers; null: nowhere. */
  readonly metricsPort: number | null;
  /** Hands work over and closes everything; within 10 s. */
  stop(): Promise<void>;
}

/** A part that was started, to be stopped in the opposite order. */
type Stop = () => Promise<void>;

export async function startFerry(options: FerryOptions): Promise<Ferry> {
  const stops: Stop[] = [];
  try {
    return { ...(await start(options, stops)), stop: () => stopAll(stops, options.logger) };
  } catch (error) {
    await stopAll(stops, options.logger);
    throw error;
  }
}

async function stopAll(stops: Stop[], logger: Logger): Promise<void> {
  for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
    try {
      await stop();
    } catch (error) {
      logger.warn({ err: error }, 'a part did not stop in good order');
    }
  }
}

async function start(options: FerryOptions, stops: Stop[]): Promise<Omit<Ferry, 'stop'>> {
  const { configuration, role, logger } = options;
  const { environment } = configuration;
  const own = await openOwnRedis(environment.redisUrl, logger, stops);
  const checks: ReadinessCheck[] = [own.check];
  const outbox = createOutbox(own.store);
  const figures = { ping: () => own.store.call('PING'), waiting: () => outbox.waiting() };
  const { meters, port: metricsPort, close } = await startCounting(environment.metrics, figures, logger);
  stops.push(close);
  const drives = openDriveQueue({ connection: own.queue, logger });
  stops.push(() => drives.close());
  if (role !== 'bot') checks.push(await startWorker({ ...options, meters }, own, drives, stops));
  let healthServed = false;
  if (role !== 'worker') {
    const bot = await startBot(options, own, drives, checks, stops);
    checks.push(bot.check);
    healthServed = bot.servesHealth;
  }
  if (healthServed) return { healthPort: environment.healthPort, metricsPort };
  const health = await startHealthServer({ port: environment.healthPort, checks });
  stops.push(() => health.close());
  return { healthPort: health.port, metricsPort };
}

interface OwnRedis extends FerrysRedis {
  readonly records: StoredRecords;
  readonly check: ReadinessCheck;
}

async function openOwnRedis(url: string, logger: Logger, stops: Stop[]): Promise<OwnRedis> {
  const own = await connectFerrysRedis(url, logger);
  stops.push(() => own.close());
  if (own.mayLose !== null) logger.warn({ mayLose: own.mayLose }, "Ferry's own Redis may lose writes");
  const records = createRecords(own.store);
  const check = async () => {
    await own.store.call('PING');
    const newer = await records.tooNew();
    if (newer.length === 0) return null;
    return `${newer.length} migrations were written by a newer Ferry and are left alone. Run that version again.`;
  };
  return { ...own, records, check: { name: 'redis', check } };
}

async function startWorker(
  options: FerryOptions & { readonly meters: Meters },
  own: OwnRedis,
  drives: ReturnType<typeof openDriveQueue>,
  stops: Stop[],
): Promise<ReadinessCheck> {
  const { logger } = options;
  const workflow = (options.alter ?? ((same: Workflow) => same))(
    createWorkflow(options, own, options.meters),
  );
  stops.push(() => workflow.probes.close());
  const fillParts = createFillParts(options, own);
  const runner = createRunner(workflow);
  const shared = { connection: own.worker, logger };
  const wakes = await subscribeWakes(own.subscriber, (uid) => runner.wake(uid));
  stops.push(() => wakes.stop());
  const asks = startAskWorker({
    ...shared,
    redis: own.store,
    answer: (request, signal, onProgress) => answerAsk(workflow, fillParts, request, { signal, onProgress }),
  });
  const driver = startDriveWorker({
    ...shared,
    queue: drives,
    drive: (uid, signal) => runner.drive(uid, signal),
  });
  // Together: each may wait for work of its own.
  stops.push(async () => {
    await Promise.all([asks.stop(), driver.stop()]);
  });
  await Promise.all([asks.ready(), driver.ready()]);
  const reconciler = startReconciler({ records: own.records, queue: drives, logger });
  stops.push(() => reconciler.stop());
  return { name: 'worker', check: async () => null };
}

/** What "before" means in the report, at least. */
const BASELINE_SECONDS = 10;

type WorkflowOptions = Pick<FerryOptions, 'configuration' | 'logger' | 'trace' | 'baselineSeconds'>;

/** The workflow over real servers. */
export function createWorkflow(
  { configuration, logger, trace, baselineSeconds = BASELINE_SECONDS }: WorkflowOptions,
  own: Pick<OwnRedis, 'records' | 'runId' | 'store'>,
  meters: Meters = noMeters,
): Workflow {
  const { secrets, inventory } = configuration;
  const acts = trace ?? { at: (moment, act, uid) => logger.debug({ moment, act, uid }, 'act') };
  const random = () => randomInt(2 ** 32) / 2 ** 32;
  return {
    records: own.records,
    servers: createServers({ secrets, records: own.records, trace: acts, ferrysRunId: own.runId }),
    replication: createReplication({
      secrets,
      clock: systemClock,
      relays: createRelays(configuration.relay, logger),
    }),
    probes: createProbes({ secrets, log: createLatencyLog(own.store), logger }),
    baselineSeconds,
    verifier: createVerifier({ secrets, logger, random, clock: systemClock }),
    hooks: createHookRunner({ secrets, logger, environment: configuration.environment.forCommands }),
    inventory,
    secrets,
    clock: systemClock,
    trace: acts,
    logger,
    meters,
  };
}

/** What fills and clears need, on a worker or on the command line. */
export function createFillParts(
  { configuration, logger }: Pick<FerryOptions, 'configuration' | 'logger'>,
  own: Pick<FerrysRedis, 'store' | 'runId'>,
): FillParts {
  const { secrets, inventory } = configuration;
  return {
    inventory,
    filler: createFiller({ secrets, clock: systemClock }),
    taskLocks: createTaskLocks(own.store),
    ferrysRunId: own.runId,
    clock: systemClock,
    logger,
  };
}

async function startBot(
  options: FerryOptions,
  own: OwnRedis,
  drives: ReturnType<typeof openDriveQueue>,
  checks: readonly ReadinessCheck[],
  stops: Stop[],
): Promise<{ readonly check: ReadinessCheck; readonly servesHealth: boolean }> {
  const { configuration, logger } = options;
  const { environment, slack, inventory } = configuration;
  if (environment.slack === null) throw new FerryError('no-slack', 'A bot needs SLACK_BOT_TOKEN.');
  const dispatcher = openDispatcher({
    connection: own.queue,
    redis: own.store,
    blocking: own.blocking,
    drives,
    logger,
  });
  stops.push(() => dispatcher.close());
  const { transport } = environment.slack;
  const all: ReadinessCheck[] = [...checks];
  const servesHealth = transport.kind === 'http' && transport.port === environment.healthPort;
  const app = createSlackApp({
    ...environment.slack,
    transport: servesHealth ? { ...transport, health: createHealthHandler(all) } : transport,
    command: slack.command,
    blocks: slack.blocks,
    holder: randomBytes(9).toString('hex'),
    records: own.records,
    outbox: createOutbox(own.store),
    dispatcher,
    inventory,
    clock: systemClock,
    logger,
    onLost: options.onLost,
  });
  const check = async () => {
    const state = app.ready();
    return state.ready ? null : state.why;
  };
  all.push({ name: 'slack', check });
  stops.push(() => app.stop());
  // Slack may be away for long; nothing that happens to Redis waits for it (I7).
  app.start().catch((error: unknown) => {
    options.onLost(error instanceof Error ? error.message : 'the Slack app did not start');
  });
  return { check: { name: 'slack', check }, servesHealth };
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};
