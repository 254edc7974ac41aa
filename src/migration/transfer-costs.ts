// What one look after another shows of a transfer's costs. The first reading that belongs to this transfer counts:
// a later snapshot of the source, for its own disk, is not taken for it.

import type { PairObservation, SnapshotSeen } from './progress.ts';
import type { ForkCounts, TransferBegun, TransferCosts } from './transfer.ts';

/** What was seen so far of the transfer that began at `of`. */
export interface CostsSeen {
  readonly of: number;
  /** Its snapshot was seen to arrive, or to have arrived. */
  readonly arrived: boolean;
  readonly costs: TransferCosts;
}

/** One more look while syncing; `seen` of another transfer is dropped. Looks without the source change nothing. */
export function seeCosts(
  seen: CostsSeen | null,
  begun: TransferBegun,
  look: PairObservation,
): CostsSeen | null {
  const before = seen !== null && seen.of === begun.at ? seen : null;
  const { source } = look;
  if (source === null) return before;
  const costs = before?.costs ?? atFirst(begun, source.snapshot);
  const arrives = look.stage !== 'connecting' && look.stage !== 'waiting';
  const peak = costs.sourcePeakBytes;
  return {
    of: begun.at,
    arrived: arrives || before?.arrived === true,
    costs: {
      ...costs,
      ...transferred(costs, look),
      after: arrives && !before?.arrived ? countsOf(source.snapshot) : costs.after,
      copyOnWriteBytes: costs.copyOnWriteBytes ?? (arrives ? copied(source.snapshot) : null),
      sourcePeakBytes: peak === null ? null : Math.max(peak, source.usedMemoryBytes),
    },
  };
}

/** A worker that took over in the middle does not know what the peak was before. */
function atFirst(begun: TransferBegun, snapshot: SnapshotSeen): TransferCosts {
  const fromTheStart = Object.values(begun.entered).every((at) => at === null);
  return {
    after: countsOf(snapshot),
    transferredBytes: null,
    isWhole: false,
    copyOnWriteBytes: null,
    sourcePeakBytes: fromTheStart ? 0 : null,
  };
}

/** What is loaded from a file has a size; what came over the link is counted by the look, to the last one. */
function transferred(
  costs: TransferCosts,
  { stage, transferredBytes, totalBytes }: PairObservation,
): Pick<TransferCosts, 'transferredBytes' | 'isWhole'> {
  if (costs.isWhole) return costs;
  if (stage === 'loading' && totalBytes !== null) return { transferredBytes: totalBytes, isWhole: true };
  if (stage !== 'transferring' && stage !== 'loading') return costs;
  const most = Math.max(costs.transferredBytes ?? 0, transferredBytes ?? 0);
  return { transferredBytes: most > 0 ? most : null, isWhole: false };
}

/** While it is written the figure is that of the one before; 0 is one that was not measured. */
function copied({ running, copyOnWriteBytes }: SnapshotSeen): number | null {
  return running === false && copyOnWriteBytes !== null && copyOnWriteBytes > 0 ? copyOnWriteBytes : null;
}

export function countsOf({ forks, latestForkUs }: ForkCounts): ForkCounts {
  return { forks, latestForkUs };
}
