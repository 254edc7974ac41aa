// Why a link does not come up. A follower says only "down", the reason stands in its log: so Ferry tries the
// primary's address and the follower's login itself. At most every 10 s a pair; never says a password (I9).

import { FerryError } from '../migration/errors.ts';
import { type Address, formatAddress, type Instance, otherSide } from '../migration/instance.ts';
import type { Pair } from '../migration/migration.ts';
import { connectTo } from '../redis/connect.ts';
import type { Clock, Secrets } from '../workflow/ports.ts';
import type { PairReader } from './link.ts';
import { type Direction, followedSide } from './look.ts';

const TRY_EVERY_MS = 10_000;
/** A link needs a moment to come up; before this nothing is wrong yet, ms. */
const PATIENCE_MS = 2_000;
/** A follower that gets no further than this long finds no way, though Ferry does, ms. */
const NO_WAY_MS = 15_000;
const TRY_TIMEOUT_MS = 2_000;

export interface LinkDoctor {
  /** A sentence; null: nothing that Ferry could find out. `isTrying`: it follows, and nothing comes yet. */
  reason(pair: Pair, direction: Direction, isTrying: 'connecting' | 'waiting' | null): Promise<string | null>;
}

export function createLinkDoctor(reader: PairReader, secrets: Secrets, clock: Clock): LinkDoctor {
  let tryingSinceMs: number | null = null;
  let triedMs = Number.NEGATIVE_INFINITY;
  let found: string | null = null;

  return {
    async reason(pair, direction, isTrying) {
      const nowMs = clock.monotonicMs();
      if (isTrying === null) {
        tryingSinceMs = null;
        found = null;
        triedMs = Number.NEGATIVE_INFINITY;
        return null;
      }
      tryingSinceMs ??= nowMs;
      if (nowMs - tryingSinceMs < PATIENCE_MS || nowMs - triedMs < TRY_EVERY_MS) return found;
      triedMs = nowMs;
      found = await tryTheWay(pair, direction, reader, secrets);
      const isStuck = isTrying === 'connecting' && nowMs - tryingSinceMs > NO_WAY_MS;
      if (found === null && isStuck) found = noWay(pair, direction);
      return found;
    },
  };
}

function noWay(pair: Pair, direction: Direction): string {
  const { followed, follower, address } = partsOf(pair, direction);
  return `Ferry reaches ${followed.name} at ${address} and may log in, but ${follower.name} does not get through: look at the network between the two, and into the log of ${follower.name}.`;
}

function partsOf(pair: Pair, direction: Direction) {
  const primary = followedSide(direction);
  const place = placeOf(pair, direction);
  return {
    followed: pair[primary],
    follower: pair[otherSide(primary)],
    place,
    address: formatAddress(place),
  };
}

/** Where the follower is to look; behind a relay, where that looks for it. */
function placeOf(pair: Pair, direction: Direction): Address {
  if (direction === 'forward' && pair.via !== undefined) return pair.source.address;
  return pair[followedSide(direction)].replicationAddress;
}

/** Does what the follower does: connects, logs in with what it was given, says PING. null: all of it works. */
async function tryTheWay(
  pair: Pair,
  direction: Direction,
  reader: PairReader,
  secrets: Secrets,
): Promise<string | null> {
  const { followed, follower, place } = partsOf(pair, direction);
  const side = otherSide(followedSide(direction));
  const password = await reader.setting(pair, side, 'masterauth');
  const user = password === null ? null : await reader.setting(pair, side, 'masteruser');
  const login =
    password === null ? { user: followed.username, ref: followed.passwordRef } : { user, password };
  const { instance, resolve } = asFollower(followed, place, login, secrets);
  try {
    const connection = await connectTo(instance, { resolve }, { timeoutMs: TRY_TIMEOUT_MS });
    try {
      if (instance.passwordRef !== null && !connection.authenticated) {
        return `${follower.name} cannot log in to ${followed.name}: it has a masterauth, and ${followed.name} has no password, which a replica takes for a refusal.`;
      }
      await connection.ask(['PING'], TRY_TIMEOUT_MS);
      return null;
    } finally {
      connection.close();
    }
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return told(error, pair, direction, instance.passwordRef !== null);
  }
}

/** What the follower has as `masterauth`; where Ferry may not read that, what the inventory says it should be. */
type FollowerLogin =
  | { readonly user: string | null; readonly password: string }
  | { readonly user: string | null; readonly ref: string | null };

const MASTERAUTH = 'masterauth';

/** The followed server as its follower sees it; the password goes by a reference that only `resolve` knows. */
function asFollower(followed: Instance, address: Address, login: FollowerLogin, secrets: Secrets) {
  const { holdRef: _, ...known } = followed;
  const ref = 'ref' in login ? login.ref : login.password === '' ? null : MASTERAUTH;
  const username = ref === null || login.user === '' ? null : login.user;
  return {
    instance: { ...known, address, username, passwordRef: ref } satisfies Instance,
    resolve: async (wanted: string): Promise<string> =>
      wanted === MASTERAUTH && 'password' in login ? login.password : secrets.resolve(wanted),
  };
}

function told(error: FerryError, pair: Pair, direction: Direction, hasPassword: boolean): string {
  const { followed, follower, address } = partsOf(pair, direction);
  const isRelayed = direction === 'forward' && pair.via !== undefined;
  switch (error.code) {
    case 'auth-failed':
      return hasPassword
        ? `${follower.name} cannot log in to ${followed.name}: the password in its masterauth is not accepted.`
        : `${follower.name} cannot log in to ${followed.name}, which wants a password: its masterauth is empty.`;
    case 'unreachable':
    case 'timeout':
      if (/protected mode/.test(error.message)) return error.message;
      return `Nothing answers at ${address}, where ${isRelayed ? 'the relay' : follower.name} looks for ${followed.name}: ${error.message}`;
    default:
      // It loads, or wants more replicas, or refuses for a reason of its own.
      return `${error.message} ${follower.name} waits for it.`;
  }
}
