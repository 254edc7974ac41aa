// The record of one migration: a discriminated union of phases, each holding only what exists then.
// Plain data; lifecycle.ts is the only way to the next state.

import type { Approval } from './approval.ts';
import type { Cutover, CutoverOutcome } from './cutover.ts';
import type { Finding } from './finding.ts';
import type { Address, Identity, Instance } from './instance.ts';
import type { LatencyRecord } from './latency/summary.ts';
import type { LedgerEntry, Plan } from './plan.ts';
import type { Hooks, Policy } from './policy.ts';
import type { SyncStage } from './progress.ts';
import type { Rehearsal } from './rehearsal.ts';
import type { Transfer, TransferBegun } from './transfer.ts';
import type { Unapplied } from './unapplied.ts';
import type { VerificationResult } from './verification.ts';

export interface Pair {
  readonly source: Instance;
  readonly target: Instance;
  /** The relay through which the target reaches the source right now. Never in a record: `Migration.relays` is. */
  readonly via?: Address;
}

export interface PairIdentity {
  readonly source: Identity;
  readonly target: Identity;
}

export interface Migration {
  /** For people: `m42`. */
  readonly id: string;
  /** Random; in buttons, job ids and guards. */
  readonly uid: string;
  readonly requestedBy: string;
  readonly requestedAt: number;
  /** The Slack channel of card and thread, fixed when the migration is made. */
  readonly channel: string;
  readonly policy: Policy;
  readonly hooks: Hooks;
  /** One pair until an instance may list shards. */
  readonly pairs: readonly Pair[];
  /** Rises whenever approvals are withdrawn; a button carries the round it belongs to (I4). */
  readonly round: number;
  /** What a decision stands on right now; empty while nothing can be decided. */
  readonly digest: string;
  readonly ledger: readonly LedgerEntry[];
  /** Per pair: where the relay was opened last; null: the target reaches the source itself. */
  readonly relays: readonly (Address | null)[];
  /** Number of the last announcement: `m42 #17`. */
  readonly announced: number;
  readonly cutoverAttempts: number;
  /** Per pair: what its last transfer cost; null: none is done yet, or nobody measured it. */
  readonly transfers: readonly (Transfer | null)[];
  /** What the probe has shown so far of the server that clients use. */
  readonly latency: LatencyRecord;
  /** Not null: a rehearsal, which is never promoted (I4). */
  readonly rehearsal: Rehearsal | null;
  /** When each phase was entered, for the report. */
  readonly timeline: readonly { readonly phase: Phase; readonly at: number }[];
  readonly state: State;
}

export type State =
  | Surveying
  | Refused
  | Planned
  | Syncing
  | Following
  | CuttingOver
  | Watching
  | Reverting
  | Reverted
  | Completed
  | Aborting
  | Aborted
  | NeedsHuman;

export type Phase = State['phase'];
export type StateOf<P extends Phase> = Extract<State, { readonly phase: P }>;

export interface Surveying {
  readonly phase: 'surveying';
  /** Why it is surveyed again; null the first time. */
  readonly because: string | null;
}

export interface Refused {
  readonly phase: 'refused';
  readonly findings: readonly Finding[];
}

export interface Planned {
  readonly phase: 'planned';
  readonly plan: Plan;
  readonly startedBy: string | null;
}

/** What every phase after *Start* has. */
export interface Started {
  readonly plan: Plan;
  readonly identities: readonly PairIdentity[];
  readonly startedBy: string;
  readonly startedAt: number;
}

export interface Syncing extends Started {
  readonly phase: 'syncing';
  readonly progress: readonly PairSync[];
  /** Not null: it followed before and lost the link; the time it was lost. */
  readonly lostLinkAt: number | null;
}

export interface PairSync {
  /**
   * no: REPLICAOF was not yet sent; intended: it may have been; yes: the target was seen to follow
   * moved: it followed, and is to be pointed anew, where it is a replica still
   * anew: it follows, but its count of the stream may be wrong: it is to forget what it has and take a new snapshot
   * aside: it was taken off, so that it asks for no more snapshots; a person decides
   */
  readonly pointed: 'no' | 'intended' | 'yes' | 'moved' | 'anew' | 'aside';
  readonly stage: SyncStage;
  /** How often the transfer began anew since it was last pointed; the first time is 0. */
  readonly restarts: number;
  /** null: not pointed yet, or by a Ferry that did not measure. */
  readonly begun: TransferBegun | null;
}

export interface Following extends Started {
  readonly phase: 'following';
  readonly since: number;
  readonly verification: VerificationResult | null;
  /** Lag as measured with the last verification; what the approval message shows. */
  readonly lag: Lag | null;
  /** When approval was first asked for in this round; null: not yet. */
  readonly askedAt: number | null;
  readonly approvals: readonly Approval[];
  /** The countdown's end once enough approved. */
  readonly cutoverAt: number | null;
  /** Why the cutover waits though it is approved; null: it does not. */
  readonly gate: string | null;
}

