// Which stage of a sync a replica is in, and how far, from both sides' INFO. Pure.
// Source: replicas of 2.6 to 8.0 and Valkey, by disk and diskless, as captured in test/fixtures/info.

import type { SyncStage } from '../migration/progress.ts';
import { type Info, infoNumber, infoText, isLoading, primaryLinkOf } from '../redis/info.ts';

export interface StageSeen {
  readonly stage: SyncStage;
  /** 0 to 1 within the stage; null: not known. */
  readonly fraction: number | null;
  readonly transferredBytes: number | null;
  readonly totalBytes: number | null;
}

const NOTHING = { fraction: null, transferredBytes: null, totalBytes: null } as const;

/** A transfer as the last look saw it, kept because replicas before 6.2 tell only what is left of it. Bytes. */
export interface TransferSeen {
  readonly totalBytes: number;
  readonly leftBytes: number;
}

/** The first rest that is seen counts as the total; a rest that grows is another transfer. null: none goes on. */
export function transferOf(target: Info, before: TransferSeen | null): TransferSeen | null {
  const link = primaryLinkOf(target);
  const leftBytes = link?.leftBytes ?? -1;
  if (link === null || !link.syncInProgress || leftBytes < 0) return null;
  if (before !== null && leftBytes <= before.leftBytes) return { ...before, leftBytes };
  return leftBytes > 0 ? { totalBytes: leftBytes, leftBytes } : null;
}

/**
 * `target` is the replica, `transfer` what `transferOf` made of this and earlier looks. Nothing left to transfer
 * is not done: loading follows. A diskless transfer has no total and a negative rest, so its share comes from
 * what the source's snapshot has processed. "Link up" with a sync or a load still going on is not online.
 */
export function stageOf(target: Info, source: Info | null, transfer: TransferSeen | null): StageSeen {
  const link = primaryLinkOf(target);
  if (link === null) return { stage: 'connecting', ...NOTHING };
  if (isLoading(target)) return loading(target, source);
  if (link.up && !link.syncInProgress) return { stage: 'online', ...NOTHING };
  if (!link.syncInProgress) return { stage: 'connecting', ...NOTHING };
  const left = link.leftBytes ?? -1;
  const total = link.totalBytes ?? transfer?.totalBytes ?? 0;
  const read = link.readBytes ?? 0;
  if (total > 0 && left >= 0) {
    // At the first look the rest stands for a total that it may not be.
    const isKnown = link.totalBytes !== null || left < total;
    return {
      stage: 'transferring',
      fraction: isKnown ? (total - left) / total : null,
      transferredBytes: total - left,
      totalBytes: total,
    };
  }
  if (read > 0) {
    return {
      stage: 'transferring',
      fraction: snapshotShare(source),
      transferredBytes: read,
      totalBytes: null,
    };
  }
  return { stage: 'waiting', ...NOTHING };
}

function loading(target: Info, source: Info | null): StageSeen {
  const total = infoNumber(target, 'loading_total_bytes') ?? 0;
  const loaded = infoNumber(target, 'loading_loaded_bytes') ?? 0;
  if (total > 0) {
    const fraction = Math.min(1, loaded / total);
    return { stage: 'loading', fraction, transferredBytes: loaded, totalBytes: total };
  }
  // Loaded straight from the link: how much there will be is known only to the source's snapshot.
  return {
    stage: 'loading',
    fraction: snapshotShare(source),
    transferredBytes: loaded > 0 ? loaded : null,
    totalBytes: null,
  };
}

/** What the snapshot under way has processed (7.0 and newer); null: none, or not told. */
function snapshotShare(source: Info | null): number | null {
  if (source === null || infoText(source, 'rdb_bgsave_in_progress') !== '1') return null;
  const processed = infoNumber(source, 'current_save_keys_processed') ?? 0;
  const total = infoNumber(source, 'current_save_keys_total') ?? 0;
  return total > 0 ? Math.min(1, processed / total) : null;
}
