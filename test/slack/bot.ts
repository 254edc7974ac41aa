// Ferry's Slack side for tests: the real app over real Bolt, a fake Slack, real records in a real Redis.
// The worker is played by the test: `happens` advances a migration by the real lifecycle and saves it.

import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Event, Wish } from '../../src/migration/events.ts';
import type { Instance } from '../../src/migration/instance.ts';
import { advance } from '../../src/migration/lifecycle.ts';
import type { Migration } from '../../src/migration/migration.ts';
import type { Policy } from '../../src/migration/policy.ts';
import type { TaskProgress } from '../../src/migration/task.ts';
import type { FakeSlack } from '../../src/sandbox/slack/fake-slack.ts';
import { type FakeSlackOptions, startFakeSlack } from '../../src/sandbox/slack/start-fake-slack.ts';
import { createSlackApp, type SlackApp, type SlackAppOptions } from '../../src/slack/app.ts';
import type {
  AskAnswer,
  AskRequest,
  Clock,
  Dispatcher,
  Inventory,
  Logger,
  Outbox,
  Ownership,
  Records,
} from '../../src/workflow/ports.ts';
import { until } from '../support/until.ts';
import { equal, instance, plan, policy } from './sample.ts';

export type Mode = 'socket' | 'http';
export const MODES: readonly Mode[] = ['socket', 'http'];

export const clock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
};

export interface Bot {
  readonly slack: FakeSlack;
  readonly app: SlackApp;
  readonly records: Records;
  readonly outbox: Outbox;
  readonly woken: readonly string[];
  /** Every log line, as text. */
  readonly log: readonly string[];
  readonly lost: readonly string[];
  /** What a worker answers to `check`, `info` and `latency`. */
  setAnswer(answer: Answering): void;
  /** The next state of a migration, saved with what it says, as a worker would. */
  happens(uid: string, event: Event): Promise<Migration>;
  /** Folds in what people wished since, as a worker would. */
  fold(uid: string): Promise<readonly Wish[]>;
  load(uid: string): Promise<Migration>;
}

/** What a worker would say; `tell` is its progress. */
type Answering = (
  request: AskRequest,
  tell: (progress: TaskProgress) => void,
) => AskAnswer | Promise<AskAnswer>;

export interface BotOptions extends Partial<FakeSlackOptions> {
  readonly mode: Mode;
  readonly store: { readonly records: Records; readonly outbox: Outbox };
  readonly policy?: Partial<Policy>;
  readonly app?: Partial<SlackAppOptions>;
}

const PEOPLE = [
  { id: 'U0ANA', name: 'ana' },
  { id: 'U0BEN', name: 'ben' },
  { id: 'U0EVA', name: 'eva' },
  { id: 'U0KIM', name: 'kim' },
];

export async function startBot(options: BotOptions): Promise<Bot> {
  const slack = await startFakeSlack({ users: PEOPLE, ...options });
  slack.setUserGroup('S0OWNERS', ['U0BEN', 'U0EVA']);
  slack.setUserGroup('S0ONCALL', []);
  const { records, outbox } = options.store;
  const port = options.mode === 'http' ? await freePort() : 0;
  slack.setEventsUrl(`http://127.0.0.1:${port}/slack/events`);
  const woken: string[] = [];
  const log: string[] = [];
  const lost: string[] = [];
  let answer: Answering = () => ({
    kind: 'refused',
    refusal: { code: 'nobody', message: 'No worker.', hint: '' },
  });
  const dispatcher: Dispatcher = {
    wake: async (uid) => {
      woken.push(uid);
    },
    ask: async (request, _deadlineMs, onProgress = () => undefined) => answer(request, onProgress),
  };
  const app = createSlackApp({
    botToken: slack.credentials.botToken,
    apiUrl: slack.apiUrl,
    transport:
      options.mode === 'http'
        ? { kind: 'http', signingSecret: slack.credentials.signingSecret, port }
        : { kind: 'socket', appToken: slack.credentials.appToken },
    command: '/redis',
    blocks: 'auto',
    holder: 'bot-1',
    records,
    outbox,
    dispatcher,
    inventory: inventoryOf({ ...policy, ...options.policy }),
    clock,
    logger: collecting(log),
    onLost: (why) => lost.push(why),
    betweenMessagesMs: 5,
    cardEveryMs: 50,
    ...options.app,
  });
  onTestFinished(async () => {
    await app.stop();
    await slack.close();
  });
  await app.start();
  const worker = createWorker(records);
  return {
    slack,
    app,
    records,
    outbox,
    woken,
    log,
    lost,
    setAnswer: (next) => {
      answer = next;
    },
    ...worker,
  };
}

