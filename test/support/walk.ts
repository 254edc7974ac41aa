// Migrations in every phase, made by the lifecycle itself: what tests of pure code start from.

import type { Event } from '../../src/migration/events.ts';
import type { Identity, Instance } from '../../src/migration/instance.ts';
import type { Incident } from '../../src/migration/latency/incident.ts';
import { latencyAtFirst } from '../../src/migration/latency/summary.ts';
import { advance } from '../../src/migration/lifecycle.ts';
import type { Migration, Phase } from '../../src/migration/migration.ts';
import { usualAnswers } from '../../src/migration/phases/needs-human.ts';
import type { Plan } from '../../src/migration/plan.ts';
import type { Policy } from '../../src/migration/policy.ts';
import { NOT_YET_REHEARSED } from '../../src/migration/rehearsal.ts';
import { routeBetween } from '../../src/migration/route.ts';
import type { VerificationResult } from '../../src/migration/verification.ts';
import { policy as careful } from './policy.ts';

export const T0 = 1_790_000_000_000;
export const ANA = { user: 'U0ANA', groups: [] };
export const BEN = { user: 'U0BEN', groups: ['S0OWNERS'] };
export const EVA = { user: 'U0EVA', groups: ['S0OWNERS'] };
export const KIM = { user: 'U0KIM', groups: [] };

export const policy: Policy = {
  ...careful,
  operators: ['U0OPS'],
  cutover: { ...careful.cutover, countdownMs: 0 },
};

export function instance(name: string, port: number): Instance {
  const address = { host: '127.0.0.1', port };
  return {
    name,
    address,
    replicationAddress: address,
    username: null,
    passwordRef: null,
    tls: null,
    environment: 'production',
  };
}

const source: Identity = { runId: 'a'.repeat(40), product: 'redis', version: '7.0.15' };
const target: Identity = { runId: 'b'.repeat(40), product: 'redis', version: '8.0.2' };

export const plan: Plan = {
  digest: 'plan-1',
  madeAt: T0,
  findings: [
    {
      check: 'target-keys',
      severity: 'confirm',
      title: 'keys on the target',
      message: '12 keys.',
      hint: 'Look.',
    },
  ],
  pairs: [
    {
      source,
      target,
      sourceUsedMemoryBytes: 1_000_000,
      sourceKeys: 100,
      dropsKeys: 12,
      settings: [],
      route: routeBetween(source, target),
      wayBack: { possible: true, why: 'partial resync' },
      refusedBefore: 0,
      forecast: null,
    },
  ],
  predictedFenceMs: 20,
};

export const equal: VerificationResult = {
  level: 'sample',
  basis: 'both',
  // Later than anything that the walks below do: it compares what follows by then.
  startedAt: T0 + 60_000,
  finishedAt: T0 + 60_010,
  comparedKeys: 100,
  comparedBytes: 1_000,
  sourceKeys: 100,
  targetKeys: 100,
  differences: [],
  differenceCount: 0,
  unsettledCount: 0,
  unsettled: [],
};

export function fresh(change: Partial<Migration> = {}): Migration {
  return {
    id: 'm42',
    uid: 'u-1',
    requestedBy: ANA.user,
    requestedAt: T0,
    channel: 'C0OPS',
    policy,
    hooks: { beforeCutover: null, switch: null },
    pairs: [{ source: instance('carts-old', 7001), target: instance('carts-new', 7002) }],
    round: 1,
    digest: '',
    ledger: [],
    relays: [],
    rehearsal: null,
    announced: 0,
    cutoverAttempts: 0,
    transfers: [],
    latency: { ...latencyAtFirst(T0), verdict: 'steady', why: '' },
    timeline: [{ phase: 'surveying', at: T0 }],
    state: { phase: 'surveying', because: null },
    ...change,
  };
}

