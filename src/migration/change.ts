// What a phase answers to an event: the next state and what to say, or a refusal.

import type { AnnouncementBody, Weight } from './announcement.ts';
import type { Direction } from './cutover.ts';
import { type Refusal, refusal } from './errors.ts';
import type { Event } from './events.ts';
import type { Address } from './instance.ts';
import type { LatencyRecord } from './latency/summary.ts';
import type { Migration, Phase, State, StateOf } from './migration.ts';
import type { Hooks, Policy } from './policy.ts';
import type { Rehearsal } from './rehearsal.ts';
import type { Transfer } from './transfer.ts';

export interface Saying {
  readonly weight: Weight;
  readonly key: string | null;
  readonly body: AnnouncementBody;
}

/** The next state and what goes with it; what is left out stays as it was. */
export interface Change {
  readonly state: State;
  readonly say?: readonly Saying[];
  /** Withdraws every decision taken so far: buttons of the earlier round go stale (I4). */
  readonly newRound?: boolean;
  readonly digest?: string;
  readonly policy?: Policy;
  readonly hooks?: Hooks;
  readonly cutoverAttempts?: number;
  readonly transfers?: readonly (Transfer | null)[];
  readonly relays?: readonly (Address | null)[];
  readonly latency?: LatencyRecord;
  readonly rehearsal?: Rehearsal;
}

export type Answered = Change | Refusal;

/** One function a phase: what it does with each event. */
export type PhaseHandler<P extends Phase> = (
  migration: Migration,
  state: StateOf<P>,
  event: Event,
  now: number,
) => Answered;

export function isRefusal(answered: Answered): answered is Refusal {
  return 'code' in answered;
}

export function event(body: AnnouncementBody): Saying {
  return { weight: 'event', key: null, body };
}

/** One message a round: what holds a cutover may change every second. */
export function gateHeld(migration: Migration, reason: string, direction: Direction): Saying {
  return { weight: 'event', key: `gate:${migration.round}`, body: { kind: 'gate-held', reason, direction } };
}

export function decision(key: string, body: AnnouncementBody): Saying {
  return { weight: 'decision', key, body };
}

/** The sentence for an event that this phase has no use for. */
export function notNow(migration: Migration, kind: Event['kind']): Refusal {
  return refusal(
    'not-now',
    `${migration.id} is ${migration.state.phase}; ${WORDS[kind] ?? kind} does not apply now.`,
    `\`/redis why ${migration.id}\` says what it waits for.`,
  );
}

const WORDS: Partial<Record<Event['kind'], string>> = {
  'start-requested': 'Start',
  approved: 'Approve',
  denied: 'Deny',
  held: 'Hold',
  'abort-requested': 'Abort',
  'revert-requested': 'Revert',
  'complete-requested': 'Complete',
  answered: 'this answer',
};

/** A button of an earlier round or of another plan is no decision about this one (I4). */
export function staleDecision(
  migration: Migration,
  carried: { round: number; digest: string },
): Refusal | null {
  if (carried.round === migration.round && carried.digest === migration.digest && carried.digest !== '')
    return null;
  return refusal(
    'stale',
    `That button belongs to an earlier state of ${migration.id}.`,
    'The current one is in the thread.',
  );
}
