// Every event in every phase: where it leads, or that it is refused. A new phase or event does not
// compile until each of its cells is decided here.

import { describe, expect, it } from 'vitest';
import { EVENT_KINDS, type Event, type EventKind } from '../../src/migration/events.ts';
import { advance } from '../../src/migration/lifecycle.ts';
import { type Migration, PHASES, type Phase } from '../../src/migration/migration.ts';
import * as walks from '../support/walk.ts';

type Expected = Phase | 'no';

const NO: Record<EventKind, Expected> = {
  'start-requested': 'no',
  approved: 'no',
  denied: 'no',
  held: 'no',
  'abort-requested': 'no',
  'revert-requested': 'no',
  'complete-requested': 'no',
  answered: 'no',
  surveyed: 'no',
  'plan-stale': 'no',
  'policy-changed': 'no',
  'sync-started': 'no',
  'setting-intended': 'no',
  'setting-settled': 'no',
  'relay-opened': 'no',
  pointing: 'no',
  'stage-changed': 'no',
  'transfer-restarted': 'no',
  'target-set-aside': 'no',
  'caught-up': 'no',
  'fell-behind': 'no',
  verified: 'no',
  rehearsed: 'no',
  'approvals-expired': 'no',
  'gate-held': 'no',
  'cutover-begun': 'no',
  demoting: 'no',
  undoing: 'no',
  undone: 'no',
  promoting: 'no',
  promoted: 'no',
  'hook-ran': 'no',
  'old-clients-gone': 'no',
  'way-back-changed': 'no',
  'target-restarted': 'no',
  'stood-down': 'no',
  'stream-refused': 'no',
  'window-ended': 'no',
  closed: 'no',
  cleared: 'no',
  aborted: 'no',
  'latency-judged': 'no',
  'incident-changed': 'no',
  'latency-summed': 'no',
  'taken-over': 'no',
  'hold-found': 'no',
  stuck: 'no',
};

/** Told in every phase that goes on; what a breach does there is in test/migration/latency. */
const toldIn = (phase: Phase) => ({
  'taken-over': phase,
  'latency-judged': phase,
  'incident-changed': phase,
  'latency-summed': phase,
});

const TABLE: Record<Phase, Record<EventKind, Expected>> = {
  surveying: {
    ...NO,
    ...toldIn('surveying'),
    surveyed: 'planned',
    'policy-changed': 'surveying',
    'abort-requested': 'aborted',
    stuck: 'needs-human',
  },
  refused: NO,
  // Nobody pressed Start in this sample, so nothing may begin (`sync-started`) or be written to a ledger.
  planned: {
    ...NO,
    ...toldIn('planned'),
    'start-requested': 'planned',
    'plan-stale': 'surveying',
    'policy-changed': 'surveying',
    'abort-requested': 'aborted',
    stuck: 'needs-human',
  },
  syncing: {
    ...NO,
    ...toldIn('syncing'),
    'hold-found': 'syncing',
    'setting-intended': 'syncing',
    'setting-settled': 'syncing',
    'relay-opened': 'syncing',
    pointing: 'syncing',
    'stage-changed': 'syncing',
    'transfer-restarted': 'syncing',
    'target-set-aside': 'syncing',
    'caught-up': 'following',
    'fell-behind': 'syncing',
    'policy-changed': 'syncing',
    'abort-requested': 'aborting',
    stuck: 'needs-human',
  },
  // One approval is still missing here, so `cutover-begun` is refused (I4).
  following: {
    ...NO,
    ...toldIn('following'),
    'hold-found': 'following',
    'setting-intended': 'following',
    'setting-settled': 'following',
    verified: 'following',
    approved: 'following',
    denied: 'following',
    held: 'following',
    'approvals-expired': 'following',
    'policy-changed': 'following',
    'relay-opened': 'syncing',
    'fell-behind': 'syncing',
    'gate-held': 'following',
    'hook-ran': 'following',
    'abort-requested': 'aborting',
    stuck: 'needs-human',
  },
  // Step `fencing`: `promoting` needs `demoting` first, `undone` needs `undoing`.
  'cutting-over': {
    ...NO,
    ...toldIn('cutting-over'),
    'setting-intended': 'cutting-over',
    'setting-settled': 'cutting-over',
    demoting: 'cutting-over',
    undoing: 'cutting-over',
    stuck: 'needs-human',
  },
  watching: {
    ...NO,
    ...toldIn('watching'),
    'hold-found': 'watching',
    'setting-intended': 'watching',
    'setting-settled': 'watching',
    'hook-ran': 'watching',
    'old-clients-gone': 'watching',
    'way-back-changed': 'watching',
    'target-restarted': 'watching',
    'stood-down': 'watching',
    'stream-refused': 'watching',
    'window-ended': 'watching',
    'revert-requested': 'watching',
    'complete-requested': 'watching',
    stuck: 'needs-human',
  },
  reverting: {
    ...NO,
    ...toldIn('reverting'),
    'setting-intended': 'reverting',
    'setting-settled': 'reverting',
    demoting: 'reverting',
    undoing: 'reverting',
    'hook-ran': 'reverting',
    stuck: 'needs-human',
  },
  reverted: NO,
  completed: NO,
  aborting: {
    ...NO,
    ...toldIn('aborting'),
    'hold-found': 'aborting',
    'setting-intended': 'aborting',
    'setting-settled': 'aborting',
    aborted: 'aborted',
    stuck: 'needs-human',
  },
  aborted: NO,
  'needs-human': {
    ...NO,
    ...toldIn('needs-human'),
    'hold-found': 'needs-human',
    'setting-intended': 'needs-human',
    'setting-settled': 'needs-human',
    answered: 'syncing',
    'abort-requested': 'aborting',
  },
};

