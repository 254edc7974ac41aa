// What an environment demands of a migration. Copied into the record and digested with the plan,
// so that a later change of the configuration is seen and revokes approvals (I4).

import type { Instance } from './instance.ts';

export type VerificationLevel = 'counts' | 'sample' | 'full';

/** gentle: small reads with rests, for a source that is in use; fast: as quickly as both servers answer. */
export type VerificationPace = 'gentle' | 'fast';

export interface Window {
  /** IANA time zone. */
  readonly zone: string;
  readonly days: readonly Weekday[];
  /** `HH:MM`, local to the zone; `to` before `from` runs past midnight, `to` equal to `from` is the whole day. */
  readonly from: string;
  readonly to: string;
}

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

export interface LatencyPolicy {
  readonly stallMs: number;
  readonly strained: { readonly p99Ms: number; readonly forMs: number };
  readonly breached: { readonly p99Ms: number; readonly forMs: number };
  readonly onBreach: 'notify' | 'hold' | 'abort';
}

export interface CutoverPolicy {
  /** The fence's own time limit and the budget of one attempt, 200 to 4,000 ms. */
  readonly fenceMs: number;
  readonly maxLagBytes: number;
  /** Attempts that may fail before Ferry stops asking for another approval. */
  readonly attempts: number;
  readonly countdownMs: number;
  readonly disconnectOldClients: boolean;
}

export interface Policy {
  readonly environment: string;
  /** The channel of the environment or of Ferry; null: where the command was typed. */
  readonly channel: string | null;
  readonly start: 'button' | 'auto';
  readonly approvals: number;
  /** User groups S…, users U… or W…. Never empty: the configuration refuses that. */
  readonly approvers: readonly string[];
  readonly operators: readonly string[];
  readonly requesterMayApprove: boolean;
  readonly approvalLifetimeMs: number;
  /** When a cutover may begin; null: at any time. */
  readonly window: Window | null;
  readonly latency: LatencyPolicy;
  readonly cutover: CutoverPolicy;
  readonly verification: VerificationLevel;
  readonly verificationPace: VerificationPace;
  readonly watch: { readonly forMs: number; readonly atEnd: 'ask' | 'complete' };
  readonly rehearsal: boolean;
}

/**
 * What who asks for a migration may choose: to be more careful than the environment demands, never less.
 * null: as the environment says.
 */
export interface Care {
  readonly verification: VerificationLevel | null;
  /** Not by itself, although the environment would let it. */
  readonly start: 'button' | null;
}

/** From the least to the most that is compared. */
const LEVELS: readonly VerificationLevel[] = ['counts', 'sample', 'full'];

/** The policy of the environment, with more care where that was chosen. */
export function withCare(policy: Policy, { verification, start }: Care): Policy {
  const isMore = verification !== null && LEVELS.indexOf(verification) > LEVELS.indexOf(policy.verification);
  return {
    ...policy,
    start: start ?? policy.start,
    verification: isMore ? verification : policy.verification,
  };
}

/** A hook of the configuration: one of `webhook` and `command` is set. */
export interface Hook {
  readonly webhook: string | null;
  readonly command: readonly string[] | null;
  /** Reference to the HMAC secret of the webhook. */
  readonly secretRef: string | null;
  readonly timeoutMs: number;
  /** Only for `beforeCutover`: a failure or a 4xx holds the cutover. */
  readonly mayVeto: boolean;
}

export interface Hooks {
  readonly beforeCutover: Hook | null;
  readonly switch: Hook | null;
}

/** What the inventory says about a pair today; compared with the record's copy. */
export interface PairSettings {
  readonly source: Instance;
  readonly target: Instance;
  readonly policy: Policy;
}
