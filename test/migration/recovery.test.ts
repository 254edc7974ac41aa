// Every cell of the recovery table against what must never happen, and the whole of it as it stands.

import { describe, expect, it } from 'vitest';
import type { CutoverStep } from '../../src/migration/cutover.ts';
import {
  CUTOVER_STEPS,
  type RecoveryAct,
  recover,
  SEEN_ROLES,
  type SeenRole,
} from '../../src/migration/recovery.ts';

type Row = Record<SeenRole, RecoveryAct>;

/** step, then the old side, then the new side: primary, follows-peer, follows-other, unreachable. */
const EXPECTED: Record<CutoverStep, Record<SeenRole, Row>> = {
  fencing: {
    primary: row('ask', 'lift', 'lift', 'lift'),
    'follows-peer': row('ask', 'ask', 'ask', 'ask'),
    'follows-other': row('ask', 'ask', 'ask', 'ask'),
    unreachable: row('ask', 'wait', 'wait', 'wait'),
  },
  demoting: {
    primary: row('ask', 'lift', 'lift', 'lift'),
    'follows-peer': row('ask', 'judge', 'undemote', 'undemote'),
    'follows-other': row('ask', 'ask', 'ask', 'ask'),
    unreachable: row('ask', 'wait', 'wait', 'wait'),
  },
  undoing: {
    primary: row('ask', 'lift', 'lift', 'lift'),
    'follows-peer': row('ask', 'undemote', 'undemote', 'undemote'),
    'follows-other': row('ask', 'ask', 'ask', 'ask'),
    unreachable: row('ask', 'wait', 'wait', 'wait'),
  },
  promoting: {
    primary: row('ask', 'ask', 'ask', 'ask'),
    'follows-peer': row('finish', 'promote', 'ask', 'wait'),
    'follows-other': row('finish', 'ask', 'ask', 'ask'),
    unreachable: row('finish', 'wait', 'ask', 'wait'),
  },
};

function row(primary: RecoveryAct, peer: RecoveryAct, other: RecoveryAct, unreachable: RecoveryAct): Row {
  return { primary, 'follows-peer': peer, 'follows-other': other, unreachable };
}

const CELLS = CUTOVER_STEPS.flatMap((step) =>
  SEEN_ROLES.flatMap((old) => SEEN_ROLES.map((fresh) => ({ step, old, fresh }))),
);

describe('recovery table', () => {
  it.each(CELLS)('$step, old $old, new $fresh', ({ step, old, fresh }) => {
    expect(recover(step, old, fresh)).toBe(EXPECTED[step][old][fresh]);
  });

  it('I1 never gives the old side its writes back once a promotion may have been sent', () => {
    for (const { step, old, fresh } of CELLS) {
      if (step !== 'promoting' && fresh !== 'primary') continue;
      expect(['lift', 'undemote', 'judge']).not.toContain(recover(step, old, fresh));
    }
  });

  it('I2 never promotes before the final offset was recorded', () => {
    for (const { step, old, fresh } of CELLS) {
      if (step !== 'promoting') expect(['promote', 'finish']).not.toContain(recover(step, old, fresh));
    }
  });

  it('I10 decides nothing by a server that does not answer and might matter', () => {
    for (const { step, old, fresh } of CELLS) {
      if (old !== 'unreachable' || fresh === 'primary') continue;
      expect(['wait', 'ask']).toContain(recover(step, old, fresh));
    }
  });
});
