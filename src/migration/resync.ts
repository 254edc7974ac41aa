// Did the transfer of a pair begin anew by itself? Told from look after look at both servers: from the full
// syncs that the source counts or, where it counts none, from a stage that went back. Why is in resync-cause.ts.

import type { PairObservation, SyncStage } from './progress.ts';

/** What was seen of the transfer that runs. Plain data; a new owner begins with none. */
export interface TransferTrack {
  /** Run of the source: another one counts from the start. */
  readonly sourceRun: string;
  /** Full syncs as the source counted them last; null: it counts none (before 2.8). */
  readonly fullSyncs: number | null;
  /** Of the source at the last look; -1: it has none. */
  readonly offset: number;
  /** The full sync that was asked for by pointing the target has not been seen yet. */
  readonly awaitsFirst: boolean;
  readonly transfer: Transfer;
}

/** One transfer, from its first look to its last. */
interface Transfer {
  readonly beganAt: number;
  /** The source's offset at the look before, and at the first look that did not see it run; -1, null: not known. */
  readonly beforeOffset: number;
  readonly goneOffset: number | null;
  readonly furthest: SyncStage;
  /** It fell back behind where it was: whatever moves next is another transfer. */
  readonly fell: boolean;
  /** The last look that still saw it run. */
  readonly alive: PairObservation | null;
  /** The source's offset when the snapshot was first seen under way: from then on its writes wait in a buffer. */
  readonly queuedFrom: { readonly at: number; readonly offset: number } | null;
  readonly loadingSince: number | null;
  /** The whole snapshot was seen to have arrived. */
  readonly arrived: boolean;
  readonly peakBufferBytes: number | null;
  readonly limitKills: number | null;
}

/** A transfer that ended without being done, as far as it was seen. Null: not known. */
export interface EndedTransfer {
  readonly lastedMs: number;
  readonly furthest: SyncStage;
  readonly arrived: boolean;
  readonly loadingMs: number | null;
  /** The target held no key when the next transfer began. */
  readonly targetEmpty: boolean;
  /** Seconds without a byte at the target, at the last look before the end. */
  readonly silentSeconds: number | null;
  readonly peakBufferBytes: number | null;
  /** Written at the source and not yet sent when the transfer ended, at least: what the output buffer had to hold. */
  readonly queuedBytes: number | null;
  /** It came and went between two looks, with one more at most: what the source wrote from one to the other. */
  readonly unseenBytes: number | null;
  /** Did the source end a connection because of an output buffer limit meanwhile? */
  readonly limitStruck: boolean | null;
  readonly writtenBytesPerSecond: number | null;
  /** How long the whole transfer would have taken at its rate, ms. */
  readonly wholeMs: number | null;
}

const RANKS: readonly SyncStage[] = ['connecting', 'waiting', 'transferring', 'loading', 'online'];

function rank(stage: SyncStage): number {
  return RANKS.indexOf(stage);
}

/** For a target that is about to be pointed: the next full sync is the one that was asked for. */
export function awaitTransfer(track: TransferTrack | null): TransferTrack | null {
  return track === null ? null : { ...track, awaitsFirst: true, transfer: begun(track.transfer.beganAt, -1) };
}

/** One more look. `ended`: the transfer before this one, where another one began. */
export function followTransfer(
  before: TransferTrack | null,
  look: PairObservation,
): { readonly track: TransferTrack | null; readonly ended: EndedTransfer | null } {
  const { source, target } = look;
  // A server that does not answer tells nothing; what was known stays.
  if (source === null || target === null) return { track: before, ended: null };
  const fullSyncs = source.offset === -1 ? null : source.syncFullCount;
  if (before === null || before.sourceRun !== source.runId) {
    const track: TransferTrack = {
      sourceRun: source.runId,
      fullSyncs,
      offset: source.offset,
      // Seen in the middle by a new owner: that one is counted already.
      awaitsFirst: rank(look.stage) === 0,
      transfer: seen(begun(look.at, -1), look),
    };
    return { track, ended: null };
  }
  const { transfer } = before;
  const fell = transfer.fell || wentBack(transfer, look);
  const began = beganAnew(before, look, fullSyncs, fell);
  if (!began) {
    // Seen twice under way and never counted: it was asked for before the first look.
    const missed = transfer.alive !== null && !fell && rank(look.stage) > 0;
    const awaitsFirst = before.awaitsFirst && !missed;
    const goesOn = seen({ ...transfer, fell }, look);
    return {
      track: { ...before, fullSyncs, offset: source.offset, awaitsFirst, transfer: goesOn },
      ended: null,
    };
  }
  const track: TransferTrack = {
    ...before,
    fullSyncs,
    offset: source.offset,
    awaitsFirst: false,
    transfer: seen(begun(look.at, before.offset), look),
  };
  return { track, ended: before.awaitsFirst ? null : endOf(transfer, look) };
}

