// How one server's writes go over to another, by what both can: the fence, its proof, what becomes of the old one.
// Pure data; the only place where a cutover's ways are chosen.

import { capabilitiesOf, type Running } from './capabilities.ts';
import type { SettingValue } from './plan.ts';

/**
 * pause: CLIENT PAUSE … WRITE, which ends by itself (6.2 and newer)
 * acl: every user loses its right to write (6.0)
 * password: a password that only Ferry knows, and every connection closed (before 6.0)
 */
export type FenceKind = 'pause' | 'acl' | 'password';

export interface Route {
  /** `relay`: the stream of 2.4 and 2.6 has inline commands, which a follower of 6.0 and newer takes for damage. */
  readonly through: 'direct' | 'relay';
  readonly fence: FenceKind;
  /**
   * `marker`: a key written last through the fence and seen at the new server, where there are no offsets, and behind
   * a password: a follower that never logged in counts the refusals that it gets, and is ahead of what it has.
   */
  readonly proof: 'offset' | 'marker';
  /**
   * follow: the old server follows the new one before that is promoted: read-only, and the way back stays open
   * set-aside: it cannot follow; the fence holds until the promotion, then it is read-only and follows nobody
   * password: it takes writes even as a replica (2.4): Ferry's password stays on it
   */
  readonly demotion: 'follow' | 'set-aside' | 'password';
}

/** From the server that has the writes to the one that gets them. */
export function routeBetween(from: Running, to: Running): Route {
  const old = capabilitiesOf(from);
  const next = capabilitiesOf(to);
  const fence = old.can('pause-writes') ? 'pause' : old.can('acl') ? 'acl' : 'password';
  return {
    through: old.can('sends-whole-commands') || next.can('takes-inline-commands') ? 'direct' : 'relay',
    fence,
    proof: fence !== 'password' && next.can('offsets') ? 'offset' : 'marker',
    demotion: demotionOf(old.can('psync2') && next.can('psync2'), old.can('read-only-replica')),
  };
}

function demotionOf(canFollow: boolean, readOnlyReplica: boolean): Route['demotion'] {
  if (canFollow) return 'follow';
  return readOnlyReplica ? 'set-aside' : 'password';
}

/**
 * Upper bounds of a fence, ms, from handovers measured under 2,000 writes a second. pause: 1.4 to 11 ms over four
 * version pairs; the other fences: 0.2 to 14 ms, and users are read, or Ferry's own connection logs in again and a
 * marker is polled at the target. A relay adds its own turn to each byte.
 */
const PREDICTED_MS: Readonly<Record<FenceKind, number>> = { pause: 20, acl: 30, password: 50 };
const PREDICTED_RELAY_MS = 50;

export function predictedFenceMs(route: Route): number {
  return route.through === 'relay' ? PREDICTED_RELAY_MS : PREDICTED_MS[route.fence];
}

/**
 * What a fence changes on a server, recorded before it is set, so that whoever comes next can take it off (I3).
 * Never a secret (I9): Ferry's password is made anew from its reference.
 */
export type Hold =
  | { readonly kind: 'pause' }
  /** `was`: what `requirepass` is put back to. `now`: the reference of Ferry's own. */
  | { readonly kind: 'password'; readonly was: SettingValue; readonly now: { readonly ref: string } }
  /** Users and the command rules that each had: `+@all`, `-@all +get`. */
  | { readonly kind: 'acl'; readonly users: readonly { readonly name: string; readonly rules: string }[] };

/** Resolved by the secrets: HMAC-SHA256 of uid and attempt under FERRY_SECRET, in hex. Never stored. */
export function holdRef(uid: string, attempt: number): string {
  return `hold:${uid}:${attempt}`;
}
