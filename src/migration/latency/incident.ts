// An incident: stalls and slow time that belong together, told in one message that is edited while it lasts.
// Opened by the first stall or by a verdict that leaves steady, closed by Ferry after a calm while.

import type { Side } from '../instance.ts';
import type { LatencyPolicy } from '../policy.ts';
import type { Cause } from './cause.ts';
import type { Stall } from './reading.ts';
import type { Judgement, LatencyVerdict } from './verdict.ts';

export interface Incident {
  /** Counted in its migration from 1: `incident:3` is the key of its message. */
  readonly number: number;
  readonly pair: number;
  /** The server that it happened on: the one that clients used then. */
  readonly side: Side;
  /** Epoch ms: its first stall or slow second, and the last one so far. */
  readonly openedAt: number;
  readonly lastAt: number;
  readonly stalls: number;
  /** The longest stall and all of them together, ms; 0: none was as long as a stall. */
  readonly worstMs: number;
  readonly worstAt: number | null;
  /** Is `worstMs` exact, by the fork time or SLOWLOG, or at least so long? */
  readonly worstExact: boolean;
  readonly stalledMs: number;
  readonly commandsWaited: number | null;
  /** Not null: a stall goes on, nobody was answered since then, epoch ms. */
  readonly silentSince: number | null;
  /** Of the longest stall; null: there was none. */
  readonly cause: Cause | null;
  /** Other causes that were seen in it, once each. */
  readonly alsoSeen: readonly Cause[];
  /** The worst verdict while it lasted, and how it reads. */
  readonly verdict: LatencyVerdict;
  readonly why: string;
  /** What Ferry did about it. */
  readonly effect: 'none' | 'promotion-held' | 'aborted';
  /** When it was over, epoch ms; null: it lasts. */
  readonly overAt: number | null;
}

/** So long without a stall or a slow verdict, and an incident is over. */
export const CALM_MS = 10_000;

/** What an incident is made of, as far as this owner saw it itself. */
export interface IncidentSeen {
  /** Stalls by id, as they are known now: a stall is told again when more is known of it. */
  readonly stalls: ReadonlyMap<string, Stall>;
  /** As an earlier owner left it in the record; null: it began here. */
  readonly earlier: Incident | null;
}

export interface Moment {
  readonly number: number;
  readonly pair: number;
  readonly side: Side;
  /** Epoch ms of the process that measures. */
  readonly now: number;
  readonly judgement: Judgement;
  readonly effect: Incident['effect'];
  readonly policy: LatencyPolicy;
}

/**
 * The incident that what was seen adds up to at this moment; null: there is none, or nothing of it is left to tell.
 * Shorter gaps than a stall open nothing; they may still tell why it is slow.
 */
export function incidentOf(before: Incident | null, seen: IncidentSeen, moment: Moment): Incident | null {
  const { judgement, policy, now } = moment;
  const all = [...seen.stalls.values()];
  const stalls = all.filter(({ lengthMs }) => lengthMs >= policy.stallMs);
  const disturbed = judgement.verdict !== 'steady';
  if (before === null && seen.earlier === null && stalls.length === 0 && !disturbed) return null;
  const { earlier } = seen;
  const worst = longest(stalls);
  const worstIsNew = worst !== null && worst.lengthMs > (earlier?.worstMs ?? 0);
  const lastStallAt = Math.max(0, ...stalls.map(({ startedAt, lengthMs }) => startedAt + lengthMs));
  const lastAt = Math.max(before?.lastAt ?? 0, earlier?.lastAt ?? 0, lastStallAt, disturbed ? now : 0);
  const cause = worstIsNew ? worst.cause : (earlier?.cause ?? longest(all)?.cause ?? null);
  const verdict = worse(before?.verdict ?? earlier?.verdict ?? 'steady', judgement.verdict);
  const waits = all.some(({ over }) => !over);
  const calm = !disturbed && !waits && now - lastAt >= CALM_MS;
  return {
    number: before?.number ?? moment.number,
    pair: moment.pair,
    side: moment.side,
    openedAt: before?.openedAt ?? earlier?.openedAt ?? openedAt(stalls, judgement, now),
    lastAt,
    stalls: (earlier?.stalls ?? 0) + stalls.length,
    worstMs: worstIsNew ? worst.lengthMs : (earlier?.worstMs ?? 0),
    worstAt: worstIsNew ? worst.startedAt : (earlier?.worstAt ?? null),
    worstExact: worstIsNew ? worst.exact : (earlier?.worstExact ?? false),
    stalledMs: (earlier?.stalledMs ?? 0) + stalls.reduce((sum, { lengthMs }) => sum + lengthMs, 0),
    commandsWaited: sumOf([
      earlier === null ? 0 : earlier.commandsWaited,
      ...stalls.map((s) => s.commandsWaited),
    ]),
    silentSince: stalls.find(({ over }) => !over)?.startedAt ?? null,
    cause,
    alsoSeen: others(cause, [...(earlier?.alsoSeen ?? []), ...all.map((stall) => stall.cause)]),
    verdict,
    why: disturbed && verdict === judgement.verdict ? judgement.why : (before?.why ?? earlier?.why ?? ''),
    effect: moment.effect === 'none' ? (before?.effect ?? earlier?.effect ?? 'none') : moment.effect,
    overAt: calm ? lastAt : null,
  };
}

function openedAt(stalls: readonly Stall[], { since }: Judgement, now: number): number {
  return Math.min(...stalls.map(({ startedAt }) => startedAt), stalls.length === 0 ? since : now);
}

function longest(stalls: readonly Stall[]): Stall | null {
  return stalls.reduce<Stall | null>(
    (worst, stall) => (worst === null || stall.lengthMs > worst.lengthMs ? stall : worst),
    null,
  );
}

/** null as soon as one part is not known: a sum that lacks one would be too small. */
function sumOf(parts: readonly (number | null)[]): number | null {
  return parts.reduce((sum: number | null, part) => (sum === null || part === null ? null : sum + part), 0);
}

const MOST_CAUSES = 3;

/** Other kinds of causes than the first one, once each; unknown explains nothing beside a known one. */
function others(first: Cause | null, causes: readonly Cause[]): readonly Cause[] {
  const kinds = new Map<string, Cause>();
  for (const cause of causes) {
    if (cause.kind === 'unknown' || cause.kind === first?.kind || kinds.has(cause.kind)) continue;
    kinds.set(cause.kind, cause);
  }
  return [...kinds.values()].slice(0, MOST_CAUSES);
}

const SEVERITY: readonly LatencyVerdict[] = ['steady', 'strained', 'unknown', 'breached'];

/** The one that weighs more: a breach that was seen more than what is not known. */
export function worse(a: LatencyVerdict, b: LatencyVerdict): LatencyVerdict {
  return SEVERITY.indexOf(a) >= SEVERITY.indexOf(b) ? a : b;
}
