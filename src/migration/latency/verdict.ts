// Is a customer feeling this? One stall is told, not punished: what counts is what rises and stays. A verdict is
// entered only by a whole window of slow seconds and left only by a calm one; unmeasured time never looks calm (I10).

import type { LatencyPolicy } from '../policy.ts';
import { merge, percentileUs } from './histogram.ts';
import type { ProbeSecond } from './reading.ts';

export type LatencyVerdict = 'steady' | 'strained' | 'breached' | 'unknown';

/** Seconds as the judgement needs them; oldest first. `p99Ms` null: not measured. */
interface JudgedSecond {
  readonly at: number;
  readonly p99Ms: number | null;
}

export interface Judgement {
  readonly verdict: LatencyVerdict;
  /** When this verdict began, epoch ms of the process that measured. */
  readonly since: number;
  /** `p99 up to 310 ms in 24 of the last 30 s (limit 250 ms for 30 s)`, or why it is unknown; empty while steady. */
  readonly why: string;
  /** Seconds measured in a row until now: how much of a baseline there is. */
  readonly measuredSeconds: number;
  readonly recent: readonly JudgedSecond[];
}

/** This share of a window's seconds must be slow: one quick second does not save a slow minute. */
const SLOW_SHARE = 0.8;
/** Left again after so many seconds without a slow one, or a window's length if that is shorter. */
const CALM_SECONDS = 10;
/** So many seconds without a measurement may be a change of worker or a reconnect; more is not known. */
export const TOLERATED_GAP_SECONDS = 5;
const SECOND_MS = 1_000;

export function unjudged(at: number, why = 'it was not measured yet'): Judgement {
  return { verdict: 'unknown', since: at, why, measuredSeconds: 0, recent: [] };
}

/** Nothing came for so long that nothing is known. */
export function unseen(before: Judgement, at: number, forSeconds: number): Judgement {
  const why = `nothing was measured for ${Math.round(forSeconds)} s`;
  const since = before.verdict === 'unknown' ? before.since : at;
  return { ...before, verdict: 'unknown', since, why, measuredSeconds: 0 };
}

/** The p99 that clients saw in this second, ms, at least what a waiting ping has waited; null: not measured. */
export function p99MsOf(second: ProbeSecond): number | null {
  const { state, measured, omitted, waitingMs } = second;
  if (state === 'unreachable' || state === 'unmeasured') return null;
  const answered = percentileUs(merge([measured, omitted]), 0.99);
  if (answered === null && waitingMs === null) return null;
  return Math.max((answered ?? 0) / 1_000, waitingMs ?? 0);
}

/** One more second. Seconds that are not later than the last one change nothing. */
export function judge(before: Judgement, second: ProbeSecond, policy: LatencyPolicy): Judgement {
  const last = before.recent.at(-1);
  if (last !== undefined && second.at <= last.at) return before;
  const p99Ms = p99MsOf(second);
  const windowMs = Math.max(policy.strained.forMs, policy.breached.forMs, CALM_SECONDS * SECOND_MS);
  const recent = [...before.recent, { at: second.at, p99Ms }].filter(({ at }) => at > second.at - windowMs);
  const measuredSeconds = p99Ms === null ? 0 : before.measuredSeconds + 1;
  const { verdict, why } = verdictOn(before, recent, second, policy);
  const since = verdict === before.verdict ? before.since : second.at;
  return { verdict, since, why, measuredSeconds, recent };
}

function verdictOn(
  before: Judgement,
  recent: readonly JudgedSecond[],
  second: ProbeSecond,
  policy: LatencyPolicy,
): { readonly verdict: LatencyVerdict; readonly why: string } {
  const lastMeasured = recent.findLast(({ p99Ms }) => p99Ms !== null);
  const gapSeconds = lastMeasured === undefined ? Infinity : (second.at - lastMeasured.at) / SECOND_MS;
  if (gapSeconds > TOLERATED_GAP_SECONDS || (before.verdict === 'unknown' && gapSeconds > 0))
    return { verdict: 'unknown', why: second.why ?? before.why };
  for (const level of ['breached', 'strained'] as const) {
    const { p99Ms, forMs } = policy[level];
    const held = before.verdict === level && !isCalm(recent, second.at, policy[level]);
    if (held || isSlow(recent, second.at, policy[level]))
      return { verdict: level, why: whyOf(recent, p99Ms, forMs) };
  }
  return { verdict: 'steady', why: '' };
}

type Limit = LatencyPolicy['strained'];

/** The whole window was seen, and nearly all of it was over the limit. */
function isSlow(recent: readonly JudgedSecond[], now: number, { p99Ms: limitMs, forMs }: Limit): boolean {
  const wanted = Math.max(1, Math.round(forMs / SECOND_MS));
  const window = recent.filter(({ at }) => at > now - wanted * SECOND_MS);
  const slow = window.filter(({ p99Ms }) => p99Ms !== null && p99Ms > limitMs).length;
  return slow >= Math.ceil(wanted * SLOW_SHARE) && isOver(window.at(-1), limitMs);
}

/** No second was over the limit for a while, and all of that while was measured. */
function isCalm(recent: readonly JudgedSecond[], now: number, { p99Ms: limitMs, forMs }: Limit): boolean {
  const wanted = Math.max(1, Math.min(CALM_SECONDS, Math.round(forMs / SECOND_MS)));
  const window = recent.filter(({ at }) => at > now - wanted * SECOND_MS);
  return window.length >= wanted && window.every(({ p99Ms }) => p99Ms !== null && p99Ms <= limitMs);
}

function isOver(second: JudgedSecond | undefined, limitMs: number): boolean {
  return second !== undefined && second.p99Ms !== null && second.p99Ms > limitMs;
}

/** `p99 up to 310 ms in 24 of the last 30 s (limit 250 ms for 30 s)`: observed, then the limit. */
function whyOf(recent: readonly JudgedSecond[], limitMs: number, forMs: number): string {
  const slow = recent.filter(({ p99Ms }) => p99Ms !== null && p99Ms > limitMs);
  const worstMs = Math.max(0, ...slow.map(({ p99Ms }) => p99Ms ?? 0));
  return `p99 up to ${Math.round(worstMs)} ms in ${slow.length} of the last ${recent.length} s (limit ${limitMs} ms for ${Math.round(forMs / SECOND_MS)} s)`;
}
