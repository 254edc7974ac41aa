// Ferry's own Redis for the store's tests: one server a file, emptied before each test.

import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Migration, Phase } from '../../src/migration/migration.ts';
import { type RunningServer, startServer } from '../../src/sandbox/servers/start.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { createRecords, type StoredRecords } from '../../src/store/records.ts';
import type { Outbox, Ownership } from '../../src/workflow/ports.ts';
import { binaryOf } from '../support/servers.ts';
import { draftOf, recordIn } from './sample-records.ts';

export interface FerryRedis {
  readonly redis: Redis;
  readonly server: RunningServer;
  readonly records: StoredRecords;
  readonly outbox: Outbox;
}

/** Call it at the top of a test file; read the fields inside tests only. */
export function ferryRedis(): FerryRedis {
  const started: { redis?: Redis; server?: RunningServer } = {};
  beforeAll(async () => {
    started.server = await startServer(binaryOf('redis-7.0'), {
      appendonly: true,
      settings: { appendfsync: 'always' },
    });
    started.redis = new Redis({ host: started.server.host, port: started.server.port });
    // One test kills the server; the client comes back by itself.
    started.redis.on('error', () => {});
  });
  beforeEach(async () => {
    await started.redis?.flushall();
  });
  afterAll(async () => {
    started.redis?.disconnect();
    await started.server?.stop();
  });
  const redis = () => present(started.redis);
  return {
    get redis() {
      return redis();
    },
    get server() {
      return present(started.server);
    },
    get records() {
      return createRecords(redis());
    },
    get outbox() {
      return createOutbox(redis());
    },
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Ferry Redis is read before it has started.');
  return value;
}

/** Makes a migration; it must not be locked. */
export async function make(records: StoredRecords, draft = draftOf()): Promise<Migration> {
  const made = await records.create(draft);
  if (made.kind === 'locked') throw new Error(`locked by ${made.by.id}: ${made.by.what}`);
  return made.migration;
}

/** Makes a migration and puts it into a phase (round 3, digest `d1`); its owner still holds the lease. */
export async function makeIn(
  records: StoredRecords,
  phase: Phase,
): Promise<{ migration: Migration; owner: Ownership; revision: number }> {
  const { id, uid } = await make(records);
  const migration = recordIn(phase, { id, uid });
  const owner = await claimed(records, uid);
  const saved = await records.save(owner, 1, migration, [], [], 60_000, null);
  if (saved !== 'saved') throw new Error(saved);
  return { migration, owner, revision: 2 };
}

export async function claimed(records: StoredRecords, uid: string, leaseMs = 30_000): Promise<Ownership> {
  const owner = await records.claim(uid, leaseMs);
  if (owner === null) throw new Error(`${uid} has another owner`);
  return owner;
}