function createWorker(records: Records) {
  const owners = new Map<string, Ownership>();

  async function ownerOf(uid: string): Promise<Ownership> {
    const known = owners.get(uid) ?? (await records.claim(uid, 60_000));
    if (known === null) throw new Error(`${uid} has another owner`);
    owners.set(uid, known);
    return known;
  }

  async function load(uid: string): Promise<Migration> {
    const loaded = await records.load(uid);
    if (loaded === null) throw new Error(`no record ${uid}`);
    return loaded.migration;
  }

  async function step(uid: string, event: Event, cursor: string | null): Promise<Migration> {
    const owner = await ownerOf(uid);
    const loaded = await records.load(uid);
    if (loaded === null) throw new Error(`no record ${uid}`);
    const next = advance(loaded.migration, event, Date.now());
    if (next.kind === 'refused') throw new Error(next.refusal.message);
    const { migration, audit, say } = next;
    const saved = await records.save(owner, loaded.revision, migration, [audit], say, null, cursor);
    if (saved !== 'saved') throw new Error(saved);
    return migration;
  }

  return {
    load,
    happens: (uid: string, event: Event) => step(uid, event, null),
    async fold(uid: string): Promise<readonly Wish[]> {
      const loaded = await records.load(uid);
      const waiting = await records.wishes(uid, loaded?.wishCursor ?? '0');
      for (const { wish, cursor } of waiting) await step(uid, wish, cursor);
      return waiting.map(({ wish }) => wish);
    },
  };
}

/** Types the command and gives the migration that came of it. */
export async function asked(bot: Bot, line = '/redis migrate carts-old carts-new'): Promise<Migration> {
  await bot.slack.as('U0ANA').command('C0OPS', line);
  const uid = await until(async () => (await bot.records.active())[0], { what: 'the migration' });
  return bot.load(uid);
}

/** Through survey, start and verification, until people are asked to approve. */
export async function untilApproval(bot: Bot): Promise<Migration> {
  const { uid } = await asked(bot);
  const { happens } = bot;
  await happens(uid, { kind: 'surveyed', findings: plan.findings, plan });
  await happens(uid, { kind: 'latency-judged', verdict: 'steady', why: '' });
  const planned = await bot.load(uid);
  const by = { user: 'U0EVA', groups: [] };
  await happens(uid, { kind: 'start-requested', by, round: planned.round, digest: planned.digest });
  const [pair] = plan.pairs;
  if (pair === undefined) throw new Error('the plan has no pair');
  await happens(uid, { kind: 'sync-started', identities: [{ source: pair.source, target: pair.target }] });
  await happens(uid, { kind: 'pointing', pair: 0 });
  await happens(uid, { kind: 'stage-changed', pair: 0, stage: 'online' });
  await happens(uid, { kind: 'caught-up', lag: { bytes: 100, ms: 2 } });
  const now = Date.now();
  const result = { ...equal, startedAt: now, finishedAt: now };
  return happens(uid, { kind: 'verified', result, digest: 'dg1', lag: { bytes: 312, ms: 2 } });
}

export const INSTANCES: readonly Instance[] = [
  instance('carts-old', 6379),
  instance('carts-new', 6380),
  instance('carts-alias', 6379),
  instance('sessions', 6390, 'staging'),
];

function inventoryOf(of: Policy): Inventory {
  return {
    names: () => INSTANCES.map(({ name }) => name),
    find: (name) => INSTANCES.find((each) => each.name === name) ?? null,
    policyOf: () => of,
    hooks: { beforeCutover: null, switch: null },
  };
}

function collecting(log: string[]): Logger {
  const line = (level: string) => (fields: object, message: string) => {
    log.push(`${level} ${message} ${JSON.stringify(fields)}`);
  };
  const logger: Logger = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: () => logger,
  };
  return logger;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** The last thing that only this person was shown. */
export async function answerTo(bot: Bot, user: string, containing: string): Promise<string> {
  return until(
    () => bot.slack.ephemerals(user).find((each) => each.text.includes(containing))?.text ?? null,
    { what: `an answer to ${user} with "${containing}"`, deadlineMs: 5_000 },
  );
}
