//  surveying ─► planned ─► syncing ─► following ─► cutting-over ─► watching ─► completed
//      │           │          │           │ ▲          │  │            │
//      │           └──────────┴─ abort ───┘ └─ undone ─┘  │ past the   └─ revert ─► reverting ─► reverted
//      ▼                      ▼                           │ point of
//   refused                aborting ─► aborted            ▼ no return: only forward
//                                               (any) ─► needs-human
// The only way from one state to the next. Pure: time is an input, nothing here waits or acts.

import type { Announcement } from './announcement.ts';
import {
  type Answered,
  type Change,
  decision,
  isRefusal,
  notNow,
  type PhaseHandler,
  event as said,
} from './change.ts';
import { type Refusal, refusal } from './errors.ts';
import type { AuditEntry, Event } from './events.ts';
import type { Migration, NeedsHuman, Phase } from './migration.ts';
import { closeAsking } from './phases/asking.ts';
import { unmarked } from './phases/by-hand.ts';
import { cuttingOver } from './phases/cutting-over.ts';
import { aborting, over } from './phases/ending.ts';
import { following } from './phases/following.ts';
import { holdFound } from './phases/hold-found.ts';
import { isAboutLatency, latencyChanged, leftOpen } from './phases/latency.ts';
import { needsHuman } from './phases/needs-human.ts';
import { planned } from './phases/planned.ts';
import { reverting } from './phases/reverting.ts';
import { surveying } from './phases/surveying.ts';
import { syncing } from './phases/syncing.ts';
import { watching } from './phases/watching.ts';
import type { LedgerEntry } from './plan.ts';
import type { Hook } from './policy.ts';
import { isOver, touchesServers } from './questions.ts';
import { isHarmless, leadsOn, neverPromoted } from './rehearsal.ts';

