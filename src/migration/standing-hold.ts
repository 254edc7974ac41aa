// Which of Ferry's holds may stand on a server, as the record alone can say: recorded before it is set, it may
// or may not be there. Never asks a server.

import { oldSide } from './cutover.ts';
import type { Side } from './instance.ts';
import type { State } from './migration.ts';
import type { Hold } from './route.ts';

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
