// Every card and every announcement that people can get to see, from canned data. Feeds the snapshots, is
// posted to the fake Slack, and is what the sandbox page can show.

import type { Announcement, AnnouncementBody, ApprovalView } from '../../src/migration/announcement.ts';
import type { Migration, Phase, State } from '../../src/migration/migration.ts';
import type { LiveFigures } from '../../src/migration/progress.ts';
import type { RehearsalOutcome } from '../../src/migration/rehearsal.ts';
import { NOT_COUNTED } from '../../src/migration/unapplied.ts';
import { latencyCards } from './gallery-latency.ts';
import {
  at,
  cutOver,
  different,
  equal,
  findings,
  following,
  hostileFindings,
  ledger,
  liveIn,
  measuring,
  migrationIn,
  outcome,
  plan,
  planBetween,
  policy,
  refusing,
  states,
  syncing,
  watching,
} from './sample.ts';
import { incidents } from './sample-latency.ts';

export interface CardCase {
  readonly name: string;
  readonly migration: Migration;
  readonly live: LiveFigures | null;
}

/** What a rehearsal found out, and the migration before, while and after it is put back. */
const rehearsed: RehearsalOutcome = {
  at: at(6),
  plan,
  verification: equal,
  lag: { bytes: 312, ms: 2 },
  predictedFenceMs: 20,
};
const rehearsalIn = (state: State) => migrationIn(state, { rehearsal: { outcome: null } });
const rehearsing = rehearsalIn({ ...following, verification: null, askedAt: null, approvals: [] });
const puttingBack = { ...states.aborting, by: 'ferry', from: 'following' } as const;
const rehearsalOver = migrationIn(
  { ...states.aborted, by: 'ferry', from: 'following', targetKeys: 0 },
  { rehearsal: { outcome: rehearsed } },
);

/** The target died, and a person gave the writes to the source. */
const takenBack = {
  ...states.reverted,
  back: null,
  leftToDo: [
    'carts-new did not answer at the end, and may come back as a primary: keep clients off it, or let it follow carts-old.',
  ],
} as const;

