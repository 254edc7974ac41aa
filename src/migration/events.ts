// Everything that can happen to a migration. People's wishes and what was observed or done,
// as plain data: an event, with its time, is also the audit entry.

import type { Actor } from './approval.ts';
import type { CutoverOrder, CutoverOutcome, PairOffsets } from './cutover.ts';
import type { Finding } from './finding.ts';
import type { Address, Side } from './instance.ts';
import type { Incident } from './latency/incident.ts';
import type { LatencyStage, LatencySummary } from './latency/summary.ts';
import type { LatencyVerdict } from './latency/verdict.ts';
import type { Answer, AnswerId, HookOutcome, Lag, PairIdentity, WayBack } from './migration.ts';
import type { LedgerEntry, Plan } from './plan.ts';
import type { Hooks, Policy } from './policy.ts';
import type { SyncStage } from './progress.ts';
import type { Hold } from './route.ts';
import type { ForkCounts, TransferCosts } from './transfer.ts';
import type { UnappliedSeen } from './unapplied.ts';
import type { VerificationResult } from './verification.ts';

/** A decision carries what its button carried, so that a stale one is refused (I4). */
interface Decision {
  readonly by: Actor;
  readonly round: number;
  readonly digest: string;
}

export type Wish =
  | ({ readonly kind: 'start-requested' } & Decision)
  | ({ readonly kind: 'approved' } & Decision)
  | ({ readonly kind: 'denied' } & Decision)
  | ({ readonly kind: 'held' } & Decision)
  | { readonly kind: 'abort-requested'; readonly by: Actor }
  | ({ readonly kind: 'revert-requested' } & Decision)
  | ({ readonly kind: 'complete-requested' } & Decision)
  | ({ readonly kind: 'answered'; readonly answer: AnswerId } & Decision);

