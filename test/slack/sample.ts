// One migration in every phase, with figures as they come from real servers: what the gallery shows.

import type { CutoverOutcome } from '../../src/migration/cutover.ts';
import type { Finding } from '../../src/migration/finding.ts';
import type { Instance } from '../../src/migration/instance.ts';
import type { CutOver, Migration, Phase, Started, State, StateOf } from '../../src/migration/migration.ts';
import type { LedgerEntry, Plan } from '../../src/migration/plan.ts';
import type { Policy } from '../../src/migration/policy.ts';
import type { LiveFigures, LivePair, ServerObservation, SyncStage } from '../../src/migration/progress.ts';
import { predictedFenceMs, routeBetween } from '../../src/migration/route.ts';
import type { VerificationResult } from '../../src/migration/verification.ts';
import { wayBack } from '../../src/migration/version-paths.ts';
import { policy as careful } from '../support/policy.ts';
import { forecast, transfer } from '../support/transfer-sample.ts';
import { measuredRecord, resting, steady } from './sample-latency.ts';

/** 2026-03-10 14:00:00 UTC. */
export const T = Date.UTC(2026, 2, 10, 14, 0, 0);
export const at = (minutes: number, ms = 0) => T + minutes * 60_000 + ms;

export const policy: Policy = { ...careful, approvers: ['S0OWNERS', 'U0EVA'] };

export function instance(name: string, port: number, environment = 'production'): Instance {
  const address = { host: '10.0.0.5', port };
  return {
    name,
    address,
    replicationAddress: address,
    username: null,
    passwordRef: 'env:CARTS_PASSWORD',
    tls: null,
    environment,
  };
}

const source = { runId: '3f9c'.repeat(10), product: 'redis', version: '7.0.15' } as const;
const target = { runId: 'b81d'.repeat(10), product: 'redis', version: '8.0.2' } as const;

export const findings: readonly Finding[] = [
  {
    check: 'target-keys',
    severity: 'confirm',
    title: '1,204 keys on the target',
    message: 'carts-new holds 1,204 keys. Syncing deletes them.',
    hint: 'Start deletes exactly these.',
  },
  {
    check: 'output-buffer',
    severity: 'warning',
    title: '256 MB, needs 740 MB',
    message:
      'Output buffer limit for replicas is 256 MB; at 4.1 MB/s of writes and about 3 min of transfer it needs 740 MB.',
    hint: 'Ferry sets 1 GB on carts-old for the transfer and puts 256 MB back.',
  },
  { check: 'roles', severity: 'ok', title: 'Both are primaries', message: 'Both are primaries.', hint: '' },
  { check: 'version-path', severity: 'ok', title: '7.0 to 8.0', message: '8.0 reads 7.0.', hint: '' },
];

export const refusing: readonly Finding[] = [
  {
    check: 'version-path',
    severity: 'blocker',
    title: 'Format 12',
    message: 'carts-new runs Valkey 8.1, which cannot read snapshots of Redis 8.0 (format 12).',
    hint: 'Choose Redis 8.0 or newer.',
  },
  {
    check: 'permissions',
    severity: 'blocker',
    title: 'CLIENT PAUSE',
    message: 'User `ferry` on carts-old may not run CLIENT PAUSE & <others>.',
    hint: 'Give it: `ACL SETUSER ferry +client|pause +client|unpause`.',
  },
];

export const plan: Plan = {
  digest: '9f3c5d10aa',
  madeAt: at(1),
  findings,
  pairs: [
    {
      source,
      target,
      sourceUsedMemoryBytes: 4_735_000_000,
      sourceKeys: 2_018_311,
      dropsKeys: 1_204,
      settings: [
        {
          pair: 0,
          side: 'source',
          name: 'repl-backlog-size',
          to: { text: '512mb' },
          why: 'a broken link of 2 min',
        },
        { pair: 0, side: 'target', name: 'masterauth', to: { ref: 'env:CARTS_PASSWORD' }, why: 'to follow' },
      ],
      route: routeBetween(source, target),
      wayBack: { possible: true, why: '7.0 can follow 8.0 while the backlog lasts, about 2 min' },
      refusedBefore: 0,
      forecast,
    },
  ],
  predictedFenceMs: 20,
};

/** The plan for two other versions, as a survey of them would promise it. */
export function planBetween(from: string, to: string): Plan {
  const old = { ...source, version: from };
  const next = { ...target, version: to };
  const route = routeBetween(old, next);
  const { possible, why } = wayBack(old, next);
  return {
    ...plan,
    pairs: plan.pairs.map((pair) => ({
      ...pair,
      source: old,
      target: next,
      route,
      wayBack: { possible, why },
    })),
    predictedFenceMs: predictedFenceMs(route),
  };
}