/** Every phase, and the faces of some that differ most. */
export const cards: readonly CardCase[] = [
  ...(Object.keys(states) as Phase[]).map((phase) => ({
    name: phase,
    migration: migrationIn(states[phase]),
    live: liveFor(phase),
  })),
  {
    name: 'planned, beginning',
    migration: migrationIn({ ...states.planned, startedBy: 'ferry' }),
    live: null,
  },
  { name: 'syncing, nothing measured', migration: migrationIn(syncing), live: null },
  { name: 'syncing, measuring', migration: migrationIn(syncing), live: measuring },
  {
    name: 'syncing, link lost',
    migration: migrationIn({
      ...syncing,
      lostLinkAt: at(4),
      progress: [{ pointed: 'yes', stage: 'connecting', restarts: 0, begun: null }],
    }),
    live: null,
  },
  { name: 'syncing, loading', migration: migrationIn(syncing), live: liveIn('loading') },
  {
    name: 'following, verifying',
    migration: migrationIn({ ...following, verification: null, askedAt: null, approvals: [] }),
    live: liveIn('online'),
  },
  {
    name: 'following, different',
    migration: migrationIn({ ...following, verification: different, askedAt: null, approvals: [] }),
    live: liveIn('online'),
  },
  {
    name: 'following, counting down',
    migration: migrationIn({ ...following, cutoverAt: at(11, 10_000), approvals: cutOver.approvals }),
    live: liveIn('online'),
  },
  {
    name: 'following, held at a gate',
    migration: migrationIn({
      ...following,
      cutoverAt: at(11),
      approvals: cutOver.approvals,
      gate: 'carts-new is 4 MB behind (limit 1 MB)',
    }),
    live: liveIn('online'),
  },
  {
    name: 'watching, way back closed, window over',
    migration: migrationIn({
      ...watching,
      until: Number.MAX_SAFE_INTEGER,
      oldClientsGoneAt: at(14),
      wayBack: { state: 'closed', why: 'the backlog ran out' },
    }),
    live: null,
  },
  {
    name: 'watching, ending by hand',
    migration: migrationIn({ ...watching, byHand: { by: 'U0EVA', at: at(40) } }),
    live: null,
  },
  { name: 'reverted, by hand', migration: migrationIn(takenBack), live: null },
  { name: 'completed, by hand', migration: migrationIn({ ...states.completed, byHand: true }), live: null },
  {
    name: 'watching, closing',
    migration: migrationIn({ ...watching, closing: { by: 'ferry', at: at(40) } }),
    live: null,
  },
  {
    name: 'planned, by password through a relay, without a way back',
    migration: migrationIn({ ...states.planned, plan: planBetween('2.6.16', '8.0.2') }),
    live: null,
  },
  {
    name: 'watching, an old server that misses some writes',
    migration: migrationIn({ ...watching, plan: planBetween('6.0.16', '8.0.2') }),
    live: null,
  },
  {
    name: 'watching, nobody counts what an old server misses',
    migration: migrationIn({ ...watching, plan: planBetween('6.0.16', '8.0.2'), unapplied: NOT_COUNTED }),
    live: null,
  },
  {
    name: 'watching, the old server refused commands',
    migration: migrationIn({ ...watching, unapplied: { times: 1_204, counted: true, since: at(13) } }),
    live: null,
  },
  { name: 'rehearsal, planned', migration: rehearsalIn(states.planned), live: null },
  { name: 'rehearsal, syncing', migration: rehearsalIn(syncing), live: liveIn('transferring') },
  { name: 'rehearsal, following', migration: rehearsing, live: liveIn('online') },
  { name: 'rehearsal, being put back', migration: { ...rehearsalOver, state: puttingBack }, live: null },
  { name: 'rehearsal, over', migration: rehearsalOver, live: null },
  {
    name: 'rehearsal, aborted',
    migration: rehearsalIn({ ...states.aborted, targetKeys: 0 }),
    live: null,
  },
  {
    name: 'hostile: hundreds of findings and hostile words',
    migration: migrationIn({ ...states.planned, plan: { ...plan, findings: hostileFindings() } }),
    live: null,
  },
  ...latencyCards,
];

function liveFor(phase: Phase): LiveFigures | null {
  if (phase === 'syncing') return liveIn('transferring');
  return phase === 'following' || phase === 'watching' ? liveIn('online') : null;
}

const approval: ApprovalView = {
  state: 'open',
  round: 3,
  digest: 'd1',
  planDigest: plan.digest,
  needed: 2,
  approvers: policy.approvers,
  not: 'U0ANA',
  approvals: [],
  expiresAt: null,
  cutoverAt: null,
  lag: { bytes: 312, ms: 2 },
  verification: equal,
  predictedFenceMs: 20,
  latency: 'steady',
  wayBack: { possible: true, why: 'the backlog lasts' },
};

const given = { approvals: cutOver.approvals, expiresAt: at(39) };
const watch = {
  kind: 'watching',
  until: at(42),
  atEnd: 'ask',
  wayBack: watching.wayBack,
  round: 3,
  digest: 'd1',
} as const;
const human = states['needs-human'];
const question = {
  kind: 'needs-human',
  question: human.question,
  facts: human.facts,
  answers: human.answers,
  round: 3,
  digest: 'd1',
} as const;

