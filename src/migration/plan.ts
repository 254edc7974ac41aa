// What will be done, with a digest: what people start and approve.

import type { Finding } from './finding.ts';
import type { Forecast } from './forecast.ts';
import type { Identity, Side } from './instance.ts';
import type { Route } from './route.ts';

/** A value of a server's setting: the text itself, or a reference where it is a secret (I9). */
export type SettingValue = { readonly text: string } | { readonly ref: string };

/** A setting that Ferry changes for the transfer and puts back at the end (I12). */
export interface SettingChange {
  readonly pair: number;
  readonly side: Side;
  readonly name: string;
  readonly to: SettingValue;
  readonly why: string;
}

/** A change as it was made. Recorded as `intended` before the server is touched. */
export interface LedgerEntry {
  readonly pair: number;
  readonly side: Side;
  readonly name: string;
  readonly was: SettingValue;
  readonly now: SettingValue;
  /** `foreign`: somebody else changed it meanwhile, so Ferry left it alone and said so. */
  readonly state: 'intended' | 'set' | 'restored' | 'foreign';
}

export interface PairPlan {
  readonly source: Identity;
  readonly target: Identity;
  readonly sourceUsedMemoryBytes: number;
  readonly sourceKeys: number;
  /** Keys on the target that the sync deletes; a person confirms exactly this number (I5). */
  readonly dropsKeys: number;
  readonly settings: readonly SettingChange[];
  /** How the writes will go over: what people approve is also what their clients will see. */
  readonly route: Route;
  readonly wayBack: { readonly possible: boolean; readonly why: string };
  /** What the source counted of its stream as refused until the survey; null: it does not count that (unapplied.ts). */
  readonly refusedBefore: number | null;
  /** What the transfer will cost; null: the plan was made by a Ferry that did not foresee it. */
  readonly forecast: Forecast | null;
}

export interface Plan {
  /** Hex digest over everything below, policy and addresses; times excluded. */
  readonly digest: string;
  readonly madeAt: number;
  readonly findings: readonly Finding[];
  readonly pairs: readonly PairPlan[];
  /** Upper bound that Ferry expects of the fence, ms. */
  readonly predictedFenceMs: number;
}

export function droppedKeys(plan: Plan): number {
  return plan.pairs.reduce((sum, pair) => sum + pair.dropsKeys, 0);
}

export function needsConfirmation(plan: Plan): boolean {
  return plan.findings.some((finding) => finding.severity === 'confirm');
}

/** A lag that the plan's own bound has room for, ms. */
const LAG_WITHIN_MS = 5;

/**
 * Upper bound that Ferry expects of the fence once the lag is measured, ms: the plan's, and twice the time that
 * an offset takes to arrive, because it is waited for at the fence and again at the demotion. In steps of 10.
 */
export function predictedFence(plan: Plan, lag: { readonly ms: number } | null): number {
  const waitMs = lag === null || lag.ms <= LAG_WITHIN_MS ? 0 : 2 * lag.ms;
  return Math.ceil((plan.predictedFenceMs + waitMs) / 10) * 10;
}