export const equal: VerificationResult = {
  level: 'sample',
  basis: 'both',
  startedAt: at(5),
  finishedAt: at(5, 40_000),
  comparedKeys: 20_000,
  comparedBytes: 44_000_000,
  sourceKeys: 2_018_311,
  targetKeys: 2_018_311,
  differences: [],
  differenceCount: 0,
  unsettledCount: 3,
  unsettled: ['cart:9'],
};

const hostileKeys = ['<!channel>', '`*_~`', '@[U0ANA] & <@U0EVA>', 'k'.repeat(80)];

export const different: VerificationResult = {
  ...equal,
  differences: hostileKeys.map((key) => ({
    db: 0,
    key,
    what: 'value',
    detail: '<https://evil|click> 3 bytes & 4',
  })),
  differenceCount: 1_214,
};

const started: Started = { plan, identities: [{ source, target }], startedBy: 'U0ANA', startedAt: at(2) };

export const outcome: CutoverOutcome = {
  direction: 'forward',
  attempt: 1,
  fencedAt: at(12, 7_412),
  fenceTimeMs: 6.1,
  finalOffsets: [88_412_004],
  holds: [null],
  moments: [
    { what: 'reached', pair: 0, afterMs: 1.9, offset: 88_412_000 },
    { what: 'demoted', pair: 0, afterMs: 3, offset: 88_412_004 },
    { what: 'promoted', pair: 0, afterMs: 4.2, offset: 88_412_004 },
    { what: 'lifted', pair: 0, afterMs: 6.1, offset: null },
  ],
};

const cutover = {
  direction: 'forward',
  attempt: 1,
  order: 'demote-first',
  step: 'fencing',
  beganAt: at(12),
  deadline: at(12, 4_000),
  fenceMs: 2_000,
  offsets: [{ fenced: null, final: null, markerSeen: false }],
  holds: [{ kind: 'pause' }],
  undoReason: null,
} as const;

export const cutOver: CutOver = {
  ...started,
  verification: equal,
  approvals: [
    { user: 'U0BEN', at: at(9) },
    { user: 'U0EVA', at: at(11) },
  ],
  outcome,
  switchHook: { hook: 'switch', ok: true, detail: '200', tookMs: 410 },
  oldClientsGoneAt: null,
  unapplied: { times: 0, counted: true, since: null },
};

export const following: StateOf<'following'> = {
  phase: 'following',
  ...started,
  since: at(5),
  verification: equal,
  lag: { bytes: 312, ms: 2 },
  askedAt: at(6),
  approvals: [{ user: 'U0BEN', at: at(9) }],
  cutoverAt: null,
  gate: null,
};

export const watching: StateOf<'watching'> = {
  phase: 'watching',
  ...cutOver,
  since: at(12),
  until: at(42),
  wayBack: { state: 'open', lagBytes: 112 },
  miscounted: [],
  revertBy: null,
  closing: null,
  stoodDown: [],
  byHand: null,
};

export const syncing: StateOf<'syncing'> = {
  phase: 'syncing',
  ...started,
  progress: [{ pointed: 'yes', stage: 'transferring', restarts: 0, begun: null }],
  lostLinkAt: null,
};

export const states: { readonly [P in Phase]: StateOf<P> } = {
  surveying: { phase: 'surveying', because: null },
  refused: { phase: 'refused', findings: refusing },
  planned: { phase: 'planned', plan, startedBy: null },
  syncing,
  following,
  'cutting-over': {
    phase: 'cutting-over',
    ...started,
    verification: equal,
    approvals: [],
    cutover,
    byHand: null,
  },
  watching,
  reverting: {
    phase: 'reverting',
    ...cutOver,
    by: 'U0BEN',
    cutover: { ...cutover, direction: 'back', step: 'demoting' },
    back: null,
    byHand: null,
  },
  reverted: {
    phase: 'reverted',
    ...cutOver,
    by: 'U0BEN',
    back: { ...outcome, direction: 'back' },
    leftToDo: [],
  },
  completed: {
    phase: 'completed',
    ...cutOver,
    by: 'U0BEN',
    oldClientsGoneAt: at(14),
    byHand: false,
    leftToDo: [],
  },
  aborting: { phase: 'aborting', by: 'U0ANA', from: 'syncing', plan, identities: started.identities },
  aborted: { phase: 'aborted', by: 'U0ANA', from: 'syncing', targetKeys: 1_204_000 },
  'needs-human': {
    phase: 'needs-human',
    from: { ...cuttingOverState(), cutover: { ...cutover, step: 'promoting' } },
    question: 'I lost both servers right after promoting. Is carts-old down for good?',
    facts: ['carts-new says primary.', 'carts-old does not answer.'],
    answers: [
      {
        id: 'finish',
        label: 'It is down: finish',
        effect: 'Ferry leaves carts-old aside and goes on with carts-new.',
      },
      {
        id: 'recheck',
        label: 'I will bring it back: wait',
        effect: 'Ferry looks again and goes on from there.',
      },
    ],
    accepts: null,
  },
};