/** `bytes`: null where the servers have no offsets; then a canary key was seen to arrive. */
export interface Lag {
  readonly bytes: number | null;
  readonly ms: number;
}

export interface CuttingOver extends Started {
  readonly phase: 'cutting-over';
  readonly verification: VerificationResult;
  readonly approvals: readonly Approval[];
  readonly cutover: Cutover;
  readonly byHand: ByHand | null;
}

export type WayBack =
  | { readonly state: 'open'; readonly lagBytes: number | null }
  | { readonly state: 'closed'; readonly why: string };

export interface HookOutcome {
  readonly hook: 'beforeCutover' | 'switch';
  readonly ok: boolean;
  /** `200` or `exit 0` or why it failed; nothing secret. */
  readonly detail: string;
  readonly tookMs: number;
}

/** What every phase after the promotion has. */
export interface CutOver extends Started {
  readonly verification: VerificationResult;
  readonly approvals: readonly Approval[];
  readonly outcome: CutoverOutcome;
  readonly switchHook: HookOutcome | null;
  /** When the last client left the old address; null: somebody is still there, or not known. */
  readonly oldClientsGoneAt: number | null;
  /** What the old server refused of the stream: what a revert loses (I2). */
  readonly unapplied: Unapplied;
}

export interface Watching extends CutOver {
  readonly phase: 'watching';
  readonly since: number;
  readonly until: number;
  readonly wayBack: WayBack;
  /** Set by *Revert*, until its cutover begins. */
  readonly revertBy: string | null;
  /** Pairs whose source may have miscounted the stream in a revert that was undone: each is parked when it answers. */
  readonly miscounted: readonly number[];
  /** Set by *Complete*: the window is being closed, settings put back. */
  readonly closing: { readonly by: string; readonly at: number } | null;
  /** Pairs whose source was found a primary that Ferry has to leave alone: a person made it one, or nobody else is. */
  readonly stoodDown: readonly number[];
  readonly byHand: ByHand | null;
}

/** Somebody said that the old side of the cutover takes the writes, made a primary by hand: it ends there. */
export interface ByHand {
  readonly by: string;
  readonly at: number;
}

/** How what was cut over ended. */
interface Ended extends CutOver {
  readonly by: string;
  /** Sentences for the report: what Ferry could not do on the servers and people have to. */
  readonly leftToDo: readonly string[];
}

export interface Reverting extends CutOver {
  readonly phase: 'reverting';
  readonly by: string;
  readonly cutover: Cutover;
  /** Not null once the source is the primary again; settings are being put back. */
  readonly back: CutoverOutcome | null;
  readonly byHand: ByHand | null;
}

export interface Reverted extends Ended {
  readonly phase: 'reverted';
  /** null: a person made the source a primary by hand, so nothing proves what it has. */
  readonly back: CutoverOutcome | null;
}

export interface Completed extends Ended {
  readonly phase: 'completed';
  /** A revert was under way, and a person gave the writes to the target by hand: nothing proves what it has. */
  readonly byHand: boolean;
}

export interface Aborting {
  readonly phase: 'aborting';
  readonly by: string;
  readonly from: Phase;
  readonly plan: Plan;
  readonly identities: readonly PairIdentity[];
}

export interface Aborted {
  readonly phase: 'aborted';
  readonly by: string;
  readonly from: Phase;
  /** Keys that the target now holds, a copy of production; null: it was never touched. */
  readonly targetKeys: number | null;
}

export interface NeedsHuman {
  readonly phase: 'needs-human';
  readonly from: Exclude<State, NeedsHuman>;
  readonly question: string;
  readonly facts: readonly string[];
  readonly answers: readonly Answer[];
  /** Restarted servers that `recheck`, or while watching `finish`, goes on with: exactly these runs; null: none. */
  readonly accepts: readonly PairIdentity[] | null;
}

/** An answer is an event, has a role that may give it, and is audited. */
export interface Answer {
  readonly id: AnswerId;
  readonly label: string;
  readonly effect: string;
}

/**
 * recheck: look again and go on from where it stopped
 * abort: before promotion only
 * finish: leave the old server aside
 * old: the old side of the cutover takes the writes, as a person arranged by hand; end without parking anything
 */
export type AnswerId = 'recheck' | 'abort' | 'finish' | 'old';

export const PHASES: readonly Phase[] = [
  'surveying',
  'refused',
  'planned',
  'syncing',
  'following',
  'cutting-over',
  'watching',
  'reverting',
  'reverted',
  'completed',
  'aborting',
  'aborted',
  'needs-human',
];
