// What may be asked of a phase, by name: nothing compares phases by their order.

import type { Cutover } from './cutover.ts';
import type { State } from './migration.ts';

export function isOver(state: State): boolean {
  return ['refused', 'completed', 'reverted', 'aborted'].includes(state.phase);
}

/** May *Abort* still lead back to where it began? No promotion was sent or recorded. */
export function isReversible(state: State): boolean {
  switch (state.phase) {
    case 'surveying':
    case 'planned':
    case 'syncing':
    case 'following':
      return true;
    case 'cutting-over':
      return state.cutover.step !== 'promoting';
    case 'needs-human':
      return isReversible(state.from);
    case 'refused':
    case 'watching':
    case 'reverting':
    case 'reverted':
    case 'completed':
    case 'aborting':
    case 'aborted':
      return false;
  }
}

/** Who takes clients' writes, as far as the record alone can say. */
export function writesGoTo(state: State): 'source' | 'target' | 'nobody' | 'unknown' {
  switch (state.phase) {
    case 'surveying':
    case 'refused':
    case 'planned':
    case 'syncing':
    case 'following':
    case 'aborting':
    case 'aborted':
    case 'reverted':
      return 'source';
    case 'watching':
      return state.byHand === null ? 'target' : 'source';
    case 'completed':
      return 'target';
    case 'reverting':
      if (state.byHand !== null) return 'target';
      return state.back === null ? duringCutover(state.cutover.step) : 'source';
    case 'cutting-over':
      if (state.byHand !== null) return 'source';
      return duringCutover(state.cutover.step);
    case 'needs-human': {
      // A fence may end, or be taken off, while the question waits.
      const before = writesGoTo(state.from);
      return before === 'nobody' ? 'unknown' : before;
    }
  }
}

function duringCutover(step: Cutover['step']): 'nobody' | 'unknown' {
  return step === 'fencing' ? 'nobody' : 'unknown';
}

/** Does this phase hold connections to, or settings on, the servers that a new owner must take over? */
export function touchesServers(state: State): boolean {
  switch (state.phase) {
    case 'syncing':
    case 'following':
    case 'cutting-over':
    case 'watching':
    case 'reverting':
    case 'aborting':
      return true;
    case 'planned':
      return state.startedBy !== null;
    case 'needs-human':
      return touchesServers(state.from);
    case 'surveying':
    case 'refused':
    case 'reverted':
    case 'completed':
    case 'aborted':
      return false;
  }
}
