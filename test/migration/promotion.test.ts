// I4 nobody promotes by accident: what a cutover needs, and what spends it.

import { describe, expect, it } from 'vitest';
import type { Migration } from '../../src/migration/migration.ts';
import * as walks from '../support/walk.ts';
import { ANA, BEN, EVA, KIM, policy, walk } from '../support/walk.ts';
import {
  answerTo,
  approvedBy,
  bodies,
  differing,
  go,
  NOW,
  OPS,
  recheckBy,
  take,
  verified,
} from './taking.ts';

const LIFETIME_MS = policy.approvalLifetimeMs;

const asked = () => walks.inPhase('following');
const approved = () => walk(walks.fresh(), ...walks.toApproved);

function approvalsOf(migration: Migration): readonly string[] {
  return migration.state.phase === 'following' ? migration.state.approvals.map(({ user }) => user) : [];
}

describe('I4 a comparison counts only if it is the one that was demanded', () => {
  const unverified = walk(walks.fresh(), ...walks.toFollowing);
  const since = unverified.state.phase === 'following' ? unverified.state.since : 0;

  it('I10 not at another level than the one that has to run', () => {
    expect(answerTo(unverified, verified({ ...walks.equal, level: 'counts' }))).toBe('not-this-verification');
    const counts = walk(walks.fresh({ policy: { ...policy, verification: 'counts' } }), ...walks.toFollowing);
    expect(answerTo(counts, walks.verified)).toBe('not-this-verification');
    expect(answerTo(counts, verified({ ...walks.equal, level: 'counts' }))).toBe('taken');
  });

  it('a sample is not enough where every key has to be compared', () => {
    const full = walk(walks.fresh({ policy: { ...policy, verification: 'full' } }), ...walks.toFollowing);
    expect(answerTo(full, walks.verified)).toBe('not-this-verification');
    expect(answerTo(full, verified({ ...walks.equal, level: 'full' }))).toBe('taken');
  });

  it('not if it began before the target followed', () => {
    const early = { ...walks.equal, startedAt: since - 1 };
    expect(answerTo(unverified, verified(early))).toBe('not-this-verification');
    expect(answerTo(unverified, verified({ ...early, startedAt: since }))).toBe('taken');
  });

  it('not if it began before the policy or a hook changed', () => {
    const hook = { webhook: null, command: ['/bin/x'], secretRef: null, timeoutMs: 1, mayVeto: true };
    const hooks = { beforeCutover: hook, switch: null };
    const changed = take(approved(), { kind: 'policy-changed', policy, hooks }, NOW + 1).migration;
    expect(changed.hooks).toEqual(hooks);
    expect(changed.state).toMatchObject({ verification: null, since: NOW + 1, approvals: [] });
    expect(answerTo(changed, walks.verified)).toBe('not-this-verification');
  });
});