/** Every kind at least once: a new one does not compile until it is here. */
const bodies: {
  readonly [K in AnnouncementBody['kind']]: readonly Extract<AnnouncementBody, { kind: K }>[];
} = {
  'survey-done': [
    { kind: 'survey-done', findings, refused: false },
    { kind: 'survey-done', findings: refusing, refused: true },
    { kind: 'survey-done', findings: hostileFindings(), refused: false },
  ],
  'start-asked': [
    { kind: 'start-asked', plan, round: 3, digest: plan.digest, open: true },
    { kind: 'start-asked', plan, round: 3, digest: plan.digest, open: false },
    {
      kind: 'start-asked',
      plan: { ...plan, findings: [], pairs: plan.pairs.map((pair) => ({ ...pair, dropsKeys: 0 })) },
      round: 3,
      digest: plan.digest,
      open: true,
    },
  ],
  'start-refused': [{ kind: 'start-refused', reason: 'carts-new restarted since the survey.' }],
  started: [
    { kind: 'started', by: 'U0ANA', dropsKeys: 1_204 },
    { kind: 'started', by: 'ferry', dropsKeys: 0 },
  ],
  'transfer-restarted': [
    {
      kind: 'transfer-restarted',
      pair: 0,
      cause: 'the output buffer of carts-old went over its limit of 256 MB.',
      remedy: 'Raise client-output-buffer-limit of replicas on carts-old.',
      restarts: 1,
      limit: 3,
    },
    { kind: 'transfer-restarted', pair: 0, cause: null, remedy: null, restarts: 3, limit: 3 },
  ],
  'caught-up': [
    { kind: 'caught-up', tookMs: 171_000, again: false },
    { kind: 'caught-up', tookMs: 2_000, again: true },
  ],
  'fell-behind': [{ kind: 'fell-behind', reason: 'the link broke' }],
  verified: [
    { kind: 'verified', result: equal, first: true },
    { kind: 'verified', result: different, first: false },
    { kind: 'verified', result: { ...equal, basis: 'drawn' }, first: true },
    { kind: 'verified', result: { ...equal, level: 'full', basis: 'one' }, first: true },
  ],
  approval: [
    { kind: 'approval', approval },
    { kind: 'approval', approval: { ...approval, ...given, approvals: cutOver.approvals.slice(0, 1) } },
    {
      kind: 'approval',
      approval: { ...approval, ...given, state: 'counting-down', cutoverAt: at(11, 10_000) },
    },
    { kind: 'approval', approval: { ...approval, ...given, state: 'cutting-over' } },
    { kind: 'approval', approval: { ...approval, state: 'withdrawn', lag: null } },
    { kind: 'approval', approval: { ...approval, lag: { bytes: null, ms: 2 } } },
    { kind: 'approval', approval: { ...approval, latency: 'strained' } },
    { kind: 'approval', approval: { ...approval, latency: 'unknown' } },
    {
      kind: 'approval',
      approval: { ...approval, ...given, state: 'spent', wayBack: { possible: false, why: 'no PSYNC2' } },
    },
  ],
  'approval-withdrawn': [
    { kind: 'approval-withdrawn', reason: 'the link broke at 14:10:31', by: null, given: 1 },
    { kind: 'approval-withdrawn', reason: 'the link broke at 14:10:31', by: null, given: 0 },
    { kind: 'approval-withdrawn', reason: 'held', by: 'U0BEN', given: 1 },
  ],
  'gate-held': [
    { kind: 'gate-held', reason: 'carts-new is 4 MB behind (limit 1 MB)', direction: 'forward' },
    { kind: 'gate-held', reason: 'carts-old is 4 MB behind (limit 1 MB)', direction: 'back' },
  ],
  'cutting-over': [{ kind: 'cutting-over', attempt: 1 }],
  'cutover-undone': [
    {
      kind: 'cutover-undone',
      attempt: 1,
      reason: 'carts-new was 4 MB behind after 2 s',
      pausedMs: 2_010,
      direction: 'forward',
      at: at(12, 9_404),
    },
    {
      kind: 'cutover-undone',
      attempt: 2,
      reason: 'no answer',
      pausedMs: null,
      direction: 'back',
      at: at(20),
    },
  ],
  'cut-over': [{ kind: 'cut-over', outcome, wayBack: watching.wayBack, predictedFenceMs: 20 }],
  'hook-ran': [
    { kind: 'hook-ran', outcome: { hook: 'switch', ok: true, detail: '200', tookMs: 410 } },
    { kind: 'hook-ran', outcome: { hook: 'switch', ok: false, detail: 'exit 1', tookMs: 30_000 } },
  ],
  'old-clients-gone': [{ kind: 'old-clients-gone', afterMs: 130_000 }],
  watching: [
    { ...watch, open: true },
    { ...watch, open: false },
    { ...watch, open: true, atEnd: 'complete', wayBack: { state: 'closed', why: 'the backlog ran out' } },
  ],
  'way-back-closed': [{ kind: 'way-back-closed', why: 'the backlog ran out' }],
  'window-ended': [{ kind: 'window-ended' }],
  completing: [{ kind: 'completing', by: 'U0BEN' }],
  reverting: [{ kind: 'reverting', by: 'U0BEN' }],
  reverted: [
    { kind: 'reverted', by: 'U0BEN', outcome: { ...outcome, direction: 'back', fenceTimeMs: null } },
  ],
  aborting: [
    { kind: 'aborting', by: 'U0ANA', waitsForLoad: true },
    { kind: 'aborting', by: 'U0ANA', waitsForLoad: false },
  ],
  aborted: [
    { kind: 'aborted', by: 'U0ANA', from: 'syncing', targetKeys: 1_204_000 },
    { kind: 'aborted', by: 'U0ANA', from: 'planned', targetKeys: null },
  ],
  'settings-restored': [
    { kind: 'settings-restored', entries: ledger },
    { kind: 'settings-restored', entries: [] },
  ],
  'needs-human': [
    { ...question, open: true },
    { ...question, open: false },
  ],
  answered: [{ kind: 'answered', by: 'U0BEN', label: 'It is down: finish' }],
  'taken-over': [
    { kind: 'taken-over', lastSeenAt: at(6), at: at(7) },
    { kind: 'taken-over', lastSeenAt: null, at: at(7) },
  ],
  'hold-found': [{ kind: 'hold-found', name: 'carts-old', at: at(7) }],
  incident: incidents.map((incident) => ({ kind: 'incident', incident })),
  report: [{ kind: 'report' }],
  rehearsed: [
    { kind: 'rehearsed', outcome: rehearsed },
    { kind: 'rehearsed', outcome: { ...rehearsed, verification: different, predictedFenceMs: 30 } },
  ],
  'stream-refused': [
    { kind: 'stream-refused', times: 1 },
    { kind: 'stream-refused', times: 1_204 },
  ],
};