/** Advances through events that must all be taken; a function makes its event from the migration so far. */
export function walk(from: Migration, ...events: (Event | ((migration: Migration) => Event))[]): Migration {
  let migration = from;
  let now = T0;
  for (const each of events) {
    now += 1_000;
    const event = typeof each === 'function' ? each(migration) : each;
    const advanced = advance(migration, event, now);
    if (advanced.kind === 'refused') {
      throw new Error(`${migration.state.phase} refused ${event.kind}: ${advanced.refusal.message}`);
    }
    migration = advanced.migration;
  }
  return migration;
}

/** What a button of the present state carries. */
export function carried(migration: Migration): { round: number; digest: string } {
  return { round: migration.round, digest: migration.digest };
}

export const surveyed: Event = { kind: 'surveyed', findings: plan.findings, plan };
export const started = (m: Migration): Event => ({ kind: 'start-requested', by: BEN, ...carried(m) });
export const syncStarted: Event = { kind: 'sync-started', identities: [{ source, target }] };
export const pointing: Event = { kind: 'pointing', pair: 0 };
export const online: Event = { kind: 'stage-changed', pair: 0, stage: 'online' };
export const caughtUp: Event = { kind: 'caught-up', lag: { bytes: 10, ms: 2 } };
export const verified: Event = {
  kind: 'verified',
  result: equal,
  digest: 'stands-1',
  lag: { bytes: 10, ms: 2 },
};
export const rehearsed: Event = { kind: 'rehearsed' };
export const approvedBy =
  (by: typeof BEN) =>
  (m: Migration): Event => ({ kind: 'approved', by, ...carried(m) });
export const begun: Extract<Event, { kind: 'cutover-begun' }> = {
  kind: 'cutover-begun',
  deadline: T0 + 60_000,
  order: 'demote-first',
  holds: [{ kind: 'pause' }],
};
/** Where the old side cannot follow: a password holds it until it is set aside. */
export const begunPromoteFirst: typeof begun = {
  ...begun,
  order: 'promote-first',
  holds: [{ kind: 'password', was: { text: '' }, now: { ref: 'hold:u-1:1' } }],
};
export const demoting: Event = {
  kind: 'demoting',
  offsets: [{ fenced: 500, final: null, markerSeen: false }],
};
export const promoting: Event = {
  kind: 'promoting',
  offsets: [{ fenced: 500, final: 514, markerSeen: false }],
};
/** Without offsets: the marker written last was seen at the new side. */
export const promotingByMarker: Event = {
  kind: 'promoting',
  offsets: [{ fenced: null, final: null, markerSeen: true }],
};
export const undoing: Event = { kind: 'undoing', reason: 'carts-new was behind' };
export const undone: Event = { kind: 'undone', pausedMs: 2_000 };
export const promoted: Event = {
  kind: 'promoted',
  outcome: {
    direction: 'forward',
    attempt: 1,
    fencedAt: T0,
    fenceTimeMs: 6.1,
    finalOffsets: [514],
    holds: [null],
    moments: [],
  },
  wayBack: { state: 'open', lagBytes: 0 },
};
export const promotedBack: Event = {
  kind: 'promoted',
  outcome: {
    direction: 'back',
    attempt: 2,
    fencedAt: T0,
    fenceTimeMs: 6.1,
    finalOffsets: [900],
    holds: [null],
    moments: [],
  },
  wayBack: { state: 'closed', why: 'it was used' },
};
export const incident: Incident = {
  number: 1,
  pair: 0,
  side: 'source',
  openedAt: T0 + 1_000,
  lastAt: T0 + 1_092,
  stalls: 1,
  worstMs: 92,
  worstAt: T0 + 1_000,
  worstExact: true,
  stalledMs: 92,
  commandsWaited: 380,
  silentSince: null,
  cause: { kind: 'fork', durationMs: 91.2 },
  alsoSeen: [],
  verdict: 'steady',
  why: '',
  effect: 'none',
  overAt: null,
};
export const stalled: Event = { kind: 'incident-changed', incident };
export const strained: Event = {
  kind: 'latency-judged',
  verdict: 'strained',
  why: 'p99 up to 80 ms in 10 of the last 10 s (limit 50 ms for 10 s)',
};
export const breached: Event = {
  kind: 'latency-judged',
  verdict: 'breached',
  why: 'p99 up to 310 ms in 30 of the last 30 s (limit 250 ms for 30 s)',
};
export const steadyAgain: Event = { kind: 'latency-judged', verdict: 'steady', why: '' };
export const unmeasured: Event = {
  kind: 'latency-judged',
  verdict: 'unknown',
  why: 'the connection was refused',
};
export const summed: Event = {
  kind: 'latency-summed',
  stage: 'before',
  summary: {
    measuredSeconds: 10,
    unmeasuredSeconds: 0,
    counts: '60:990 300:10',
    maxUs: 92_000,
    stalls: 0,
    stalledMs: 0,
    untilAt: T0,
  },
};