/** The phases that a rehearsal can be in; what differs there is what would lead on to a promotion, and its own end. */
const REHEARSAL: Partial<Record<Phase, Record<EventKind, Expected>>> = {
  surveying: TABLE.surveying,
  refused: NO,
  planned: TABLE.planned,
  syncing: TABLE.syncing,
  // Nobody is asked, so there is nothing to deny, to hold or to expire.
  following: {
    ...TABLE.following,
    rehearsed: 'aborting',
    approved: 'no',
    denied: 'no',
    held: 'no',
  },
  aborting: TABLE.aborting,
  aborted: NO,
  'needs-human': TABLE['needs-human'],
};

function sample(kind: EventKind, migration: Migration): Event {
  const carried = walks.carried(migration);
  switch (kind) {
    case 'start-requested':
    case 'approved':
    case 'denied':
    case 'held':
    case 'revert-requested':
    case 'complete-requested':
      return { kind, by: walks.BEN, ...carried };
    case 'answered':
      return { kind, by: walks.BEN, answer: 'recheck', ...carried };
    case 'abort-requested':
      return { kind, by: walks.ANA };
    case 'surveyed':
      return walks.surveyed;
    case 'plan-stale':
    case 'gate-held':
    case 'undoing':
      return { kind, reason: 'it moved' };
    case 'policy-changed':
      return { kind, policy: { ...walks.policy, approvals: 1 }, hooks: migration.hooks };
    case 'sync-started':
      return walks.syncStarted;
    case 'setting-intended':
      return { kind, entry: LEDGER_ENTRY };
    case 'setting-settled':
      return { kind, index: 0, state: 'set' };
    case 'relay-opened':
      return { kind, pair: 0, address: { host: '10.0.0.9', port: 40_001 } };
    case 'pointing':
      return walks.pointing;
    case 'transfer-restarted':
      return { kind, pair: 0, cause: 'its output buffer was full', remedy: null };
    case 'target-set-aside':
      return { kind, pair: 0 };
    case 'stage-changed':
      return walks.online;
    case 'caught-up':
      return walks.caughtUp;
    case 'fell-behind':
      return { kind, reason: 'the link broke', linkLost: true };
    case 'verified':
      return walks.verified;
    case 'cutover-begun':
      return walks.begun;
    case 'demoting':
      return walks.demoting;
    case 'undone':
      return walks.undone;
    case 'promoting':
      return walks.promoting;
    case 'promoted':
      return walks.promoted;
    case 'hook-ran':
      return { kind, outcome: { hook: 'switch', ok: true, detail: '200', tookMs: 5 } };
    case 'way-back-changed':
      return { kind, wayBack: { state: 'closed', why: 'the link broke' } };
    case 'target-restarted':
      return { kind, pair: 0, runId: 'd'.repeat(40) };
    case 'stood-down':
      return { kind, pair: 0, isDown: true };
    case 'stream-refused':
      return { kind, times: 3, counted: true };
    case 'rehearsed':
    case 'approvals-expired':
    case 'old-clients-gone':
    case 'window-ended':
    case 'closed':
    case 'cleared':
      return { kind };
    case 'aborted':
      return { kind, targetKeys: 0 };
    case 'latency-judged':
      return walks.strained;
    case 'incident-changed':
      return walks.stalled;
    case 'latency-summed':
      return walks.summed;
    case 'taken-over':
      return { kind, lastSeenAt: null };
    case 'hold-found':
      return { kind, pair: 0, side: 'source', miscounted: false };
    case 'stuck':
      return walks.stuck;
  }
}

const LEDGER_ENTRY = {
  pair: 0,
  side: 'source',
  name: 'repl-backlog-size',
  was: { text: '1048576' },
  now: { text: '67108864' },
  state: 'intended',
} as const;

describe.each(PHASES)('%s', (phase) => {
  it.each(EVENT_KINDS)('on %s', (kind) => {
    expect(leads(walks.inPhase(phase), kind)).toBe(TABLE[phase][kind]);
  });
});

describe.each(walks.REHEARSED_PHASES)('a rehearsal that is %s', (phase) => {
  it.each(EVENT_KINDS)('I4 on %s', (kind) => {
    expect(leads(walks.rehearsalIn(phase), kind)).toBe(REHEARSAL[phase]?.[kind]);
  });
});

function leads(of: Migration, kind: EventKind): Expected {
  const migration = { ...of, ledger: [LEDGER_ENTRY] };
  const before = structuredClone(migration);
  const advanced = advance(migration, sample(kind, migration), walks.T0 + 60_000);
  expect(migration).toEqual(before);
  if (advanced.kind === 'advanced') return advanced.migration.state.phase;
  expect(advanced.refusal.message).toMatch(/^[A-Z@m].*[.?]$/s);
  return 'no';
}
