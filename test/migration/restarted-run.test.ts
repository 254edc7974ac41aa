// A question about a restarted server: only the answer that names that run goes on with it, and nothing that was
// approved before stands (I4).

import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/migration/events.ts';
import type { Migration } from '../../src/migration/migration.ts';
import * as walks from '../support/walk.ts';
import { answerTo, approvedBy, go, OPS, recheckBy } from './taking.ts';

const { BEN, stuckByRestart } = walks;
const accepted = stuckByRestart.accepts ?? [];

function identitiesOf({ state }: Migration) {
  return 'identities' in state ? state.identities : null;
}

describe('the answer that goes on with a restarted server', () => {
  it('I4 while following: keeps no approval and no comparison', () => {
    const before = go(walks.inPhase('following'), approvedBy(BEN));
    const on = go(before, stuckByRestart, recheckBy(OPS));
    expect(identitiesOf(on)).toEqual(accepted);
    expect(on.state).toMatchObject({ phase: 'following', approvals: [], verification: null, askedAt: null });
    expect(on.round).toBeGreaterThan(before.round);
    expect(answerTo(go(on, walks.verified), approvedBy(BEN)(before))).toBe('stale');
  });

  it('while syncing: the sync goes on', () => {
    const on = go(walks.inPhase('syncing'), stuckByRestart, recheckBy(OPS));
    expect(identitiesOf(on)).toEqual(accepted);
    expect(on.state).toMatchObject({ phase: 'syncing', progress: [{ pointed: 'yes' }] });
  });

  it.each(['syncing', 'following'] as const)('while %s: Abort accepts nobody', (phase) => {
    const before = walks.inPhase(phase);
    const abort = (migration: Migration): Event => ({
      kind: 'answered',
      answer: 'abort',
      by: OPS,
      ...walks.carried(migration),
    });
    expect(identitiesOf(go(before, stuckByRestart, abort))).toEqual(identitiesOf(before));
  });
});

it.each(['syncing', 'following'] as const)('while %s another question accepts nobody', (phase) => {
  const before = walks.inPhase(phase);
  const stopped = go(before, walks.stuck);
  expect(stopped.state).toMatchObject({ accepts: null });
  expect(identitiesOf(go(stopped, recheckBy(OPS)))).toEqual(identitiesOf(before));
});
