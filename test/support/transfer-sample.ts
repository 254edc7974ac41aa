// A transfer of 4.4 GB as it was foreseen and as it came, with every figure filled.

import type { Forecast } from '../../src/migration/forecast.ts';
import type { Transfer, TransferBegun } from '../../src/migration/transfer.ts';

export const forecast: Forecast = {
  forkMs: { least: 60, most: 135 },
  expectedForkMs: 90,
  forkFrom: 'earlier-fork',
  snapshotBytes: { least: 947_000_000, most: 4_735_000_000 },
  byDisk: true,
  bytesPerSecond: { least: 20_000_000, most: 524_000_000 },
  copyOnWriteBytes: 629_145_600,
  hugePagesBytes: 4_735_000_000,
  stageMs: {
    waiting: { least: 15_000, most: 42_600 },
    transferring: { least: 9_000, most: 45_200 },
    loading: { least: 22_600, most: 68_400 },
  },
  syncMs: { least: 46_600, most: 156_200 },
};

export const begun: TransferBegun = {
  at: 1_600,
  before: { forks: 1, latestForkUs: 90_000 },
  entered: { waiting: 1_700, transferring: 1_800, loading: null, online: null },
};

export const transfer: Transfer = {
  beganAt: 1_600,
  tookMs: 171_000,
  stageMs: { waiting: 38_000, transferring: 61_000, loading: 70_000 },
  forkMs: 92,
  forks: 1,
  transferredBytes: 4_402_341_478,
  isWhole: true,
  copyOnWriteBytes: 220_200_960,
  sourcePeakBytes: 4_800_000_000,
};