export type Observed =
  | { readonly kind: 'surveyed'; readonly findings: readonly Finding[]; readonly plan: Plan | null }
  /** What the plan stands on moved: survey again, nothing was started. */
  | { readonly kind: 'plan-stale'; readonly reason: string }
  /** Policy or hooks; both as they are now. */
  | { readonly kind: 'policy-changed'; readonly policy: Policy; readonly hooks: Hooks }
  | { readonly kind: 'sync-started'; readonly identities: readonly PairIdentity[] }
  | { readonly kind: 'setting-intended'; readonly entry: LedgerEntry }
  | {
      readonly kind: 'setting-settled';
      readonly index: number;
      readonly state: 'set' | 'restored' | 'foreign';
    }
  /** The relay of a pair has a new address: the target is to be pointed there (anew). */
  | { readonly kind: 'relay-opened'; readonly pair: number; readonly address: Address | null }
  /** `before`: what the source counted until now; left out: it was not read. */
  | { readonly kind: 'pointing'; readonly pair: number; readonly before?: ForkCounts }
  | { readonly kind: 'stage-changed'; readonly pair: number; readonly stage: SyncStage }
  /** The transfer began anew by itself; `cause` and `remedy` where they are known. */
  | {
      readonly kind: 'transfer-restarted';
      readonly pair: number;
      readonly cause: string | null;
      readonly remedy: string | null;
    }
  /** Too often: the target was set aside, so that it asks for no more snapshots; *Try again* points it anew. */
  | { readonly kind: 'target-set-aside'; readonly pair: number }
  /** `costs`: per pair; null or left out: not measured. */
  | { readonly kind: 'caught-up'; readonly lag: Lag; readonly costs?: readonly (TransferCosts | null)[] }
  /** `linkLost`: back to syncing; else it follows, but too far behind. */
  | { readonly kind: 'fell-behind'; readonly reason: string; readonly linkLost: boolean }
  /** `digest`: over plan, identities, policy, level and verdict, not over its time. */
  | {
      readonly kind: 'verified';
      readonly result: VerificationResult;
      readonly digest: string;
      readonly lag: Lag | null;
    }
  /** A rehearsal has seen what it was made for: it ends by itself. */
  | { readonly kind: 'rehearsed' }
  | { readonly kind: 'approvals-expired' }
  | { readonly kind: 'gate-held'; readonly reason: string }
  | {
      readonly kind: 'cutover-begun';
      readonly deadline: number;
      readonly order: CutoverOrder;
      readonly holds: readonly Hold[];
    }
  | { readonly kind: 'demoting'; readonly offsets: readonly PairOffsets[] }
  | { readonly kind: 'undoing'; readonly reason: string }
  /** `miscounted`: pairs whose new side may have counted refusals, and was not made to begin anew yet; none if left out. */
  | { readonly kind: 'undone'; readonly pausedMs: number | null; readonly miscounted?: readonly number[] }
  | { readonly kind: 'promoting'; readonly offsets: readonly PairOffsets[] }
  | { readonly kind: 'promoted'; readonly outcome: CutoverOutcome; readonly wayBack: WayBack }
  | { readonly kind: 'hook-ran'; readonly outcome: HookOutcome }
  | { readonly kind: 'old-clients-gone' }
  | { readonly kind: 'way-back-changed'; readonly wayBack: WayBack }
  /** The target came back under this run while the source took no writes: they go there as before. */
  | { readonly kind: 'target-restarted'; readonly pair: number; readonly runId: string }
  /** The source is a primary that Ferry leaves alone (`isDown`), or it is a replica again. */
  | { readonly kind: 'stood-down'; readonly pair: number; readonly isDown: boolean }
  /** The old server refused more of the stream, or its counter cannot be relied on any more. */
  | ({ readonly kind: 'stream-refused' } & UnappliedSeen)
  | { readonly kind: 'window-ended' }
  /** Everything is put back: completed, reverted. `leftToDo`: what could not be done, as sentences. */
  | { readonly kind: 'closed'; readonly leftToDo?: readonly string[] }
  /** The servers of a cutover that needed a person are again what the recovery table can go on with. */
  | { readonly kind: 'cleared' }
  | { readonly kind: 'aborted'; readonly targetKeys: number | null }
  /** The verdict on the server that clients use has changed. */
  | { readonly kind: 'latency-judged'; readonly verdict: LatencyVerdict; readonly why: string }
  /** An incident began (the next number), went on or is over. */
  | { readonly kind: 'incident-changed'; readonly incident: Incident }
  /** What a stage amounts to so far: replaces what was there. */
  | { readonly kind: 'latency-summed'; readonly stage: LatencyStage; readonly summary: LatencySummary }
  /** The owner before did not hand over. `lastSeenAt`: when it last looked, epoch ms; null: longer ago. */
  | { readonly kind: 'taken-over'; readonly lastSeenAt: number | null }
  /**
   * A hold of Ferry's that the record knows nothing of: it is taken off next. `miscounted`: the follower may have
   * counted refusals meanwhile.
   */
  | { readonly kind: 'hold-found'; readonly pair: number; readonly side: Side; readonly miscounted: boolean }
  | {
      readonly kind: 'stuck';
      readonly question: string;
      readonly facts: readonly string[];
      readonly answers: readonly Answer[];
      /** Per pair: who the servers are from now on if people go on with them; left out: who they were. */
      readonly accepts?: readonly PairIdentity[];
    };

export type Event = Wish | Observed;
export type EventKind = Event['kind'];

export const EVENT_KINDS: readonly EventKind[] = [
  'start-requested',
  'approved',
  'denied',
  'held',
  'abort-requested',
  'revert-requested',
  'complete-requested',
  'answered',
  'surveyed',
  'plan-stale',
  'policy-changed',
  'sync-started',
  'setting-intended',
  'setting-settled',
  'relay-opened',
  'pointing',
  'stage-changed',
  'transfer-restarted',
  'target-set-aside',
  'caught-up',
  'fell-behind',
  'verified',
  'rehearsed',
  'approvals-expired',
  'gate-held',
  'cutover-begun',
  'demoting',
  'undoing',
  'undone',
  'promoting',
  'promoted',
  'hook-ran',
  'old-clients-gone',
  'way-back-changed',
  'target-restarted',
  'stood-down',
  'stream-refused',
  'window-ended',
  'closed',
  'cleared',
  'aborted',
  'latency-judged',
  'incident-changed',
  'latency-summed',
  'taken-over',
  'hold-found',
  'stuck',
];

/** One line of the audit: what happened, when, and between which phases. */
export interface AuditEntry {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly event: Event;
}
