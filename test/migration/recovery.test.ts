// Every cell of both recovery tables against what must never happen, and the whole of them as they stand.

import { describe, expect, it } from 'vitest';
import type { CutoverOrder, CutoverStep } from '../../src/migration/cutover.ts';
import {
  CUTOVER_ORDERS,
  CUTOVER_STEPS,
  type RecoveryAct,
  recover,
  SEEN_ROLES,
  type SeenRole,
} from '../../src/migration/recovery.ts';

type Row = Record<SeenRole, RecoveryAct>;

/** By the new side: primary, held, follows-peer, set-aside, follows-other, unreachable. */
function row(...[primary, held, peer, aside, other, unreachable]: readonly [...Six<RecoveryAct>]): Row {
  return {
    primary,
    held,
    'follows-peer': peer,
    'set-aside': aside,
    'follows-other': other,
    unreachable,
  };
}

type Six<T> = readonly [T, T, T, T, T, T];

const ALL_ASK = row('ask', 'ask', 'ask', 'ask', 'ask', 'ask');

/** Order, step, then the old side. */
const EXPECTED: Record<CutoverOrder, Record<CutoverStep, Record<SeenRole, Row>>> = {
  'demote-first': {
    fencing: {
      primary: row('ask', 'ask', 'lift', 'lift', 'lift', 'lift'),
      held: row('ask', 'ask', 'lift', 'lift', 'lift', 'lift'),
      'follows-peer': ALL_ASK,
      'set-aside': ALL_ASK,
      'follows-other': ALL_ASK,
      unreachable: row('ask', 'ask', 'wait', 'wait', 'wait', 'wait'),
    },
    demoting: {
      primary: row('ask', 'ask', 'lift', 'lift', 'lift', 'lift'),
      held: row('ask', 'ask', 'lift', 'lift', 'lift', 'lift'),
      'follows-peer': row('ask', 'ask', 'judge', 'undemote', 'undemote', 'undemote'),
      'set-aside': ALL_ASK,
      'follows-other': ALL_ASK,
      unreachable: row('ask', 'ask', 'wait', 'wait', 'wait', 'wait'),
    },
    undoing: {
      primary: row('ask', 'ask', 'lift', 'lift', 'lift', 'lift'),
      held: row('ask', 'ask', 'lift', 'lift', 'lift', 'lift'),
      'follows-peer': row('ask', 'ask', 'undemote', 'undemote', 'undemote', 'undemote'),
      'set-aside': ALL_ASK,
      'follows-other': ALL_ASK,
      unreachable: row('ask', 'ask', 'wait', 'wait', 'wait', 'wait'),
    },
    promoting: {
      primary: ALL_ASK,
      held: ALL_ASK,
      'follows-peer': row('finish', 'ask', 'promote', 'ask', 'ask', 'wait'),
      'set-aside': row('finish', 'ask', 'ask', 'ask', 'ask', 'ask'),
      'follows-other': row('finish', 'ask', 'ask', 'ask', 'ask', 'ask'),
      unreachable: row('finish', 'ask', 'wait', 'ask', 'ask', 'wait'),
    },
  },
  'promote-first': {
    fencing: {
      primary: row('ask', 'ask', 'lift', 'lift', 'lift', 'lift'),
      held: row('ask', 'ask', 'lift', 'lift', 'lift', 'lift'),
      'follows-peer': ALL_ASK,
      'set-aside': ALL_ASK,
      'follows-other': ALL_ASK,
      unreachable: row('ask', 'ask', 'wait', 'wait', 'wait', 'wait'),
    },
    demoting: {
      primary: ALL_ASK,
      held: ALL_ASK,
      'follows-peer': ALL_ASK,
      'set-aside': ALL_ASK,
      'follows-other': ALL_ASK,
      unreachable: ALL_ASK,
    },
    undoing: {
      primary: row('ask', 'ask', 'lift', 'lift', 'lift', 'lift'),
      held: row('ask', 'ask', 'lift', 'lift', 'lift', 'lift'),
      'follows-peer': ALL_ASK,
      'set-aside': ALL_ASK,
      'follows-other': ALL_ASK,
      unreachable: row('ask', 'ask', 'wait', 'wait', 'wait', 'wait'),
    },
    promoting: {
      primary: ALL_ASK,
      held: row('finish', 'ask', 'promote', 'ask', 'ask', 'wait'),
      'follows-peer': row('finish', 'ask', 'ask', 'ask', 'ask', 'ask'),
      'set-aside': row('finish', 'ask', 'promote', 'ask', 'ask', 'wait'),
      'follows-other': row('finish', 'ask', 'ask', 'ask', 'ask', 'ask'),
      unreachable: row('finish', 'ask', 'wait', 'ask', 'ask', 'wait'),
    },
  },
};

const CELLS = CUTOVER_ORDERS.flatMap((order) =>
  CUTOVER_STEPS.flatMap((step) =>
    SEEN_ROLES.flatMap((old) =>
      SEEN_ROLES.map((fresh) => ({ order, step, old, fresh, act: recover(step, old, fresh, order) })),
    ),
  ),
);

describe('recovery table', () => {
  it.each(CELLS)('$order, $step, old $old, new $fresh', ({ order, step, old, fresh, act }) => {
    expect(act).toBe(EXPECTED[order][step][old][fresh]);
  });

  it('I1 never gives the old side its writes back once a promotion may have been sent', () => {
    for (const { step, fresh, act } of CELLS) {
      if (step !== 'promoting' && fresh !== 'primary') continue;
      expect(['lift', 'undemote', 'judge']).not.toContain(act);
    }
  });

  it('I1 promotes nobody beside an old side that may take writes', () => {
    for (const { old, act } of CELLS) {
      if (old === 'primary' || old === 'unreachable') expect(act).not.toBe('promote');
    }
  });

  it('I2 never promotes before the proof was recorded', () => {
    for (const { step, act } of CELLS) {
      if (step !== 'promoting') expect(['promote', 'finish']).not.toContain(act);
    }
  });

  it('I3 ends a hold that nothing followed, wherever the old side answers and nobody else was promoted', () => {
    for (const { order, step, old, fresh, act } of CELLS) {
      if (step === 'promoting' || (step === 'demoting' && order === 'promote-first')) continue;
      if (old === 'held' && fresh !== 'primary' && fresh !== 'held') expect(act).toBe('lift');
    }
  });

  it('I10 decides nothing by a server that does not answer and might matter', () => {
    for (const { old, fresh, act } of CELLS) {
      if (old !== 'unreachable' || fresh === 'primary') continue;
      expect(['wait', 'ask']).toContain(act);
    }
  });
});
