// Which of Ferry's holds may stand on a server, as the record alone can say: recorded before it is set, it may
// or may not be there. Never asks a server.

import { type Direction, newSide, oldSide } from './cutover.ts';
import type { Side } from './instance.ts';
import type { Migration, State } from './migration.ts';
import { type Hold, holdRef, routeBetween } from './route.ts';

/** null: Ferry left nothing on this side of this pair. Also after the end: what stays, stays recorded. */
export function standingHold(state: State, pair: number, side: Side): Hold | null {
  switch (state.phase) {
    case 'cutting-over':
      return side === oldSide(state.cutover.direction) ? (state.cutover.holds[pair] ?? null) : null;
    case 'reverting':
      // Only what this cutover set: whatever the first one left was taken off before the way back began.
      if (state.back === null)
        return side === oldSide(state.cutover.direction) ? (state.cutover.holds[pair] ?? null) : null;
      return side === oldSide('back') ? (state.back.holds[pair] ?? null) : null;
    case 'reverted':
      if (state.back === null) return null;
      return side === oldSide('back') ? (state.back.holds[pair] ?? null) : null;
    case 'watching':
    case 'completed':
      return side === oldSide('forward') ? (state.outcome.holds[pair] ?? null) : null;
    case 'needs-human':
      return standingHold(state.from, pair, side);
    case 'surveying':
    case 'refused':
    case 'planned':
    case 'syncing':
    case 'following':
    case 'aborting':
    case 'aborted':
      return null;
  }
}

/** The reference of Ferry's own password, where it may be the only one that this side lets in; null: it cannot be. */
export function standingPassword(state: State, pair: number, side: Side): string | null {
  const hold = standingHold(state, pair, side);
  return hold?.kind === 'password' ? hold.now.ref : null;
}

/**
 * The direction of a cutover whose record may be lost: Ferry's Redis may forget its last second, a hold stays. null:
 * none can have begun, or the record knows of the one that did.
 */
export function mayHaveLost(state: State): Direction | null {
  switch (state.phase) {
    case 'syncing':
    case 'following':
    case 'aborting':
      return 'forward';
    case 'watching':
      return 'back';
    case 'needs-human':
      return mayHaveLost(state.from);
    case 'surveying':
    case 'refused':
    case 'planned':
    case 'cutting-over':
    case 'reverting':
    case 'reverted':
    case 'completed':
    case 'aborted':
      return null;
  }
}

/** The password hold of the attempt that would come next, as it may stand there unrecorded; null: it cannot. */
export function lostPassword(migration: Migration, pair: number): Extract<Hold, { kind: 'password' }> | null {
  const { state, uid, cutoverAttempts, pairs, rehearsal } = migration;
  const direction = mayHaveLost(state);
  const from = state.phase === 'needs-human' ? state.from : state;
  const identity = 'identities' in from ? from.identities[pair] : undefined;
  if (direction === null || identity === undefined || rehearsal !== null) return null;
  const old = oldSide(direction);
  const instance = pairs[pair]?.[old];
  if (
    instance === undefined ||
    routeBetween(identity[old], identity[newSide(direction)]).fence !== 'password'
  )
    return null;
  const was = instance.passwordRef === null ? { text: '' } : { ref: instance.passwordRef };
  return { kind: 'password', was, now: { ref: holdRef(uid, cutoverAttempts + 1) } };
}
