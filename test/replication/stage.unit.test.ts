// The stage that each captured answer of a replica stands for. A file without a row fails.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SyncStage } from '../../src/migration/progress.ts';
import { parseInfo } from '../../src/redis/info.ts';
import { stageOf, type TransferSeen, transferOf } from '../../src/replication/stage.ts';

const ROOT = join(import.meta.dirname, '../fixtures/info');

/** By the phase in the file's name; where it does not decide, by what the answer says in so many words. */
const EXPECTED: Readonly<Record<string, readonly SyncStage[]>> = {
  handshake: ['connecting'],
  // Nothing read yet is the source forking; anything read is a diskless transfer.
  'sync-left-neg': ['waiting', 'transferring'],
  'sync-left-pos': ['transferring'],
  'loading-insync': ['loading'],
  online: ['online'],
  promoted: ['connecting'],
  'primary-refused': ['connecting'],
  // The link's own word decides below: some were captured between two attempts, some within one.
  'primary-noauth': ['connecting', 'waiting'],
  'primary-frozen': ['connecting', 'waiting'],
};

const files = readdirSync(ROOT).flatMap((folder) =>
  readdirSync(join(ROOT, folder)).map((file) => `${folder}/${file}`),
);
const replicas = files.filter(
  (path) => /\/(?:[a-z-]+-)?replica-/.test(path) && !/primary-(wait|send)/.test(path),
);

it.each(replicas)('%s', (path) => {
  const phase = path.replace(/^.*\/(?:[a-z-]+-)?replica-/, '').replace(/\.txt$/, '');
  const text = readFileSync(join(ROOT, path), 'utf8');
  const info = parseInfo(text);
  const seen = stageOf(info, null, transferOf(info, null));
  expect(EXPECTED[phase], `no row for ${phase}`).toBeDefined();
  expect(EXPECTED[phase]).toContain(seen.stage);
  if (phase === 'sync-left-neg') {
    const read = Number(/^master_sync_read_bytes:(\d+)/m.exec(text)?.[1] ?? 0);
    expect(seen.stage).toBe(read > 0 ? 'transferring' : 'waiting');
  }
  if (phase.startsWith('primary-')) {
    const within = /^master_sync_in_progress:1/m.test(text);
    expect(seen.stage).toBe(within ? 'waiting' : 'connecting');
  }
  // I10: no share is made up, and none leaves its bounds.
  if (seen.fraction !== null) {
    expect(seen.fraction).toBeGreaterThanOrEqual(0);
    expect(seen.fraction).toBeLessThanOrEqual(1);
  }
});

it('takes the share of a diskless transfer from the snapshot of the source', () => {
  const target = parseInfo(
    'role:slave\nmaster_link_status:down\nmaster_sync_in_progress:1\nmaster_sync_total_bytes:0\n' +
      'master_sync_read_bytes:1000\nmaster_sync_left_bytes:-1000\n',
  );
  const source = parseInfo(
    'role:master\nrdb_bgsave_in_progress:1\ncurrent_save_keys_processed:30\ncurrent_save_keys_total:120\n',
  );
  expect(stageOf(target, source, null)).toEqual({
    stage: 'transferring',
    fraction: 0.25,
    transferredBytes: 1_000,
    totalBytes: null,
  });
  expect(stageOf(target, null, null).fraction).toBeNull();
});

it('I10 link up is not online while a sync or a load goes on', () => {
  const up = 'role:slave\nmaster_link_status:up\n';
  expect(stageOf(parseInfo(`${up}master_sync_in_progress:0\nloading:0\n`), null, null).stage).toBe('online');
  expect(stageOf(parseInfo(`${up}master_sync_in_progress:1\nloading:0\n`), null, null).stage).not.toBe(
    'online',
  );
  expect(stageOf(parseInfo(`${up}master_sync_in_progress:0\nloading:1\n`), null, null).stage).toBe('loading');
});

describe('a replica that tells only what is left (before 6.2)', () => {
  function transferring(leftBytes: number) {
    return parseInfo(
      `role:slave\nmaster_link_status:down\nmaster_sync_in_progress:1\nmaster_sync_left_bytes:${leftBytes}\n`,
    );
  }
  function looks(...rests: readonly number[]) {
    let transfer: TransferSeen | null = null;
    return rests.map((left) => {
      const info = transferring(left);
      transfer = transferOf(info, transfer);
      const { stage, fraction, totalBytes } = stageOf(info, null, transfer);
      return { stage, fraction, totalBytes };
    });
  }

  it('takes the first rest as the total, and I10 no share from a single look', () => {
    expect(looks(-1, 800, 600, 0)).toEqual([
      { stage: 'waiting', fraction: null, totalBytes: null },
      { stage: 'transferring', fraction: null, totalBytes: 800 },
      { stage: 'transferring', fraction: 0.25, totalBytes: 800 },
      { stage: 'transferring', fraction: 1, totalBytes: 800 },
    ]);
  });

  it('begins anew with the next transfer, seen to start or not', () => {
    expect(looks(800, 100, -1, 900, 450).map(({ fraction }) => fraction)).toEqual([
      null,
      0.875,
      null,
      null,
      0.5,
    ]);
    expect(looks(800, 100, 700, 350).map(({ fraction }) => fraction)).toEqual([null, 0.875, null, 0.5]);
  });

  it('I10 has no share of a transfer that it saw only the end of', () => {
    expect(looks(0)).toEqual([{ stage: 'waiting', fraction: null, totalBytes: null }]);
  });
});
