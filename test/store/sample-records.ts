// One record per phase, with every nullable field filled somewhere. A new phase does not compile until it is here.

import type {
  CutOver,
  Migration,
  NeedsHuman,
  Pair,
  Phase,
  Started,
  StateOf,
} from '../../src/migration/migration.ts';
import type { Plan } from '../../src/migration/plan.ts';
import type { Policy } from '../../src/migration/policy.ts';
import type { VerificationResult } from '../../src/migration/verification.ts';
import type { NewMigration } from '../../src/workflow/ports.ts';
import { policy as careful } from '../support/policy.ts';
import { begun, forecast, transfer } from '../support/transfer-sample.ts';

export const policy: Policy = {
  ...careful,
  approvers: ['S0OWNERS', 'U0ANA'],
  window: { zone: 'Europe/Zurich', days: ['mon', 'tue'], from: '08:00', to: '17:00' },
};

const source = { runId: 'a'.repeat(40), product: 'redis', version: '7.0.15' } as const;
const target = { runId: 'b'.repeat(40), product: 'valkey', version: '8.1.1' } as const;

const plan: Plan = {
  digest: '9f3c',
  madeAt: 1_000,
  findings: [
    {
      check: 'target-keys',
      severity: 'confirm',
      title: 'Keys',
      message: 'carts-new holds 3 keys.',
      hint: 'Sure?',
    },
  ],
  pairs: [
    {
      source,
      target,
      sourceUsedMemoryBytes: 4_400_000_000,
      sourceKeys: 2_018_311,
      dropsKeys: 3,
      settings: [
        {
          pair: 0,
          side: 'target',
          name: 'masterauth',
          to: { ref: 'env:CARTS_OLD_PASSWORD' },
          why: 'to sync',
        },
      ],
      route: { through: 'relay', fence: 'acl', proof: 'marker', demotion: 'set-aside' },
      wayBack: { possible: true, why: 'both know PSYNC2' },
      refusedBefore: 0,
      forecast,
    },
  ],
  predictedFenceMs: 20,
};

const verification: VerificationResult = {
  level: 'sample',
  basis: 'both',
  startedAt: 2_000,
  finishedAt: 2_500,
  comparedKeys: 20_000,
  comparedBytes: 1_000_000,
  sourceKeys: 2_018_311,
  targetKeys: 2_018_311,
  differences: [{ db: 0, key: 'cart:7', what: 'value', detail: 'string, 3 bytes against 4' }],
  differenceCount: 1,
  unsettledCount: 1,
  unsettled: ['cart:9'],
};

const started: Started = {
  plan,
  identities: [{ source, target }],
  startedBy: 'U0ANA',
  startedAt: 1_500,
};

const cutover = {
  direction: 'forward',
  attempt: 1,
  order: 'demote-first',
  step: 'demoting',
  beganAt: 3_000,
  deadline: 5_000,
  fenceMs: 2_000,
  offsets: [{ fenced: 88_412_000, final: null, markerSeen: true }],
  holds: [
    { kind: 'pause' },
    { kind: 'password', was: { ref: 'env:CARTS_OLD_PASSWORD' }, now: { ref: 'hold:u1:1' } },
    { kind: 'acl', users: [{ name: 'default', rules: '-@all +get' }] },
  ],
  undoReason: null,
} as const;

const outcome = {
  direction: 'forward',
  attempt: 1,
  fencedAt: 3_000,
  fenceTimeMs: 6.1,
  finalOffsets: [88_412_004, null],
  holds: [null, { kind: 'password', was: { text: '' }, now: { ref: 'hold:u1:1' } }],
  moments: [{ what: 'fenced', pair: 0, afterMs: 0.4, offset: 88_412_000 }],
} as const;

const cutOver: CutOver = {
  ...started,
  verification,
  approvals: [{ user: 'U0BEN', at: 2_900 }],
  outcome,
  switchHook: { hook: 'switch', ok: true, detail: '200', tookMs: 410 },
  oldClientsGoneAt: null,
  unapplied: { times: 3, counted: true, since: 1_700_000_000_000 },
};

const following: StateOf<'following'> = {
  phase: 'following',
  ...started,
  since: 2_000,
  verification,
  lag: { bytes: 300, ms: 2 },
  askedAt: 2_500,
  approvals: [],
  cutoverAt: null,
  gate: null,
};

const needsHuman: NeedsHuman = {
  phase: 'needs-human',
  from: following,
  question: 'Go on trying?',
  facts: ['The source has its writes.'],
  answers: [{ id: 'recheck', label: 'Go on', effect: 'Follows on.' }],
  accepts: [{ source: { ...source, runId: 'c'.repeat(40) }, target }],
};