export type Advance =
  | {
      readonly kind: 'advanced';
      readonly migration: Migration;
      readonly audit: AuditEntry;
      readonly say: readonly Announcement[];
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const HANDLERS: { readonly [P in Phase]: PhaseHandler<P> } = {
  surveying,
  planned,
  syncing,
  following,
  'cutting-over': cuttingOver,
  watching,
  reverting,
  aborting,
  'needs-human': needsHuman,
  refused: over,
  completed: over,
  reverted: over,
  aborted: over,
};

/**
 * What `event`, at `now` (UTC epoch ms), makes of a migration: the next one with its audit entry and
 * announcements, or a refusal that changes nothing.
 */
export function advance(migration: Migration, event: Event, now: number): Advance {
  const leading = leadsOn(migration, event.kind);
  if (leading !== null) return { kind: 'refused', refusal: leading };
  if (event.kind === 'setting-intended' || event.kind === 'setting-settled') {
    return settle(migration, event, now);
  }
  const answered = isAboutLatency(event)
    ? latencyChanged(migration, event, now)
    : event.kind === 'stuck'
      ? stuck(migration, event)
      : event.kind === 'taken-over'
        ? takenOver(migration, event, now)
        : event.kind === 'hold-found'
          ? holdFound(migration, event, now)
          : inPhase(migration, event, now);
  if (isRefusal(answered)) return { kind: 'refused', refusal: answered };
  return finish(migration, answered, event, now);
}

function inPhase(migration: Migration, event: Event, now: number): Answered {
  const { state } = migration;
  // The table is keyed by the very phase that narrows the state; TypeScript cannot see that pairing.
  const handler = HANDLERS[state.phase] as PhaseHandler<Phase>;
  return handler(migration, state, event, now);
}

function stuck(migration: Migration, event: Extract<Event, { kind: 'stuck' }>): Answered {
  const { state } = migration;
  if (isOver(state) || state.phase === 'needs-human') return notNow(migration, event.kind);
  const from = unmarked(state);
  const { question, facts, answers, accepts = null } = event;
  const next: NeedsHuman = { phase: 'needs-human', from, question, facts, answers, accepts };
  const round = migration.round + 1;
  const digest = `question-${round}`;
  return {
    state: next,
    newRound: true,
    digest,
    say: [
      ...closeAsking(migration, state),
      decision(`question:${round}`, {
        kind: 'needs-human',
        question,
        facts,
        answers,
        round,
        digest,
        open: true,
      }),
    ],
  };
}

/** Another owner goes on. It changes nothing, and people would wonder about the silence (I13). */
function takenOver(
  migration: Migration,
  { kind, lastSeenAt }: Extract<Event, { kind: 'taken-over' }>,
  now: number,
): Answered {
  const { state } = migration;
  if (isOver(state)) return notNow(migration, kind);
  return { state, say: [said({ kind, lastSeenAt, at: now })] };
}

/** The ledger is the same in every phase: written before a setting is touched, settled after (I12). */
function settle(
  migration: Migration,
  event: Extract<Event, { kind: 'setting-intended' | 'setting-settled' }>,
  now: number,
): Advance {
  if (!touchesServers(migration.state)) return { kind: 'refused', refusal: notNow(migration, event.kind) };
  const ledger = settled(migration.ledger, event);
  if (ledger === null) {
    return { kind: 'refused', refusal: refusal('no-such-entry', 'The ledger has no such entry.') };
  }
  return {
    kind: 'advanced',
    migration: { ...migration, ledger },
    audit: auditOf(migration, migration, event, now),
    say: [],
  };
}

function settled(
  ledger: readonly LedgerEntry[],
  event: Extract<Event, { kind: 'setting-intended' | 'setting-settled' }>,
): readonly LedgerEntry[] | null {
  if (event.kind === 'setting-intended') return [...ledger, event.entry];
  const entry = ledger[event.index];
  if (entry === undefined) return null;
  return ledger.map((each, index) => (index === event.index ? { ...entry, state: event.state } : each));
}

function finish(migration: Migration, change: Change, event: Event, now: number): Advance {
  const latency = change.latency ?? migration.latency;
  const left = leftOpen({ ...migration, state: change.state, latency });
  const say = [...left, ...(change.say ?? [])].map((saying, index) => ({
    number: migration.announced + index + 1,
    at: now,
    ...saying,
  }));
  const entered = change.state.phase !== migration.state.phase;
  const next: Migration = {
    ...migration,
    state: change.state,
    round: migration.round + (change.newRound === true ? 1 : 0),
    digest: change.digest ?? migration.digest,
    policy: change.policy ?? migration.policy,
    hooks: change.hooks ?? migration.hooks,
    cutoverAttempts: change.cutoverAttempts ?? migration.cutoverAttempts,
    transfers: change.transfers ?? migration.transfers,
    relays: change.relays ?? migration.relays,
    latency: isOver(change.state) ? { ...latency, open: [] } : latency,
    rehearsal: change.rehearsal ?? migration.rehearsal,
    announced: migration.announced + say.length,
    timeline: entered ? [...migration.timeline, { phase: change.state.phase, at: now }] : migration.timeline,
  };
  // Whatever a phase made of the event: a rehearsal goes nowhere near a promotion (I4).
  if (next.rehearsal !== null && !isHarmless(next.state)) {
    return { kind: 'refused', refusal: neverPromoted(migration.id) };
  }
  return { kind: 'advanced', migration: next, audit: auditOf(migration, next, event, now), say };
}

function auditOf(before: Migration, after: Migration, event: Event, now: number): AuditEntry {
  return { at: now, from: phaseLabel(before), to: phaseLabel(after), event: forHistory(event) };
}

/** The path of a webhook and the arguments of a command may be secrets: history does not repeat them (I9). */
function forHistory(event: Event): Event {
  if (event.kind !== 'policy-changed') return event;
  const { beforeCutover, switch: toSwitch } = event.hooks;
  return { ...event, hooks: { beforeCutover: masked(beforeCutover), switch: masked(toSwitch) } };
}

function masked(hook: Hook | null): Hook | null {
  if (hook === null) return null;
  const { webhook, command } = hook;
  return { ...hook, webhook: webhook && '(not shown)', command: command?.slice(0, 1) ?? null };
}

/** The phase, with the step of a cutover: what the log and the audit name. */
export function phaseLabel(migration: Migration): string {
  const { state } = migration;
  return state.phase === 'cutting-over' || state.phase === 'reverting'
    ? `${state.phase}/${state.cutover.step}`
    : state.phase;
}
