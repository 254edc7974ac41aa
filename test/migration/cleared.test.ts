// A cutover that needed a person goes on by itself once the servers allow it; nothing else does.

import { expect, it } from 'vitest';
import { advance } from '../../src/migration/lifecycle.ts';
import { demoting, inPhase, stuck, T0, walk } from '../support/walk.ts';

it('I3 an interrupted cutover goes on from its recorded step, and the question is closed', () => {
  const asking = walk(inPhase('cutting-over'), demoting, stuck);
  const advanced = advance(asking, { kind: 'cleared' }, T0 + 90_000);
  if (advanced.kind === 'refused') throw new Error(advanced.refusal.message);
  const { state, round } = advanced.migration;
  expect(state.phase === 'cutting-over' && state.cutover.step).toBe('demoting');
  expect(round).toBe(asking.round + 1);
  expect(advanced.say[0]?.body).toMatchObject({ kind: 'needs-human', open: false });
});

it.each(['syncing', 'following', 'watching'] as const)(
  'a question asked in %s waits for a person',
  (phase) => {
    const advanced = advance(walk(inPhase(phase), stuck), { kind: 'cleared' }, T0 + 90_000);
    expect(advanced.kind).toBe('refused');
  },
);
