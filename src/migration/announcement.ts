// What the thread is told: events only, as data. Slack's blocks/ turn it into words.
// Each has a number in its migration (`m42 #17`); one with a key replaces the earlier one of that key.

import type { CutoverOutcome, Direction } from './cutover.ts';
import type { Finding } from './finding.ts';
import type { Incident } from './latency/incident.ts';
import type { LatencyVerdict } from './latency/verdict.ts';
import type { Answer, HookOutcome, Lag, Phase, WayBack } from './migration.ts';
import type { LedgerEntry, Plan } from './plan.ts';
import type { RehearsalOutcome } from './rehearsal.ts';
import type { VerificationResult } from './verification.ts';

/** Posted in this order when several wait. */
export type Weight = 'decision' | 'incident' | 'event';

export interface Announcement {
  readonly number: number;
  readonly at: number;
  readonly weight: Weight;
  /** Not null: edit the message of this key in place if there is one. */
  readonly key: string | null;
  readonly body: AnnouncementBody;
}

export type AnnouncementBody =
  | { readonly kind: 'survey-done'; readonly findings: readonly Finding[]; readonly refused: boolean }
  /** Asks for *Start*; `open: false` closes it once somebody did, or the plan moved. */
  | {
      readonly kind: 'start-asked';
      readonly plan: Plan;
      readonly round: number;
      readonly digest: string;
      readonly open: boolean;
    }
  | { readonly kind: 'start-refused'; readonly reason: string }
  | { readonly kind: 'started'; readonly by: string; readonly dropsKeys: number }
  /** `restarts` of `limit`, at which the target is set aside. */
  | {
      readonly kind: 'transfer-restarted';
      readonly pair: number;
      readonly cause: string | null;
      readonly remedy: string | null;
      readonly restarts: number;
      readonly limit: number;
    }
  | { readonly kind: 'caught-up'; readonly tookMs: number; readonly again: boolean }
  | { readonly kind: 'fell-behind'; readonly reason: string }
  | { readonly kind: 'verified'; readonly result: VerificationResult; readonly first: boolean }
  | { readonly kind: 'rehearsed'; readonly outcome: RehearsalOutcome }
  | { readonly kind: 'approval'; readonly approval: ApprovalView }
  /** `given`: approvals that no longer count; 0: nobody had given one yet. */
  | {
      readonly kind: 'approval-withdrawn';
      readonly reason: string;
      readonly by: string | null;
      readonly given: number;
    }
  | { readonly kind: 'gate-held'; readonly reason: string; readonly direction: Direction }
  | { readonly kind: 'cutting-over'; readonly attempt: number }
  | {
      readonly kind: 'cutover-undone';
      readonly attempt: number;
      readonly reason: string;
      readonly pausedMs: number | null;
      readonly direction: 'forward' | 'back';
      readonly at: number;
    }
  | {
      readonly kind: 'cut-over';
      readonly outcome: CutoverOutcome;
      readonly wayBack: WayBack;
      readonly predictedFenceMs: number;
    }
  | { readonly kind: 'hook-ran'; readonly outcome: HookOutcome }
  | { readonly kind: 'old-clients-gone'; readonly afterMs: number }
  /** Asks for *Revert* or *Complete*. */
  | {
      readonly kind: 'watching';
      readonly until: number;
      readonly atEnd: 'ask' | 'complete';
      readonly wayBack: WayBack;
      readonly round: number;
      readonly digest: string;
      readonly open: boolean;
    }
  | { readonly kind: 'way-back-closed'; readonly why: string }
  /** The old server does not know what clients use on the new one: the first time that it was seen. */
  | { readonly kind: 'stream-refused'; readonly times: number }
  | { readonly kind: 'window-ended' }
  | { readonly kind: 'completing'; readonly by: string }
  | { readonly kind: 'reverting'; readonly by: string }
  | { readonly kind: 'reverted'; readonly by: string; readonly outcome: CutoverOutcome }
  | { readonly kind: 'aborting'; readonly by: string; readonly waitsForLoad: boolean }
  | {
      readonly kind: 'aborted';
      readonly by: string;
      readonly from: Phase;
      readonly targetKeys: number | null;
    }
  | { readonly kind: 'settings-restored'; readonly entries: readonly LedgerEntry[] }
  | {
      readonly kind: 'needs-human';
      readonly question: string;
      readonly facts: readonly string[];
      readonly answers: readonly Answer[];
      readonly round: number;
      readonly digest: string;
      readonly open: boolean;
    }
  | { readonly kind: 'answered'; readonly by: string; readonly label: string }
  /** `lastSeenAt`: when the owner before last looked; null: longer ago. */
  | { readonly kind: 'taken-over'; readonly lastSeenAt: number | null; readonly at: number }
  /** Ferry's Redis lost the record of an attempt; the hold that it left is taken off. `name`: the server that was held. */
  | { readonly kind: 'hold-found'; readonly name: string; readonly at: number }
  /** One message an incident: edited while it lasts, closed by Ferry. */
  | { readonly kind: 'incident'; readonly incident: Incident }
  /** The closing report; the record is complete when this is posted. */
  | { readonly kind: 'report' };

/** Everything that the approval message says; edited in place while people decide. */
export interface ApprovalView {
  readonly state: 'open' | 'counting-down' | 'cutting-over' | 'withdrawn' | 'spent';
  readonly round: number;
  readonly digest: string;
  readonly planDigest: string;
  readonly needed: number;
  readonly approvers: readonly string[];
  /** Not null: this person may not approve. */
  readonly not: string | null;
  readonly approvals: readonly { readonly user: string; readonly at: number }[];
  readonly expiresAt: number | null;
  readonly cutoverAt: number | null;
  readonly lag: Lag | null;
  readonly verification: VerificationResult;
  readonly predictedFenceMs: number;
  readonly latency: LatencyVerdict;
  readonly wayBack: { readonly possible: boolean; readonly why: string };
}