export const states: { readonly [P in Phase]: StateOf<P> } = {
  surveying: { phase: 'surveying', because: 'the configuration changed' },
  refused: { phase: 'refused', findings: plan.findings },
  planned: { phase: 'planned', plan, startedBy: null },
  syncing: {
    phase: 'syncing',
    ...started,
    progress: [{ pointed: 'intended', stage: 'transferring', restarts: 2, begun }],
    lostLinkAt: 1_900,
  },
  following,
  'cutting-over': { phase: 'cutting-over', ...started, verification, approvals: [], cutover, byHand: null },
  watching: {
    phase: 'watching',
    ...cutOver,
    since: 3_100,
    until: 9_000,
    wayBack: { state: 'closed', why: 'the backlog ran out' },
    miscounted: [],
    revertBy: null,
    closing: null,
    stoodDown: [0],
    byHand: null,
  },
  reverting: {
    phase: 'reverting',
    ...cutOver,
    by: 'U0BEN',
    cutover,
    back: outcome,
    byHand: { by: 'U0BEN', at: 4_000 },
  },
  reverted: { phase: 'reverted', ...cutOver, by: 'U0BEN', back: outcome, leftToDo: ['Look at it.'] },
  completed: { phase: 'completed', ...cutOver, by: 'U0BEN', byHand: true, leftToDo: [] },
  aborting: { phase: 'aborting', by: 'U0ANA', from: 'syncing', plan, identities: started.identities },
  aborted: { phase: 'aborted', by: 'U0ANA', from: 'syncing', targetKeys: 7 },
  'needs-human': needsHuman,
};

export function pairOf(sourceName: string, targetName: string, ports: readonly [number, number]): Pair {
  return { source: instanceOf(sourceName, ports[0]), target: instanceOf(targetName, ports[1]) };
}

function instanceOf(name: string, port: number): Pair['source'] {
  return {
    name,
    address: { host: '10.0.0.5', port },
    replicationAddress: { host: `${name}.Internal`, port },
    username: 'ferry',
    passwordRef: 'env:CARTS_PASSWORD',
    tls: { caRef: null, servername: 'carts.internal' },
    environment: 'production',
  };
}

export function draftOf(pair: Pair = pairOf('carts-old', 'carts-new', [6379, 6380])): NewMigration {
  return {
    requestedBy: 'U0ANA',
    requestedAt: 1_000,
    channel: 'C0OPS',
    policy,
    hooks: {
      beforeCutover: {
        webhook: 'https://hooks.internal/veto',
        command: null,
        secretRef: 'env:HOOK_SECRET',
        timeoutMs: 5_000,
        mayVeto: true,
      },
      switch: null,
    },
    pairs: [pair],
    rehearsal: false,
  };
}

const latency: Migration['latency'] = {
  verdict: 'strained',
  why: 'p99 up to 80 ms in 10 of the last 10 s (limit 50 ms for 10 s)',
  since: 1_500,
  incidents: 2,
  toldUntilAt: 1_600,
  open: [
    {
      number: 2,
      pair: 0,
      side: 'source',
      openedAt: 1_400,
      lastAt: 1_600,
      stalls: 1,
      worstMs: 200,
      worstAt: 1_400,
      worstExact: true,
      stalledMs: 200,
      commandsWaited: null,
      silentSince: null,
      cause: { kind: 'slow-command', command: 'LRANGE', durationMs: 199.5, times: 3 },
      alsoSeen: [{ kind: 'unknown', why: 'nothing explains it' }],
      verdict: 'strained',
      why: 'p99 up to 80 ms in 10 of the last 10 s (limit 50 ms for 10 s)',
      effect: 'none',
      overAt: null,
    },
  ],
  stages: {
    before: {
      measuredSeconds: 10,
      unmeasuredSeconds: 1,
      counts: '60:990 300:10',
      maxUs: 92_000,
      stalls: 0,
      stalledMs: 0,
      untilAt: 1_300,
    },
    during: null,
    after: null,
  },
};

/** A whole record in a phase, round 3, digest `d1`. */
export function recordIn(
  phase: Phase,
  of: Pick<Migration, 'id' | 'uid'> = { id: 'm1', uid: 'u1' },
): Migration {
  return {
    ...draftOf(),
    ...of,
    round: 3,
    digest: 'd1',
    ledger: [
      {
        pair: 0,
        side: 'target',
        name: 'masterauth',
        was: { text: '' },
        now: { ref: 'env:CARTS_OLD_PASSWORD' },
        state: 'set',
      },
    ],
    relays: [{ host: '10.0.0.9', port: 40_001 }, null],
    rehearsal: null,
    announced: 17,
    cutoverAttempts: 1,
    transfers: [transfer, null],
    latency,
    timeline: [{ phase: 'surveying', at: 1_000 }],
    state: states[phase],
  };
}
