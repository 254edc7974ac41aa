// Events for random walks: the next plausible one of a phase, or any kind with any payload, from anybody,
// with the buttons of now or of some earlier moment.

import type { Actor } from '../../src/migration/approval.ts';
import type { Event, EventKind } from '../../src/migration/events.ts';
import type { Migration, State } from '../../src/migration/migration.ts';
import type { Plan } from '../../src/migration/plan.ts';
import type { Policy } from '../../src/migration/policy.ts';
import * as walks from '../support/walk.ts';
import { differing, OPS, unproven } from './taking.ts';

/** One roll of the dice; what it means depends on where the walk is. */
export interface Roll {
  /** `on`: the next plausible event; else this kind, however implausible. */
  readonly kind: EventKind | 'on';
  readonly who: number;
  readonly what: number;
  /** How many moments ago the button was seen; 0: now. */
  readonly age: number;
  readonly gapMs: number;
}

/** BEN, EVA and IRA may approve; ANA asked for it though she is an owner; KIM looks on. */
export const PEOPLE: readonly Actor[] = [
  walks.BEN,
  walks.EVA,
  { user: 'U0IRA', groups: ['S0OWNERS'] },
  { user: walks.ANA.user, groups: ['S0OWNERS'] },
  OPS,
  walks.KIM,
];

export const POLICIES: readonly Policy[] = [
  walks.policy,
  { ...walks.policy, approvals: 1 },
  {
    ...walks.policy,
    requesterMayApprove: true,
    start: 'auto',
    latency: { ...walks.policy.latency, onBreach: 'notify' },
  },
  {
    ...walks.policy,
    approvals: 3,
    cutover: { ...walks.policy.cutover, attempts: 1, countdownMs: 10_000 },
    watch: { forMs: 60_000, atEnd: 'complete' },
    latency: { ...walks.policy.latency, onBreach: 'abort' },
  },
];

const EMPTY_TARGET: Plan = {
  ...walks.plan,
  digest: 'plan-2',
  findings: [],
  pairs: walks.plan.pairs.map((pair) => ({ ...pair, dropsKeys: 0 })),
};

/** Neither a final offset nor a marker that was seen. */
const UNPROVEN: Event = {
  kind: 'promoting',
  offsets: [{ fenced: 500, final: null, markerSeen: false }],
};

export function eventOf(roll: Roll, migration: Migration, seen: Migration): Event {
  return roll.kind === 'on' ? plausible(roll, migration) : anything(roll.kind, roll, migration, seen);
}

function plausible(roll: Roll, migration: Migration): Event {
  const make = (kind: EventKind, what = 0): Event =>
    anything(kind, { ...roll, what, who: roll.who % 3 }, migration, migration);
  const { state } = migration;
  switch (state.phase) {
    case 'surveying':
      return make('surveyed', roll.what);
    case 'planned':
      return make(state.startedBy === null ? 'start-requested' : 'sync-started');
    case 'syncing':
      return make(state.progress.every((pair) => pair.pointed === 'yes') ? 'caught-up' : 'stage-changed');
    case 'following': {
      if (migration.rehearsal !== null) return make(state.verification === null ? 'verified' : 'rehearsed');
      if (state.askedAt === null) return make('verified');
      return state.cutoverAt === null ? make('approved') : make('cutover-begun', roll.what);
    }
    case 'cutting-over':
    case 'reverting':
      return make(cutoverKind(state, roll));
    case 'watching':
      if (state.closing !== null) return make('closed');
      if (state.revertBy !== null) return make('cutover-begun', roll.what);
      return make(roll.what % 3 === 0 ? 'complete-requested' : 'revert-requested');
    case 'aborting':
      return make('aborted');
    case 'needs-human':
      return make('answered', roll.what);
    default:
      return make('closed');
  }
}

function cutoverKind(state: Extract<State, { phase: 'cutting-over' | 'reverting' }>, roll: Roll): EventKind {
  if (state.phase === 'reverting' && state.back !== null) return 'closed';
  const kinds: Record<typeof state.cutover.step, EventKind> = {
    fencing: state.cutover.order === 'demote-first' ? 'demoting' : 'promoting',
    demoting: roll.what % 3 === 0 ? 'undoing' : 'promoting',
    undoing: 'undone',
    promoting: 'promoted',
  };
  return kinds[state.cutover.step];
}

