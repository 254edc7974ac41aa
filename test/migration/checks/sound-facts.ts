// A pair about which every check is content, for tests that spoil one thing at a time.

import type { CheckContext } from '../../../src/migration/checks/check.ts';
import { neededOn } from '../../../src/migration/checks/needed-commands.ts';
import type { Instance } from '../../../src/migration/instance.ts';
import type { Policy } from '../../../src/migration/policy.ts';
import type {
  ComparedUser,
  ServerFacts,
  SideFacts,
  SurveyFacts,
} from '../../../src/migration/survey-facts.ts';

export const GB = 1024 ** 3;
export const MB = 1024 ** 2;

export const aPolicy: Policy = {
  environment: 'production',
  channel: null,
  start: 'button',
  approvals: 1,
  approvers: ['U0ANA'],
  operators: [],
  requesterMayApprove: true,
  approvalLifetimeMs: 1_800_000,
  window: null,
  latency: {
    stallMs: 100,
    strained: { p99Ms: 50, forMs: 10_000 },
    breached: { p99Ms: 250, forMs: 30_000 },
    onBreach: 'notify',
  },
  cutover: { fenceMs: 2_000, maxLagBytes: MB, attempts: 3, countdownMs: 0, disconnectOldClients: false },
  verification: 'sample',
  verificationPace: 'gentle',
  watch: { forMs: 1_800_000, atEnd: 'ask' },
  rehearsal: false,
};

export function instance(name: string, host: string, changes: Partial<Instance> = {}): Instance {
  const address = { host, port: 6379 };
  return {
    name,
    address,
    replicationAddress: address,
    username: 'ferry',
    passwordRef: null,
    tls: null,
    environment: 'production',
    ...changes,
  };
}

function serverFacts(runId: string): ServerFacts {
  return {
    identity: { runId, product: 'redis', version: '8.0.2' },
    mode: 'standalone',
    role: { kind: 'primary' },
    replId: `replid-of-${runId}`,
    uptimeSeconds: 86_400,
    configFile: '/etc/redis/redis.conf',
    usedMemoryBytes: GB,
    residentBytes: GB,
    maxMemoryBytes: 0,
    systemMemoryBytes: 16 * GB,
    keysByDb: {},
    keysWithExpiringFields: null,
    evictedKeys: 0,
    refusedOfStream: 0,
    connectedClients: 20,
    blockedClients: 0,
    cachedScripts: 0,
    evictedDuringSurvey: 0,
    opsPerSecond: 100,
    inputBytesPerSecond: 10_000,
    changesPerSecond: 50,
    latestForkUs: 20_000,
    lastCopyOnWriteBytes: 0,
    lastSaveOk: true,
    settings: {
      appendonly: 'yes',
      'client-output-buffer-limit': 'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60',
      databases: '16',
      maxclients: '10000',
      'maxmemory-policy': 'noeviction',
      'min-replicas-to-write': '0',
      'notify-keyspace-events': '',
      'repl-backlog-size': String(64 * MB),
      'repl-diskless-sync': 'yes',
      'repl-diskless-sync-delay': '5',
      'repl-timeout': '600',
      'replica-read-only': 'yes',
      'replica-serve-stale-data': 'yes',
      save: '3600 1',
      'tls-ca-cert-dir': '',
      'tls-ca-cert-file': '/etc/redis/ca.pem',
      'tls-cert-file': '/etc/redis/redis.pem',
      'tls-replication': 'no',
    },
    replicationAuth: { password: 'needed', user: 'needed', isSendable: true },
    permissions: Object.fromEntries(
      neededOn({ product: 'redis', version: '8.0.2' }).map(({ name }) => [name, 'allowed']),
    ),
    user: 'ferry',
    modules: [],
    usedModules: [],
    functionLibraries: [],
    clients: { kind: 'listed', count: 0, subscribed: 0, groups: [] },
    replicas: [],
    sentinels: 0,
    ferrysOwn: false,
    lock: { kind: 'free' },
    replicationAddress: { kind: 'same' },
    clockAheadMs: 0,
  };
}

/** The same on both sides, with a password. */
export function aUser(changes: Partial<ComparedUser> = {}): ComparedUser {
  return {
    name: 'default',
    source: 'password',
    target: 'password',
    takesAllPasswords: true,
    differs: [],
    commandsCompared: true,
    ...changes,
  };
}

export type Spoiled = Partial<ServerFacts> & {
  readonly setting?: Partial<ServerFacts['settings']>;
  readonly permission?: ServerFacts['permissions'];
};

export interface Changes {
  readonly source?: Spoiled | Extract<SideFacts, { kind: 'unreachable' }>;
  readonly target?: Spoiled | Extract<SideFacts, { kind: 'unreachable' }>;
  readonly facts?: Partial<
    Pick<SurveyFacts, 'targetReachesSource' | 'sourceReachesTarget' | 'secretAvailable' | 'logins'>
  >;
  readonly scratch?: CheckContext['scratch'];
  readonly sourceInstance?: Partial<Instance>;
  readonly targetInstance?: Partial<Instance>;
}

/** The sound pair with some facts changed. */
export function context(changes: Changes = {}): CheckContext {
  return {
    pair: {
      source: instance('carts-old', '10.0.0.5', changes.sourceInstance),
      target: instance('carts-new', '10.0.0.6', changes.targetInstance),
    },
    pairIndex: 0,
    policy: aPolicy,
    scratch: changes.scratch ?? 'no',
    facts: {
      source: side(serverFacts('aaaaaaaaaaaa'), { keysByDb: { 0: 1_000 }, ...changes.source }),
      target: side(serverFacts('bbbbbbbbbbbb'), changes.target ?? {}),
      targetReachesSource: { kind: 'proven' },
      sourceReachesTarget: { kind: 'proven' },
      secretAvailable: true,
      logins: { unread: [], users: [aUser()] },
      ...changes.facts,
    },
  };
}

function side(sound: ServerFacts, change: Spoiled | Extract<SideFacts, { kind: 'unreachable' }>): SideFacts {
  if ('kind' in change && change.kind === 'unreachable') return change;
  const { setting, permission, ...rest } = change as Spoiled;
  return {
    kind: 'read',
    ...sound,
    ...rest,
    settings: { ...sound.settings, ...setting },
    permissions: { ...sound.permissions, ...permission },
  };
}
