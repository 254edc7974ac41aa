// I4 everything that takes approvals away: they count no more, old buttons are stale, the thread is told.

import { describe, expect, it } from 'vitest';
import type { Actor } from '../../src/migration/approval.ts';
import type { Event } from '../../src/migration/events.ts';
import type { Migration } from '../../src/migration/migration.ts';
import * as walks from '../support/walk.ts';
import { ANA, BEN, EVA, KIM, policy, walk } from '../support/walk.ts';
import { answerTo, approvedBy, bodies, differing, go, NOW, OPS, take, unproven, verified } from './taking.ts';

const asked = () => walks.inPhase('following');
const approved = () => walk(walks.fresh(), ...walks.toApproved);

function approvalsOf(migration: Migration): readonly string[] {
  return migration.state.phase === 'following' ? migration.state.approvals.map(({ user }) => user) : [];
}

/** Everything that takes approvals away; `followsOn`: it is in following still. */
const WITHDRAWALS: readonly {
  readonly by: string;
  readonly event: (migration: Migration) => Event;
  readonly reason: RegExp;
  readonly person: string | null;
  readonly followsOn: boolean;
  /** What must end before people are asked anew. */
  readonly over?: Event;
}[] = [
  {
    by: 'Deny',
    event: (m) => ({ kind: 'denied', by: EVA, ...walks.carried(m) }),
    reason: /denied/,
    person: EVA.user,
    followsOn: true,
  },
  {
    by: 'Hold',
    event: (m) => ({ kind: 'held', by: OPS, ...walks.carried(m) }),
    reason: /held/,
    person: OPS.user,
    followsOn: true,
  },
  {
    by: 'time',
    event: () => ({ kind: 'approvals-expired' }),
    reason: /expired/,
    person: null,
    followsOn: true,
  },
  {
    by: 'a lost link',
    event: () => ({ kind: 'fell-behind', reason: 'the link broke', linkLost: true }),
    reason: /link broke/,
    person: null,
    followsOn: false,
  },
  {
    by: 'a breach of the latency',
    event: () => walks.breached,
    reason: /latency of carts-old is breached: p99 up to 310 ms/,
    person: null,
    followsOn: true,
    over: walks.steadyAgain,
  },
  {
    by: 'lag',
    event: () => ({ kind: 'fell-behind', reason: 'carts-new is 4 MB behind', linkLost: false }),
    reason: /4 MB behind/,
    person: null,
    followsOn: true,
  },
  {
    by: 'a difference in the data',
    event: () => verified(differing),
    reason: /differs/,
    person: null,
    followsOn: true,
  },
  {
    by: 'a comparison that proves nothing (I10)',
    event: () => verified(unproven),
    reason: /could not be compared/,
    person: null,
    followsOn: true,
  },
  {
    by: 'a changed digest',
    event: () => verified(walks.equal, 'stands-2'),
    reason: /not what there is now/,
    person: null,
    followsOn: true,
  },
  {
    by: 'a changed policy',
    event: ({ hooks }) => ({ kind: 'policy-changed', policy: { ...policy, approvals: 1 }, hooks }),
    reason: /configuration/,
    person: null,
    followsOn: true,
  },
  {
    by: 'Abort',
    event: () => ({ kind: 'abort-requested', by: ANA }),
    reason: /aborted/,
    person: ANA.user,
    followsOn: false,
  },
];

describe.each(WITHDRAWALS)('I4 approvals withdrawn by $by', ({ event, reason, person, followsOn, over }) => {
  const before = approved();
  const { migration, say } = take(before, event(before));
  const askedAgain = () =>
    take(over === undefined ? migration : take(migration, over).migration, walks.verified).migration;

  it('counts none of them any more', () => {
    expect(approvalsOf(migration)).toEqual([]);
    expect(answerTo(migration, walks.begun)).not.toBe('taken');
  });

  it('makes the old buttons stale, also once people are asked anew', () => {
    expect(migration.round).toBe(before.round + 1);
    expect(answerTo(migration, approvedBy(BEN)(before))).not.toBe('taken');
    if (!followsOn) return;
    const again = askedAgain();
    expect(answerTo(again, approvedBy(BEN)(before))).toBe('stale');
    expect(answerTo(again, { kind: 'held', by: OPS, ...walks.carried(before) })).toBe('stale');
    expect(answerTo(again, walks.begun)).toBe('not-approved');
  });

  it('tells the thread, and closes the message that people pressed', () => {
    const [told] = bodies(say, 'approval-withdrawn');
    expect(told?.reason).toMatch(reason);
    expect(told?.by).toBe(person);
    expect(told?.given).toBe(approvalsOf(before).length);
    const closed = say.find(({ key }) => key === `approval:${before.round}`);
    expect(closed?.body).toMatchObject({ kind: 'approval', approval: { state: 'withdrawn' } });
  });

  it('needs every approval anew', () => {
    if (!followsOn) return;
    const again = askedAgain();
    const first = go(again, approvedBy(BEN));
    if (first.policy.approvals > 1) expect(answerTo(first, walks.begun)).toBe('not-approved');
    const all = first.policy.approvals > 1 ? go(first, approvedBy(EVA)) : first;
    expect(answerTo(all, walks.begun)).toBe('taken');
  });
});

describe('I4 who may withdraw', () => {
  it('Deny: approvers; Hold: operators, the requester and approvers', () => {
    const migration = approved();
    const pressed = (kind: 'denied' | 'held', by: Actor) =>
      answerTo(migration, { kind, by, ...walks.carried(migration) });
    expect([pressed('denied', KIM), pressed('denied', ANA), pressed('denied', OPS)]).toEqual(
      Array(3).fill('not-allowed'),
    );
    expect(pressed('held', KIM)).toBe('not-allowed');
    expect([pressed('held', ANA), pressed('held', OPS), pressed('held', BEN)]).toEqual(
      Array(3).fill('taken'),
    );
  });
});

describe('I4 what does not withdraw', () => {
  it('one more comparison that says the same keeps approvals and buttons', () => {
    const once = go(asked(), approvedBy(BEN));
    const again = go(once, verified({ ...walks.equal, finishedAt: NOW }));
    expect(again.round).toBe(once.round);
    expect(go(again, approvedBy(EVA)(once)).state).toMatchObject({ approvals: [{}, {}] });
  });
});