describe('I4 a cutover needs enough approvals', () => {
  it('begins with two of two', () => {
    const { migration } = take(approved(), walks.begun);
    expect(migration.state.phase).toBe('cutting-over');
    expect(migration.cutoverAttempts).toBe(1);
  });

  it('not with none, not with one of two', () => {
    expect(answerTo(asked(), walks.begun)).toBe('not-approved');
    expect(answerTo(go(asked(), approvedBy(BEN)), walks.begun)).toBe('not-approved');
  });

  it('does not count the same person twice', () => {
    const once = go(asked(), approvedBy(BEN));
    expect(answerTo(once, approvedBy(BEN)(once))).toBe('repeated');
    expect(answerTo(once, approvedBy({ ...BEN, groups: ['S0OWNERS', 'S0MORE'] })(once))).toBe('repeated');
    expect(approvalsOf(once)).toEqual([BEN.user]);
  });

  it('a click after the last needed one learns that it is decided', () => {
    const more = { user: 'U0IRA', groups: ['S0OWNERS'] };
    expect(answerTo(approved(), approvedBy(more)(approved()))).toBe('decided');
  });

  it.each([
    ['the requester, though an approver', { ...ANA, groups: ['S0OWNERS'] }],
    ['an operator', OPS],
    ['a bystander', KIM],
  ])('does not take %s', (_, actor) => {
    expect(answerTo(asked(), approvedBy(actor)(asked()))).toBe('not-allowed');
  });

  it.each([
    ['an earlier round', { round: -1 }],
    ['a later round', { round: 1 }],
    ['another digest', { digest: 'stands-0' }],
    ['no digest', { digest: '' }],
  ])('does not take a button of %s', (_, other: { round?: number; digest?: string }) => {
    const migration = asked();
    const round = migration.round + (other.round ?? 0);
    const digest = other.digest ?? migration.digest;
    expect(answerTo(migration, { kind: 'approved', by: BEN, round, digest })).toBe('stale');
  });

  it('does not take an approval that nobody was asked for', () => {
    const unverified = walk(walks.fresh(), ...walks.toFollowing);
    expect(answerTo(unverified, approvedBy(BEN)(unverified))).toBe('not-now');
    const different = go(unverified, verified(differing));
    expect(answerTo(different, approvedBy(BEN)(different))).toBe('not-now');
  });

  it('waits for the countdown', () => {
    const cutover = { ...policy.cutover, countdownMs: 10_000 };
    const counting = walk(walks.fresh({ policy: { ...policy, cutover } }), ...walks.toApproved);
    const endsAt = counting.state.phase === 'following' ? (counting.state.cutoverAt ?? 0) : 0;
    expect(answerTo(counting, walks.begun, endsAt - 1)).toBe('not-approved');
    expect(answerTo(counting, walks.begun, endsAt)).toBe('taken');
  });

  it('counts an approval until its lifetime ends and not an instant longer', () => {
    const migration = approved();
    const first = migration.state.phase === 'following' ? (migration.state.approvals[0]?.at ?? 0) : 0;
    expect(answerTo(migration, walks.begun, first + LIFETIME_MS - 1)).toBe('taken');
    expect(answerTo(migration, walks.begun, first + LIFETIME_MS)).toBe('not-approved');
  });

  it('from no other phase', () => {
    for (const phase of [
      'surveying',
      'planned',
      'syncing',
      'cutting-over',
      'aborting',
      'needs-human',
    ] as const) {
      expect(answerTo(walks.inPhase(phase), walks.begun)).toBe('not-now');
    }
  });
});

describe('I4 an undone cutover spends the approvals', () => {
  const cuttingOver = go(approved(), walks.begun);

  it('asks anew after a new comparison, and says what happened', () => {
    const { migration, say } = take(go(cuttingOver, walks.undoing), walks.undone);
    expect(migration.state).toMatchObject({ phase: 'following', approvals: [], verification: null });
    expect(migration.round).toBe(cuttingOver.round + 1);
    expect(bodies(say, 'cutover-undone')).toMatchObject([
      { attempt: 1, reason: 'carts-new was behind', pausedMs: 2_000, direction: 'forward' },
    ]);
    const again = take(migration, walks.verified).migration;
    expect(answerTo(again, approvedBy(BEN)(cuttingOver))).toBe('stale');
    expect(answerTo(again, walks.begun)).toBe('not-approved');
  });

  it('runs out of attempts into a question, and Go on keeps no approval', () => {
    let migration = asked();
    for (let attempt = 1; attempt <= policy.cutover.attempts; attempt += 1) {
      expect(migration.state.phase).toBe('following');
      if (attempt > 1) migration = go(migration, walks.verified);
      migration = go(migration, approvedBy(BEN), approvedBy(EVA), walks.begun, walks.undoing, walks.undone);
    }
    expect(migration.state).toMatchObject({ phase: 'needs-human', from: { phase: 'following' } });
    const on = take(migration, recheckBy(OPS)(migration));
    expect(on.migration.state).toMatchObject({ phase: 'following', approvals: [], cutoverAt: null });
    expect(on.migration.cutoverAttempts).toBe(0);
    expect(answerTo(on.migration, walks.begun)).toBe('not-approved');
  });
});

describe('I4 a question spends the approvals', () => {
  it('recheck keeps none, nor the comparison that they stood on', () => {
    const before = approved();
    const stopped = go(before, walks.stuck);
    expect(answerTo(stopped, walks.begun)).toBe('not-now');
    expect(answerTo(stopped, approvedBy(BEN)(before))).toBe('not-now');
    const on = go(stopped, recheckBy(OPS));
    expect(on.state).toMatchObject({ phase: 'following', approvals: [], verification: null, askedAt: null });
    const again = go(on, walks.verified);
    expect(answerTo(again, approvedBy(BEN)(before))).toBe('stale');
    expect(answerTo(again, walks.begun)).toBe('not-approved');
  });
});