function cuttingOverState(): StateOf<'cutting-over'> {
  return { phase: 'cutting-over', ...started, verification: equal, approvals: [], cutover, byHand: null };
}

export const ledger: readonly LedgerEntry[] = [
  {
    pair: 0,
    side: 'source',
    name: 'repl-backlog-size',
    was: { text: '64mb' },
    now: { text: '512mb' },
    state: 'restored',
  },
  {
    pair: 0,
    side: 'target',
    name: 'masterauth',
    was: { text: '' },
    now: { ref: 'env:CARTS_PASSWORD' },
    state: 'foreign',
  },
];

export function migrationIn(state: State, change: Partial<Migration> = {}): Migration {
  return {
    id: 'm42',
    uid: 'u-42',
    requestedBy: 'U0ANA',
    requestedAt: T,
    channel: 'C0OPS',
    policy,
    hooks: { beforeCutover: null, switch: null },
    pairs: [{ source: instance('carts-old', 6379), target: instance('carts-new', 6380) }],
    round: 3,
    digest: 'd1',
    ledger,
    relays: [],
    rehearsal: null,
    announced: 17,
    cutoverAttempts: 1,
    latency: measuredRecord(),
    transfers: [transfer],
    timeline: [
      { phase: 'surveying', at: T },
      { phase: 'planned', at: at(1) },
      { phase: 'syncing', at: at(2) },
      { phase: 'following', at: at(5) },
      { phase: state.phase, at: at(12) },
    ],
    state,
    ...change,
  };
}

function server(usedMemoryBytes: number, keys: number, role: ServerObservation['role']): ServerObservation {
  return {
    at: at(3),
    runId: source.runId,
    version: '7.0.15',
    role,
    held: false,
    replId: 'r',
    offset: 88_000_000,
    loading: false,
    usedMemoryBytes,
    snapshot: { forks: 2, latestForkUs: 91_204, running: false, copyOnWriteBytes: 220_200_960 },
    keysByDb: { '0': keys },
    opsPerSecond: 4_120,
    connectedClients: 31,
    backlogSizeBytes: 67_108_864,
    backlogFirstOffset: 1,
    syncFullCount: 1,
    replicaCount: 1,
    outputBufferPeakBytes: null,
    outputLimitKills: null,
    silentSeconds: null,
    changesSinceLoad: 0,
    refusedOfStream: 0,
  };
}

export function livePair(stage: SyncStage, change: Partial<LivePair['observation']> = {}): LivePair {
  return {
    observation: {
      at: at(3),
      source: server(4_735_000_000, 2_018_311, { kind: 'primary' }),
      target: server(3_000_000_000, 1_204_000, { kind: 'replica', of: 'peer', linkUp: false }),
      stage,
      fraction: 0.613,
      transferredBytes: 2_900_000_000,
      totalBytes: 4_735_000_000,
      lagBytes: stage === 'online' ? 312 : null,
      lagMs: stage === 'online' ? 2 : null,
      provenOffset: null,
      linkTrouble: null,
      ...change,
    },
    bytesPerSecond: 39_845_888,
    eta: { leftMs: 46_000 },
  };
}

export function liveIn(stage: SyncStage): LiveFigures {
  return {
    at: at(3),
    pairs: [livePair(stage)],
    verification: { comparedKeys: 12_000, totalKeys: 20_000 },
    oldClients: [
      { name: 'billing-worker', address: '10.0.4.7', lastCommand: 'get', count: 1 },
      { name: '', address: '10.0.4.9', lastCommand: 'get', count: 2 },
      { name: '<!channel> `x`', address: '10.0.4.10', lastCommand: 'get', count: 1 },
    ],
    oldClientCount: 4,
    latency: [{ source: steady, target: stage === 'online' ? resting : null }],
  };
}

export const measuring: LiveFigures = {
  ...liveIn('transferring'),
  pairs: [
    {
      observation: livePair('transferring', { fraction: null, transferredBytes: 4_096, totalBytes: null })
        .observation,
      bytesPerSecond: null,
      eta: 'measuring',
    },
  ],
};

export function hostileFindings(): readonly Finding[] {
  return Array.from({ length: 200 }, (_, index) => ({
    check: `check-${index}`,
    severity: 'warning' as const,
    title: '<!channel> & *bold*',
    message: `<!here> & <https://evil.example|click> ${'long '.repeat(400)}`,
    hint: '<@U0EVA> ```',
  }));
}
