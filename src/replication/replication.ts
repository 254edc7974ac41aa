// Keeps pairs in step by REPLICAOF, directly or through a relay: what a follower must be told, what it needs
// besides its servers, and what both sides say about it. Never changes a server.

import { type Instance, otherSide, PARKING_ADDRESS, type Side } from '../migration/instance.ts';
import type { Pair } from '../migration/migration.ts';
import type { SettingValue } from '../migration/plan.ts';
import type { PairObservation } from '../migration/progress.ts';
import type { Canary, Clock, Replication, Secrets } from '../workflow/ports.ts';
import { openPairReader, type PairReader, type Reading } from './link.ts';
import { createLinkDoctor, type LinkDoctor } from './link-trouble.ts';
import { type Direction, followedSide, type LookMemory, lookAt } from './look.ts';
import type { Relays } from './relays.ts';

export interface ReplicationOptions {
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly relays: Relays;
}

/** What is kept for a pair while it is driven. */
interface Watched {
  readonly reader: PairReader;
  readonly doctor: LinkDoctor;
  readonly memory: LookMemory;
}

export function createReplication({ secrets, clock, relays }: ReplicationOptions): Replication {
  const watched = new Map<string, Watched>();

  function watchedOf(pair: Pair): Watched {
    const key = keyOf(pair);
    const before = watched.get(key);
    if (before !== undefined) return before;
    const reader = openPairReader(secrets);
    const doctor = createLinkDoctor(reader, secrets, clock);
    const now: Watched = { reader, doctor, memory: { transfer: null } };
    watched.set(key, now);
    return now;
  }

  async function observe(pair: Pair, direction: Direction, canary: Canary | null): Promise<PairObservation> {
    const { reader, doctor, memory } = watchedOf(pair);
    const { observation, follower } = await lookAt(pair, direction, canary, {
      reader,
      memory,
      clock,
    });
    const primary = followedSide(direction);
    const unanswered =
      reader.trouble(primary) ?? (follower === null ? reader.trouble(otherSide(primary)) : null);
    const reason = await doctor.reason(pair, direction, tryingOf(follower, observation.stage));
    if (observation.stage === 'online' && observation.source !== null && observation.target !== null) {
      return { ...observation, linkTrouble: null };
    }
    const relay = direction === 'forward' && pair.via !== undefined ? relays.trouble(pair) : null;
    return { ...observation, linkTrouble: unanswered ?? relay ?? reason };
  }

  return {
    parkingAddress: PARKING_ADDRESS,
    settingsFor,
    addressToFollow: (pair, direction) =>
      direction === 'forward' ? (pair.via ?? pair.source.replicationAddress) : pair.target.replicationAddress,
    open: async (pair, route, last) => (route.through === 'direct' ? null : relays.open(pair, last)),
    observe,
    forget(pair) {
      const key = keyOf(pair);
      watched.get(key)?.reader.close();
      watched.delete(key);
      relays.close(pair);
    },
  };
}

function keyOf({ source, target }: Pair): string {
  return `${source.name}/${target.name}`;
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

/** null: the follower does not try to follow its peer right now, or it does and something comes. */
function tryingOf(
  follower: Reading | null,
  stage: PairObservation['stage'],
): 'connecting' | 'waiting' | null {
  const role = follower?.observation.role;
  if (role?.kind !== 'replica' || role.of !== 'peer') return null;
  return stage === 'connecting' || stage === 'waiting' ? stage : null;
}