function begun(beganAt: number, beforeOffset: number): Transfer {
  return {
    beganAt,
    beforeOffset,
    goneOffset: null,
    furthest: 'connecting',
    fell: false,
    alive: null,
    queuedFrom: null,
    loadingSince: null,
    arrived: false,
    peakBufferBytes: null,
    limitKills: null,
  };
}

function wentBack(transfer: Transfer, look: PairObservation): boolean {
  if (rank(look.stage) < rank(transfer.furthest)) return true;
  const { alive } = transfer;
  if (look.stage !== 'transferring' || alive?.stage !== 'transferring') return false;
  return (look.transferredBytes ?? 0) < (alive.transferredBytes ?? 0);
}

/**
 * A full sync that the source counted is this target's where it has no other replica, or the stage went back. A
 * source that counts none gives nothing but the snapshot at each link: whatever moves after a fall is a new one.
 */
function beganAnew(
  before: TransferTrack,
  look: PairObservation,
  fullSyncs: number | null,
  fell: boolean,
): boolean {
  if (fullSyncs !== null && before.fullSyncs !== null) {
    const alone = (look.source?.replicaCount ?? 0) <= 1;
    return fullSyncs > before.fullSyncs && (alone || fell || before.awaitsFirst);
  }
  return rank(look.stage) > 0 && (fell || before.awaitsFirst);
}

/** What this look adds to the transfer that it belongs to. */
function seen(transfer: Transfer, look: PairObservation): Transfer {
  const { source } = look;
  if (source === null) return transfer;
  const peakBufferBytes = greater(transfer.peakBufferBytes, source.outputBufferPeakBytes);
  const limitKills = transfer.limitKills ?? source.outputLimitKills;
  const common = { ...transfer, peakBufferBytes, limitKills };
  if (transfer.fell || rank(look.stage) === 0)
    return { ...common, goneOffset: transfer.goneOffset ?? source.offset };
  const { totalBytes, transferredBytes } = look;
  return {
    ...common,
    furthest: look.stage,
    alive: look,
    queuedFrom: transfer.queuedFrom ?? (source.offset === -1 ? null : { at: look.at, offset: source.offset }),
    loadingSince: look.stage === 'loading' ? (transfer.loadingSince ?? look.at) : transfer.loadingSince,
    arrived:
      transfer.arrived ||
      rank(look.stage) >= rank('loading') ||
      (totalBytes !== null && transferredBytes !== null && transferredBytes >= totalBytes),
  };
}

function endOf(transfer: Transfer, next: PairObservation): EndedTransfer {
  const { alive, furthest } = transfer;
  const lastAt = alive?.at ?? next.at;
  const kills = next.source?.outputLimitKills ?? null;
  const total = alive?.totalBytes ?? null;
  const share = total === null || total === 0 ? null : (alive?.transferredBytes ?? 0) / total;
  const spentMs = lastAt - transfer.beganAt;
  return {
    lastedMs: next.at - transfer.beganAt,
    furthest,
    arrived: transfer.arrived,
    loadingMs:
      furthest === 'loading' && transfer.loadingSince !== null ? lastAt - transfer.loadingSince : null,
    targetEmpty: Object.keys(next.target?.keysByDb ?? {}).length === 0,
    silentSeconds: alive?.target?.silentSeconds ?? null,
    peakBufferBytes: greater(transfer.peakBufferBytes, next.source?.outputBufferPeakBytes ?? null),
    queuedBytes: queuedBytes(transfer),
    unseenBytes: unseenBytes(transfer, next),
    limitStruck: kills === null || transfer.limitKills === null ? null : kills > transfer.limitKills,
    writtenBytesPerSecond: writeRate(transfer, next),
    wholeMs: share === null || share <= 0 || spentMs <= 0 ? null : Math.round(spentMs / share),
  };
}

/** Of a follower its lag; before that everything since the snapshot began. By the last look that saw it run. */
function queuedBytes({ alive, queuedFrom }: Transfer): number | null {
  if (alive === null) return null;
  if (alive.stage === 'online') return alive.lagBytes;
  const offset = alive.source?.offset ?? -1;
  return offset === -1 || queuedFrom === null ? null : Math.max(0, offset - queuedFrom.offset);
}

/** What arrived whole, or was followed, did not have to wait. */
function unseenBytes(transfer: Transfer, next: PairObservation): number | null {
  const { alive, arrived, beganAt, beforeOffset } = transfer;
  const offset = transfer.goneOffset ?? next.source?.offset ?? -1;
  if (arrived || offset === -1 || beforeOffset === -1) return null;
  return alive === null || alive.at === beganAt ? Math.max(0, offset - beforeOffset) : null;
}

function writeRate({ queuedFrom }: Transfer, next: PairObservation): number | null {
  const offset = next.source?.offset ?? -1;
  if (offset === -1 || queuedFrom === null || next.at <= queuedFrom.at) return null;
  return Math.max(0, ((offset - queuedFrom.offset) * 1_000) / (next.at - queuedFrom.at));
}

function greater(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