/** Any kind, in any phase. `seen` is the moment from which a button was pressed. */
function anything(kind: EventKind, { who, what }: Roll, migration: Migration, seen: Migration): Event {
  const by = PEOPLE[who % PEOPLE.length] ?? walks.KIM;
  const odd = what % 3 === 1;
  const carried = walks.carried(seen);
  switch (kind) {
    case 'start-requested':
    case 'approved':
    case 'denied':
    case 'held':
    case 'revert-requested':
    case 'complete-requested':
      return { kind, by, ...carried };
    case 'answered':
      return {
        kind,
        by,
        answer: (['recheck', 'abort', 'finish', 'old'] as const)[what % 4] ?? 'recheck',
        ...carried,
      };
    case 'abort-requested':
      return { kind, by };
    case 'surveyed': {
      const plan = [EMPTY_TARGET, walks.plan, EMPTY_TARGET, null][what % 4] ?? null;
      return { kind, findings: plan?.findings ?? walks.plan.findings, plan };
    }
    case 'plan-stale':
    case 'gate-held':
    case 'undoing':
      return { kind, reason: `reason ${what % 2}` };
    case 'policy-changed':
      return {
        kind,
        policy: POLICIES[what % POLICIES.length] ?? walks.policy,
        hooks: { beforeCutover: null, switch: null },
      };
    case 'sync-started':
      return walks.syncStarted;
    case 'setting-intended':
      return { kind, entry: ledgerEntry(what) };
    case 'setting-settled':
      return { kind, index: what % 4, state: (['set', 'restored', 'foreign'] as const)[what % 3] ?? 'set' };
    case 'relay-opened':
      return { kind, pair: odd ? 1 : 0, address: { host: '10.0.0.9', port: 40_000 + what } };
    case 'pointing':
      return { kind, pair: what % 2 };
    case 'transfer-restarted':
      return { kind, pair: odd ? 1 : 0, cause: odd ? null : 'its output buffer was full', remedy: null };
    case 'target-set-aside':
      return { kind, pair: odd ? 1 : 0 };
    case 'stage-changed':
      return { kind, pair: odd ? 1 : 0, stage: what % 2 === 0 ? 'online' : 'loading' };
    case 'caught-up':
      return walks.caughtUp;
    case 'fell-behind':
      return { kind, reason: 'it fell behind', linkLost: odd };
    case 'verified': {
      const found = [walks.equal, differing, unproven][what % 3] ?? walks.equal;
      const since = migration.state.phase === 'following' ? migration.state.since : 0;
      const level = what % 7 === 6 ? 'counts' : 'sample';
      return {
        kind,
        result: { ...found, level, startedAt: since - (what % 5 === 4 ? 1 : 0) },
        digest: `stands-${what % 4 === 3 ? 2 : 1}`,
        lag: odd ? null : { bytes: what % 2 === 0 ? 10 : null, ms: 2 },
      };
    }
    case 'cutover-begun':
      return { ...(odd ? walks.begunPromoteFirst : walks.begun), deadline: walks.T0 + what };
    case 'demoting':
      return walks.demoting;
    case 'promoting':
      return [walks.promoting, UNPROVEN, walks.promotingByMarker][what % 3] ?? walks.promoting;
    case 'undone':
      return { kind, pausedMs: odd ? null : 2_000, ...(what % 5 === 0 && { miscounted: [0] }) };
    case 'promoted':
      return migration.state.phase === 'reverting' ? walks.promotedBack : walks.promoted;
    case 'hook-ran':
      return { kind, outcome: { hook: 'switch', ok: !odd, detail: '200', tookMs: 5 } };
    case 'way-back-changed':
      return {
        kind,
        wayBack: odd ? { state: 'closed', why: 'it broke' } : { state: 'open', lagBytes: what },
      };
    case 'target-restarted':
      return { kind, pair: what % 2, runId: 'd'.repeat(40) };
    case 'stood-down':
      return { kind, pair: what % 2, isDown: odd };
    case 'stream-refused':
      return { kind, times: what, counted: !odd };
    case 'aborted':
      return { kind, targetKeys: odd ? null : what };
    case 'rehearsed':
    case 'approvals-expired':
    case 'old-clients-gone':
    case 'window-ended':
    case 'closed':
    case 'cleared':
      return { kind };
    case 'latency-judged':
      return (
        [walks.steadyAgain, walks.steadyAgain, walks.strained, walks.breached, walks.unmeasured][what % 5] ??
        walks.steadyAgain
      );
    case 'incident-changed':
      return {
        kind,
        incident: { ...walks.incident, number: 1 + (what % 3), overAt: odd ? walks.T0 : null },
      };
    case 'latency-summed':
      return walks.summed;
    case 'taken-over':
      return { kind, lastSeenAt: odd ? walks.T0 : null };
    case 'hold-found':
      return { kind, pair: 0, side: 'source', miscounted: odd };
    case 'stuck':
      return odd ? walks.stuckByRestart : walks.stuck;
  }
}

function ledgerEntry(what: number) {
  return {
    pair: 0,
    side: what % 2 === 0 ? 'source' : 'target',
    name: `setting-${what}`,
    was: { text: '1' },
    now: { text: '2' },
    state: 'intended',
  } as const;
}
