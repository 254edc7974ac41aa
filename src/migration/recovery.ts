// What a new owner does with a cutover that it finds: a total table over the order, the recorded step
// and what both servers say they are. Pure; a test decides every cell.

import type { CutoverOrder, CutoverStep } from './cutover.ts';

/**
 * What a server of the pair was seen to be, from the other side's point of view.
 *   held: a primary that only Ferry can log in to
 *   set-aside: a replica of the address where nobody listens
 */
export type SeenRole = 'primary' | 'held' | 'follows-peer' | 'set-aside' | 'follows-other' | 'unreachable';

export const SEEN_ROLES: readonly SeenRole[] = [
  'primary',
  'held',
  'follows-peer',
  'set-aside',
  'follows-other',
  'unreachable',
];
export const CUTOVER_STEPS: readonly CutoverStep[] = ['fencing', 'demoting', 'undoing', 'promoting'];
export const CUTOVER_ORDERS: readonly CutoverOrder[] = ['demote-first', 'promote-first'];

/**
 * lift: the old side never stopped being the primary: end its fence, prove that it takes writes, go back
 * undemote: make the old side a primary again (nobody was promoted), then as lift
 * judge: both follow each other: promote if the final offset has arrived and time is left, else undemote
 * promote: past the point of no return: promote, now or as soon as the final offset has arrived
 * finish: the new side is the primary: set an old side aside that cannot follow it, only then end the fence
 * wait: look again; a server does not answer and nothing may be decided without it
 * ask: contradicts everything that Ferry did: a person decides
 */
export type RecoveryAct = 'lift' | 'undemote' | 'judge' | 'promote' | 'finish' | 'wait' | 'ask';

/** By the new side's role. */
type Row = Readonly<Record<SeenRole, RecoveryAct>>;
/** By the old side's role. */
type Rows = Readonly<Record<SeenRole, Row>>;
type Table = Readonly<Record<CutoverStep, Rows>>;

const ALWAYS_ASK: Row = {
  primary: 'ask',
  held: 'ask',
  'follows-peer': 'ask',
  'set-aside': 'ask',
  'follows-other': 'ask',
  unreachable: 'ask',
};

/** The old side is the primary still; only a new side that is one as well needs a person. */
const STILL_PRIMARY: Row = {
  primary: 'ask',
  held: 'ask',
  'follows-peer': 'lift',
  'set-aside': 'lift',
  'follows-other': 'lift',
  unreachable: 'lift',
};

/** No promotion was ever sent, so giving the writes back cannot make two primaries. */
const DEMOTED: Row = {
  primary: 'ask',
  held: 'ask',
  'follows-peer': 'undemote',
  'set-aside': 'undemote',
  'follows-other': 'undemote',
  unreachable: 'undemote',
};

/** The old side does not answer, and nobody was promoted. */
const NO_ANSWER: Row = {
  primary: 'ask',
  held: 'ask',
  'follows-peer': 'wait',
  'set-aside': 'wait',
  'follows-other': 'wait',
  unreachable: 'wait',
};

/** Past the point of no return, the old side is known to take no writes. */
const GO_ON: Row = {
  primary: 'finish',
  held: 'ask',
  'follows-peer': 'promote',
  'set-aside': 'ask',
  'follows-other': 'ask',
  // The promotion may have happened: never give the old side its writes back.
  unreachable: 'wait',
};

/** Past it, the old side is not what Ferry made of it, but no second primary. */
const FINISH_OR_ASK: Row = { ...ALWAYS_ASK, primary: 'finish' };

/** Past it, the old side does not answer: it may have come back as a primary, so nobody is promoted now. */
const GO_ON_UNSEEN: Row = { ...GO_ON, 'follows-peer': 'wait' };

/** Before any demotion. A fence is the only thing that can have happened, so a replica was made by somebody else. */
const FENCED: Rows = {
  primary: STILL_PRIMARY,
  held: STILL_PRIMARY,
  'follows-peer': ALWAYS_ASK,
  'set-aside': ALWAYS_ASK,
  'follows-other': ALWAYS_ASK,
  unreachable: NO_ANSWER,
};

const DEMOTE_FIRST: Table = {
  fencing: FENCED,
  demoting: {
    ...FENCED,
    // A primary, held or not: the demotion never arrived, or was undone by a restart: undo, never finish.
    'follows-peer': { ...DEMOTED, 'follows-peer': 'judge' },
  },
  undoing: { ...FENCED, 'follows-peer': DEMOTED },
  promoting: {
    // It was demoted and is a primary again (a restart, or somebody): two histories are possible.
    primary: ALWAYS_ASK,
    held: ALWAYS_ASK,
    'follows-peer': GO_ON,
    'set-aside': FINISH_OR_ASK,
    'follows-other': FINISH_OR_ASK,
    unreachable: GO_ON_UNSEEN,
  },
};

const PROMOTE_FIRST: Table = {
  fencing: FENCED,
  demoting: {
    // There is no such step in this order.
    primary: ALWAYS_ASK,
    held: ALWAYS_ASK,
    'follows-peer': ALWAYS_ASK,
    'set-aside': ALWAYS_ASK,
    'follows-other': ALWAYS_ASK,
    unreachable: ALWAYS_ASK,
  },
  undoing: FENCED,
  promoting: {
    // The hold is gone (a restart): it may have taken writes that the new side lacks.
    primary: ALWAYS_ASK,
    // Everything had arrived before `promoting` was recorded, and nothing was written since.
    held: GO_ON,
    'set-aside': GO_ON,
    // It would empty itself; setting it aside is what finishing does.
    'follows-peer': FINISH_OR_ASK,
    'follows-other': FINISH_OR_ASK,
    unreachable: GO_ON_UNSEEN,
  },
};

const TABLES: Readonly<Record<CutoverOrder, Table>> = {
  'demote-first': DEMOTE_FIRST,
  'promote-first': PROMOTE_FIRST,
};

/** The cell for a recorded step, the old side and the new side, in an order. Total. */
export function recover(
  step: CutoverStep,
  oldRole: SeenRole,
  newRole: SeenRole,
  order: CutoverOrder,
): RecoveryAct {
  return TABLES[order][step][oldRole][newRole];
}

/** How long `wait` may last before it becomes a question to a person, ms (I3, I13). */
export const RECOVERY_PATIENCE_MS = 12_000;
