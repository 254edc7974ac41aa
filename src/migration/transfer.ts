// What the transfer cost, measured while it went on, to be compared with the forecast. null everywhere: the servers do
// not tell, or nobody looked at the moment that would have shown it (I10); never a 0 for that.

import { TIMED_STAGES, type TimedStage } from './forecast.ts';
import type { SyncStage } from './progress.ts';

/** What a server counts about its forks. */
export interface ForkCounts {
  /** Since it was started (6.2 and newer). */
  readonly forks: number | null;
  /** 0: it has not forked. */
  readonly latestForkUs: number | null;
}

type Entered = TimedStage | 'online';

/** A transfer under way, in the record: who takes over goes on from here. */
export interface TransferBegun {
  /** When the target was pointed, or the transfer began anew, epoch ms. */
  readonly at: number;
  /** The source's counts before that. */
  readonly before: ForkCounts;
  /** When each stage was first seen, epoch ms: to one look. */
  readonly entered: Readonly<Record<Entered, number | null>>;
}

/** What the servers told of a transfer by its end. */
export interface TransferCosts {
  /** The source's counts when the snapshot was first seen to arrive: the last fork by then was for it. */
  readonly after: ForkCounts;
  readonly transferredBytes: number | null;
  /** false: at least so many; the last look came before the last byte, and no server tells the size. */
  readonly isWhole: boolean;
  readonly copyOnWriteBytes: number | null;
  /** The most that the source was seen to have in memory; null: its beginning was not seen. */
  readonly sourcePeakBytes: number | null;
}

/** A transfer that is done, as the report compares it. */
export interface Transfer {
  readonly beganAt: number;
  /** Until the target followed, in step. */
  readonly tookMs: number;
  readonly stageMs: Readonly<Record<TimedStage, number | null>>;
  readonly forkMs: number | null;
  /** Forks of the source meanwhile, whatever they were for. */
  readonly forks: number | null;
  readonly transferredBytes: number | null;
  readonly isWhole: boolean;
  readonly copyOnWriteBytes: number | null;
  readonly sourcePeakBytes: number | null;
}

const UNTOLD: ForkCounts = { forks: null, latestForkUs: null };
const NOWHERE: TransferBegun['entered'] = { waiting: null, transferring: null, loading: null, online: null };
/** Shorter than this, looks a second apart say nothing about a rate. */
const LEAST_RATED_MS = 3_000;

/** `before`: null, not read. */
export function begin(at: number, before: ForkCounts | null): TransferBegun {
  return { at, before: before ?? UNTOLD, entered: NOWHERE };
}

/** From its beginning again: what the source had counted before stays. */
export function beginAnew(begun: TransferBegun | null, at: number): TransferBegun {
  return begin(at, begun?.before ?? null);
}

/** A stage that is entered again was left by going back: what came after it does not count. */
export function enter(begun: TransferBegun | null, stage: SyncStage, at: number): TransferBegun | null {
  if (begun === null) return null;
  const order: readonly Entered[] = [...TIMED_STAGES, 'online'];
  const position = stage === 'connecting' ? -1 : order.indexOf(stage);
  const entered = order.map((each, index): [Entered, number | null] => {
    if (index === position) return [each, begun.entered[each] ?? at];
    return [each, index < position ? begun.entered[each] : null];
  });
  return { ...begun, entered: { ...NOWHERE, ...Object.fromEntries(entered) } };
}

/** Did the source fork in between? null: it cannot be told. */
function hasForked(before: ForkCounts, after: ForkCounts): boolean | null {
  // Fewer than before: it was restarted.
  if (before.forks !== null && after.forks !== null)
    return after.forks < before.forks ? null : after.forks > before.forks;
  if (before.latestForkUs === null || after.latestForkUs === null) return null;
  return after.latestForkUs === before.latestForkUs ? null : true;
}

/** null: no snapshot was transferred, as when a broken link went on from the backlog. */
export function finish(begun: TransferBegun, costs: TransferCosts, at: number): Transfer | null {
  const { before, entered } = begun;
  const { after, ...told } = costs;
  const forked = hasForked(before, after);
  const wasSeen = TIMED_STAGES.some((stage) => entered[stage] !== null);
  if (forked !== true && !wasSeen) return null;
  const counted = forked === true && before.forks !== null && after.forks !== null;
  const { latestForkUs } = after;
  return {
    ...told,
    beganAt: begun.at,
    tookMs: Math.max(0, at - begun.at),
    stageMs: {
      waiting: lengthOf(entered.waiting, [entered.transferring, entered.loading, entered.online]),
      transferring: lengthOf(entered.transferring, [entered.loading, entered.online]),
      loading: lengthOf(entered.loading, [entered.online]),
    },
    // Where counts do not tell, a snapshot that came does; `false`: it was begun for somebody else before.
    forkMs: forked === false || latestForkUs === null || latestForkUs === 0 ? null : latestForkUs / 1_000,
    forks: counted ? (after.forks ?? 0) - (before.forks ?? 0) : null,
  };
}

function lengthOf(from: number | null, next: readonly (number | null)[]): number | null {
  const until = next.find((at) => at !== null) ?? null;
  return from === null || until === null ? null : Math.max(0, until - from);
}

/** What the transfer took of the network, bytes per second, averaged; null: too short, or not known. */
export function rateOf({ stageMs, transferredBytes }: Transfer): number | null {
  const ms = stageMs.transferring;
  if (ms === null || transferredBytes === null || ms < LEAST_RATED_MS) return null;
  return (transferredBytes / ms) * 1_000;
}