export const stuck: Event = {
  kind: 'stuck',
  question: 'Which one?',
  facts: ['Both say primary.'],
  answers: usualAnswers({ phase: 'planned', plan, startedBy: null }),
};

/** Asked because the source was restarted: `recheck` accepts the run that it is now. */
export const stuckByRestart: Event & { kind: 'stuck' } = {
  kind: 'stuck',
  question: 'Is its data what it should be?',
  facts: [],
  answers: usualAnswers({ phase: 'planned', plan, startedBy: null }),
  accepts: [{ source: { ...source, runId: 'c'.repeat(40) }, target }],
};

export const toFollowing = [surveyed, started, syncStarted, pointing, online, caughtUp] as const;
export const toApproved = [...toFollowing, verified, approvedBy(BEN), approvedBy(EVA)] as const;
export const toWatching = [...toApproved, begun, demoting, promoting, promoted] as const;

/** A migration in each phase. */
export function inPhase(phase: Phase): Migration {
  switch (phase) {
    case 'surveying':
      return fresh();
    case 'refused':
      return walk(fresh(), { kind: 'surveyed', findings: plan.findings, plan: null });
    case 'planned':
      return walk(fresh(), surveyed);
    case 'syncing':
      return walk(fresh(), surveyed, started, syncStarted, pointing, online);
    case 'following':
      return walk(fresh(), ...toFollowing, verified);
    case 'cutting-over':
      return walk(fresh(), ...toApproved, begun);
    case 'watching':
      return walk(fresh(), ...toWatching);
    case 'reverting':
      return walk(
        fresh(),
        ...toWatching,
        (m) => ({ kind: 'revert-requested', by: BEN, ...carried(m) }),
        begun,
      );
    case 'reverted':
      return walk(inPhase('reverting'), demoting, promoting, promotedBack, { kind: 'closed' });
    case 'completed':
      return walk(inPhase('watching'), (m) => ({ kind: 'complete-requested', by: BEN, ...carried(m) }), {
        kind: 'closed',
      });
    case 'aborting':
      return walk(inPhase('syncing'), { kind: 'abort-requested', by: ANA });
    case 'aborted':
      return walk(inPhase('aborting'), { kind: 'aborted', targetKeys: 7 });
    case 'needs-human':
      return walk(inPhase('syncing'), stuck);
  }
}

export const REHEARSED_PHASES = [
  'surveying',
  'refused',
  'planned',
  'syncing',
  'following',
  'aborting',
  'aborted',
  'needs-human',
] as const satisfies readonly Phase[];

/** A rehearsal in each phase that it can be in; following with its data compared, aborting because it is done. */
export function rehearsalIn(phase: (typeof REHEARSED_PHASES)[number]): Migration {
  const start = fresh({ rehearsal: NOT_YET_REHEARSED });
  switch (phase) {
    case 'surveying':
      return start;
    case 'refused':
      return walk(start, { kind: 'surveyed', findings: plan.findings, plan: null });
    case 'planned':
      return walk(start, surveyed);
    case 'syncing':
      return walk(start, surveyed, started, syncStarted, pointing, online);
    case 'following':
      return walk(start, ...toFollowing, verified);
    case 'aborting':
      return walk(start, ...toFollowing, verified, rehearsed);
    case 'aborted':
      return walk(rehearsalIn('aborting'), { kind: 'aborted', targetKeys: 0 });
    case 'needs-human':
      return walk(rehearsalIn('syncing'), stuck);
  }
}