export interface AnnouncementCase {
  readonly name: string;
  readonly announcement: Announcement;
  readonly migration: Migration;
}

const asAnnounced = (body: AnnouncementBody, index: number): Announcement => ({
  number: index + 1,
  at: at(13),
  weight: 'event',
  key: null,
  body,
});

/** What is told in other words where it is a rehearsal. */
const ofRehearsals: readonly (readonly [body: AnnouncementBody, migration: Migration])[] = [
  [{ kind: 'start-asked', plan, round: 3, digest: plan.digest, open: true }, rehearsing],
  [{ kind: 'verified', result: different, first: true }, rehearsing],
  [{ kind: 'aborted', by: 'ferry', from: 'following', targetKeys: 0 }, rehearsalOver],
  [{ kind: 'aborted', by: 'ferry', from: 'following', targetKeys: 2_018_311 }, rehearsalOver],
  [{ kind: 'aborted', by: 'U0ANA', from: 'syncing', targetKeys: 0 }, rehearsing],
  [{ kind: 'report' }, rehearsalOver],
];

const ofMigrations = Object.values(bodies).flat();

/** One thread could say all of it: each has a number of its own. */
export const announcements: readonly AnnouncementCase[] = [
  ...ofMigrations.map((body, index) => ({
    name: `${index + 1} ${body.kind}`,
    announcement: asAnnounced(body, index),
    migration:
      body.kind === 'rehearsed'
        ? rehearsalOver
        : migrationIn(body.kind === 'report' ? states.completed : phaseOf(body)),
  })),
  ...ofRehearsals.map(([body, migration], index) => ({
    name: `rehearsal ${index + 1}`,
    announcement: asAnnounced(body, ofMigrations.length + index),
    migration,
  })),
];

/** What a stall did is told with what goes on meanwhile: most of them happen in the sync. */
function phaseOf(body: AnnouncementBody): State {
  if (body.kind !== 'incident') return states.following;
  return body.incident.side === 'target' ? states.watching : states.syncing;
}
