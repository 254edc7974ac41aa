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

/**
 * `target` is the replica. Nothing left to transfer is not done: loading follows. A diskless transfer has no
 * total and a negative rest, so its share comes from what the source's snapshot has processed. "Link up" with
 * a sync or a load still going on is not online.
 */
export function stageOf(target: Info, source: Info | null): StageSeen {
  const link = primaryLinkOf(target);
  if (link === null) return { stage: 'connecting', ...NOTHING };
  if (isLoading(target)) return loading(target, source);
  if (link.up && !link.syncInProgress) return { stage: 'online', ...NOTHING };
  if (!link.syncInProgress) return { stage: 'connecting', ...NOTHING };
  const left = link.leftBytes ?? -1;
  const total = link.totalBytes ?? 0;
  const read = link.readBytes ?? 0;
  if (total > 0 && left >= 0) {
    // After 2.8 the total is there; before it the first positive rest is the total, which a single look cannot know.
    return {
      stage: 'transferring',
      fraction: (total - left) / total,
      transferredBytes: total - left,
      totalBytes: total,
    };
  }
  if (left > 0) return { stage: 'transferring', fraction: null, transferredBytes: null, totalBytes: left };
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
