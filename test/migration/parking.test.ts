// Whoever is the only one that takes writes is never parked: every cell of the table, and the rule behind them.

import { expect, it } from 'vitest';
import { mayPark, type Parking } from '../../src/migration/parking.ts';
import { SEEN_ROLES, type SeenRole } from '../../src/migration/recovery.ts';

/** By the side that was promoted: primary, the same restarted, held, any replica, unreachable. */
const EXPECTED: Record<SeenRole, readonly [Parking, Parking, Parking, Parking, Parking]> = {
  primary: ['park', 'ask', 'ask', 'ask', 'wait'],
  held: ['park', 'park', 'harmless', 'harmless', 'harmless'],
  'follows-peer': ['park', 'park', 'harmless', 'harmless', 'harmless'],
  'set-aside': ['park', 'park', 'harmless', 'harmless', 'harmless'],
  'follows-other': ['park', 'park', 'harmless', 'harmless', 'harmless'],
  unreachable: ['wait', 'wait', 'wait', 'wait', 'wait'],
};

it.each(SEEN_ROLES)('a former primary that is %s', (former) => {
  const [primary, restarted, held, replica, unreachable] = EXPECTED[former];
  expect(mayPark(former, 'primary', false)).toBe(primary);
  expect(mayPark(former, 'primary', true)).toBe(restarted);
  expect(mayPark(former, 'held', false)).toBe(held);
  for (const role of ['follows-peer', 'set-aside', 'follows-other'] as const)
    expect(mayPark(former, role, false)).toBe(replica);
  expect(mayPark(former, 'unreachable', false)).toBe(unreachable);
});

it('a primary is parked beside the very primary that was promoted, and in no other case', () => {
  for (const fresh of SEEN_ROLES) {
    for (const restarted of [false, true]) {
      const isParked = ['park', 'harmless'].includes(mayPark('primary', fresh, restarted));
      expect(isParked).toBe(fresh === 'primary' && !restarted);
    }
  }
});
