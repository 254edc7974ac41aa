// What a new owner does with a cutover that it finds: a total table over the recorded step
// and what both servers say they are. Pure; a test decides every cell.

import type { CutoverStep } from './cutover.ts';

/** What a server of the pair was seen to be, from the other side's point of view. */
export type SeenRole = 'primary' | 'follows-peer' | 'follows-other' | 'unreachable';

export const SEEN_ROLES: readonly SeenRole[] = ['primary', 'follows-peer', 'follows-other', 'unreachable'];
export const CUTOVER_STEPS: readonly CutoverStep[] = ['fencing', 'demoting', 'undoing', 'promoting'];

/**
 * lift: the old side never stopped being the primary: end its fence, prove that it takes writes, go back
 * undemote: make the old side a primary again (nobody was promoted), then as lift
 * judge: both follow each other: promote if the final offset has arrived and time is left, else undemote
 * promote: past the point of no return: promote, now or as soon as the final offset has arrived
 * finish: the new side is the primary: end the fence, go on to watching
 * wait: look again; a server does not answer and nothing may be decided without it
 * ask: contradicts everything that Ferry did: a person decides
 */
export type RecoveryAct = 'lift' | 'undemote' | 'judge' | 'promote' | 'finish' | 'wait' | 'ask';

type Row = Readonly<Record<SeenRole, RecoveryAct>>;
type Table = Readonly<Record<CutoverStep, Readonly<Record<SeenRole, Row>>>>;

/** Rows: the recorded step, then the old side; columns: the new side. */
const TABLE: Table = {
  fencing: {
    // A timed fence ends by itself; the old side is the primary and nothing else happened.
    primary: { primary: 'ask', 'follows-peer': 'lift', 'follows-other': 'lift', unreachable: 'lift' },
    // Only `demoting` may demote: somebody else did this.
    'follows-peer': { primary: 'ask', 'follows-peer': 'ask', 'follows-other': 'ask', unreachable: 'ask' },
    'follows-other': { primary: 'ask', 'follows-peer': 'ask', 'follows-other': 'ask', unreachable: 'ask' },
    unreachable: { primary: 'ask', 'follows-peer': 'wait', 'follows-other': 'wait', unreachable: 'wait' },
  },
  demoting: {
    // The demotion never arrived, or was undone by a restart: undo, never finish.
    primary: { primary: 'ask', 'follows-peer': 'lift', 'follows-other': 'lift', unreachable: 'lift' },
    'follows-peer': {
      primary: 'ask',
      'follows-peer': 'judge',
      // No promotion was ever sent, so giving the writes back cannot make two primaries.
      'follows-other': 'undemote',
      unreachable: 'undemote',
    },
    'follows-other': { primary: 'ask', 'follows-peer': 'ask', 'follows-other': 'ask', unreachable: 'ask' },
    unreachable: { primary: 'ask', 'follows-peer': 'wait', 'follows-other': 'wait', unreachable: 'wait' },
  },
  undoing: {
    primary: { primary: 'ask', 'follows-peer': 'lift', 'follows-other': 'lift', unreachable: 'lift' },
    'follows-peer': {
      primary: 'ask',
      'follows-peer': 'undemote',
      'follows-other': 'undemote',
      unreachable: 'undemote',
    },
    'follows-other': { primary: 'ask', 'follows-peer': 'ask', 'follows-other': 'ask', unreachable: 'ask' },
    unreachable: { primary: 'ask', 'follows-peer': 'wait', 'follows-other': 'wait', unreachable: 'wait' },
  },
  promoting: {
    // The old side takes writes again though it was demoted (a restart): two histories are possible.
    primary: { primary: 'ask', 'follows-peer': 'ask', 'follows-other': 'ask', unreachable: 'ask' },
    'follows-peer': {
      primary: 'finish',
      'follows-peer': 'promote',
      'follows-other': 'ask',
      // The promotion may have happened: never give the old side its writes back.
      unreachable: 'wait',
    },
    'follows-other': { primary: 'finish', 'follows-peer': 'ask', 'follows-other': 'ask', unreachable: 'ask' },
    unreachable: { primary: 'finish', 'follows-peer': 'wait', 'follows-other': 'ask', unreachable: 'wait' },
  },
};

/** The cell for a recorded step, the old side and the new side. Total. */
export function recover(step: CutoverStep, oldRole: SeenRole, newRole: SeenRole): RecoveryAct {
  return TABLE[step][oldRole][newRole];
}

/** How long `wait` may last before it becomes a question to a person, ms (I3, I13). */
export const RECOVERY_PATIENCE_MS = 12_000;
