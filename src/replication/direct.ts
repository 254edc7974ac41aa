// Keeps a pair in step by REPLICAOF alone: what a follower must be told, and what both sides say about it.

import { type Instance, otherSide, PARKING_ADDRESS, type Side } from '../migration/instance.ts';
import type { Pair } from '../migration/migration.ts';
import type { SettingValue } from '../migration/plan.ts';
import type { PairObservation } from '../migration/progress.ts';
import type { Clock, Replication, Secrets } from '../workflow/ports.ts';
import { openPairReader, type PairReader } from './link.ts';
import { stageOf } from './stage.ts';

/** How long an offset may take to arrive before the look is over, ms. */
const LAG_LIMIT_MS = 1_000;
const LAG_LOOK_MS = 3;

type Direction = 'forward' | 'back';

export interface DirectReplicationOptions {
  readonly secrets: Secrets;
  readonly clock: Clock;
}

export function createDirectReplication({ secrets, clock }: DirectReplicationOptions): Replication {
  const readers = new Map<string, PairReader>();

  function readerOf(pair: Pair): PairReader {
    const key = keyOf(pair);
    const reader = readers.get(key) ?? openPairReader(pair, secrets);
    readers.set(key, reader);
    return reader;
  }

  return {
    parkingAddress: PARKING_ADDRESS,
    settingsFor: (pair, direction) => settingsFor(pair, direction),
    addressToFollow: (pair, direction) => pair[followedSide(direction)].replicationAddress,
    observe: (pair, direction) => look(readerOf(pair), direction, clock),
    forget(pair) {
      const key = keyOf(pair);
      readers.get(key)?.close();
      readers.delete(key);
    },
  };
}

function keyOf({ source, target }: Pair): string {
  return `${source.name}/${target.name}`;
}

/** The primary of a direction. */
function followedSide(direction: Direction): Side {
  return direction === 'forward' ? 'source' : 'target';
}

/** The follower needs the password and the user of the server that it follows. */
function settingsFor(
  pair: Pair,
  direction: Direction,
): { side: Side; name: string; to: SettingValue; why: string }[] {
  const followed: Instance = pair[followedSide(direction)];
  const side = otherSide(followedSide(direction));
  if (followed.passwordRef === null) return [];
  const why = `to log in to ${followed.name}`;
  const user =
    followed.username === null ? [] : [{ side, name: 'masteruser', to: { text: followed.username }, why }];
  return [...user, { side, name: 'masterauth', to: { ref: followed.passwordRef }, why }];
}

async function look(reader: PairReader, direction: Direction, clock: Clock): Promise<PairObservation> {
  const primary = followedSide(direction);
  const follower = otherSide(primary);
  const at = clock.now();
  // The primary first: a follower read later can only be further than it was then.
  const ahead = await reader.read(primary);
  const startedMs = clock.monotonicMs();
  const behind = await reader.read(follower);
  const readings = { [primary]: ahead, [follower]: behind } as Readonly<Record<Side, typeof ahead>>;
  const seen = behind === null ? null : stageOf(behind.info, ahead?.info ?? null);
  const online = seen?.stage === 'online' && ahead !== null && behind !== null;
  const offset = ahead?.observation.offset ?? null;
  const arrived =
    online && offset !== null
      ? await lagMs(reader, follower, offset, behind.observation.offset, startedMs, clock)
      : null;
  return {
    at,
    source: readings.source?.observation ?? null,
    target: readings.target?.observation ?? null,
    stage: seen?.stage ?? 'connecting',
    fraction: seen?.fraction ?? null,
    transferredBytes: seen?.transferredBytes ?? null,
    totalBytes: seen?.totalBytes ?? null,
    lagBytes: online && offset !== null ? Math.max(0, offset - behind.observation.offset) : null,
    lagMs: arrived,
    provenOffset: arrived === null ? null : offset,
    linkTrouble: online ? null : troubleOf(reader, primary, follower, behind !== null),
  };
}

/** From reading the primary's offset to seeing it at the follower, ms; null: not within the limit (I10). */
async function lagMs(
  reader: PairReader,
  follower: Side,
  wanted: number,
  first: number,
  startedMs: number,
  clock: Clock,
): Promise<number | null> {
  let seen: number | null = first;
  for (;;) {
    const spentMs = clock.monotonicMs() - startedMs;
    if (seen !== null && seen >= wanted) return Math.round(spentMs * 10) / 10;
    if (seen === null || spentMs > LAG_LIMIT_MS) return null;
    await clock.sleep(LAG_LOOK_MS);
    seen = await reader.offset(follower);
  }
}

function troubleOf(reader: PairReader, primary: Side, follower: Side, answered: boolean): string | null {
  return reader.trouble(primary) ?? (answered ? null : reader.trouble(follower));
}
