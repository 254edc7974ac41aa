// I4 nobody promotes by accident: what a cutover needs, and everything that takes it away again, visibly.

import { describe, expect, it } from 'vitest';
import type { Announcement, AnnouncementBody } from '../../src/migration/announcement.ts';
import type { Actor } from '../../src/migration/approval.ts';
import type { Event } from '../../src/migration/events.ts';
import { advance } from '../../src/migration/lifecycle.ts';
import type { Migration } from '../../src/migration/migration.ts';
import type { VerificationResult } from '../../src/migration/verification.ts';
import * as walks from '../support/walk.ts';
import { ANA, approvedBy, BEN, EVA, KIM, policy, T0, walk } from '../support/walk.ts';

const OPS: Actor = { user: 'U0OPS', groups: [] };
const NOW = T0 + 60_000;
const LIFETIME_MS = policy.approvalLifetimeMs;

type Told = { readonly migration: Migration; readonly say: readonly Announcement[] };

function take(migration: Migration, event: Event, now = NOW): Told {
  const advanced = advance(migration, event, now);
  if (advanced.kind === 'refused') throw new Error(`${event.kind}: ${advanced.refusal.message}`);
  return advanced;
}

/** Goes on through events that must all be taken. */
function go(from: Migration, ...events: (Event | ((migration: Migration) => Event))[]): Migration {
  return events.reduce(
    (migration, event) => take(migration, typeof event === 'function' ? event(migration) : event).migration,
    from,
  );
}

/** The code of the refusal, or `taken`. */
function answerTo(migration: Migration, event: Event, now = NOW): string {
  const advanced = advance(migration, event, now);
  return advanced.kind === 'refused' ? advanced.refusal.code : 'taken';
}

function bodies<K extends AnnouncementBody['kind']>(say: readonly Announcement[], kind: K) {
  return say.flatMap(({ body }) => (is(body, kind) ? [body] : []));
}

function is<K extends AnnouncementBody['kind']>(
  body: AnnouncementBody,
  kind: K,
): body is Extract<AnnouncementBody, { kind: K }> {
  return body.kind === kind;
}

function verified(result: VerificationResult, digest = 'stands-1'): Event {
  return { kind: 'verified', result, digest, lag: { bytes: 10, ms: 2 } };
}

const asked = () => walks.inPhase('following');
const approved = () => walk(walks.fresh(), ...walks.toApproved);

function approvalsOf(migration: Migration): readonly string[] {
  return migration.state.phase === 'following' ? migration.state.approvals.map(({ user }) => user) : [];
}

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

const differing = { ...walks.equal, differenceCount: 1 };
const unproven = { ...walks.equal, comparedKeys: 0 };

/** Everything that takes approvals away; `followsOn`: it is in following still. */
const WITHDRAWALS: readonly {
  readonly by: string;
  readonly event: (migration: Migration) => Event;
  readonly reason: RegExp;
  readonly person: string | null;
  readonly followsOn: boolean;
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
    event: () => ({ kind: 'policy-changed', policy: { ...policy, approvals: 1 } }),
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

describe.each(WITHDRAWALS)('I4 approvals withdrawn by $by', ({ event, reason, person, followsOn }) => {
  const before = approved();
  const { migration, say } = take(before, event(before));

  it('counts none of them any more', () => {
    expect(approvalsOf(migration)).toEqual([]);
    expect(answerTo(migration, walks.begun)).not.toBe('taken');
  });

  it('makes the old buttons stale, also once people are asked anew', () => {
    expect(migration.round).toBe(before.round + 1);
    expect(answerTo(migration, approvedBy(BEN)(before))).not.toBe('taken');
    if (!followsOn) return;
    const again = take(migration, walks.verified).migration;
    expect(answerTo(again, approvedBy(BEN)(before))).toBe('stale');
    expect(answerTo(again, { kind: 'held', by: OPS, ...walks.carried(before) })).toBe('stale');
    expect(answerTo(again, walks.begun)).toBe('not-approved');
  });

  it('tells the thread, and closes the message that people pressed', () => {
    const [told] = bodies(say, 'approval-withdrawn');
    expect(told?.reason).toMatch(reason);
    expect(told?.by).toBe(person);
    const closed = say.find(({ key }) => key === `approval:${before.round}`);
    expect(closed?.body).toMatchObject({ kind: 'approval', approval: { state: 'withdrawn' } });
  });

  it('needs every approval anew', () => {
    if (!followsOn) return;
    const again = take(migration, walks.verified).migration;
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
    const on = take(migration, { kind: 'answered', by: OPS, answer: 'recheck', ...walks.carried(migration) });
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
    const on = go(stopped, (m) => ({ kind: 'answered', by: OPS, answer: 'recheck', ...walks.carried(m) }));
    expect(on.state).toMatchObject({ phase: 'following', approvals: [], verification: null, askedAt: null });
    const again = go(on, walks.verified);
    expect(answerTo(again, approvedBy(BEN)(before))).toBe('stale');
    expect(answerTo(again, walks.begun)).toBe('not-approved');
  });
});

describe('I1 the point of no return', () => {
  const promoting = go(approved(), walks.begun, walks.demoting, walks.promoting);

  it('is not passed before every final offset is known (I2)', () => {
    const demoting = go(approved(), walks.begun, walks.demoting);
    const unknown: Event = { kind: 'promoting', offsets: [{ fenced: 500, final: null }] };
    expect(answerTo(demoting, unknown)).toBe('not-now');
    expect(answerTo(go(approved(), walks.begun), walks.promoting)).toBe('not-now');
  });

  it('nothing undoes behind it, nor after a question', () => {
    expect(answerTo(promoting, walks.undoing)).toBe('not-now');
    expect(answerTo(promoting, walks.undone)).toBe('not-now');
    expect(answerTo(promoting, { kind: 'abort-requested', by: ANA })).toBe('not-now');
    const stopped = go(promoting, walks.stuck);
    expect(answerTo(stopped, { kind: 'abort-requested', by: ANA })).toBe('not-now');
    const on = go(stopped, (m) => ({ kind: 'answered', by: OPS, answer: 'recheck', ...walks.carried(m) }));
    expect(on.state).toMatchObject({ phase: 'cutting-over', cutover: { step: 'promoting' } });
    expect(answerTo(on, walks.undoing)).toBe('not-now');
  });

  it('an undo that began is not turned into a promotion', () => {
    const undoing = go(approved(), walks.begun, walks.demoting, walks.undoing);
    expect(answerTo(undoing, walks.promoting)).toBe('not-now');
    expect(answerTo(undoing, walks.promoted)).toBe('not-now');
  });
});

describe('I4 Revert', () => {
  const watching = () => walks.inPhase('watching');
  const revert = (by: Actor, from: Migration): Event => ({
    kind: 'revert-requested',
    by,
    ...walks.carried(from),
  });

  it('takes one approver, and begins only when one asked', () => {
    expect(answerTo(watching(), revert(ANA, watching()))).toBe('not-allowed');
    expect(answerTo(watching(), revert(OPS, watching()))).toBe('not-allowed');
    expect(answerTo(watching(), walks.begun)).toBe('not-now');
    expect(go(watching(), revert(EVA, watching()), walks.begun).state.phase).toBe('reverting');
  });

  it('I2 is not offered once the way back is closed, and the old button is stale when it opens again', () => {
    const before = watching();
    const closed = go(before, { kind: 'way-back-changed', wayBack: { state: 'closed', why: 'it broke' } });
    expect(answerTo(closed, revert(EVA, closed))).toBe('way-back-closed');
    const open = go(closed, { kind: 'way-back-changed', wayBack: { state: 'open', lagBytes: 0 } });
    expect(answerTo(open, revert(EVA, before))).toBe('stale');
    expect(answerTo(open, revert(EVA, open))).toBe('taken');
  });

  it('I2 does not begin when the way back closed after the click', () => {
    const wanted = go(watching(), revert(EVA, watching()));
    const closed = go(wanted, { kind: 'way-back-changed', wayBack: { state: 'closed', why: 'it broke' } });
    expect(answerTo(closed, walks.begun)).toBe('not-now');
  });

  it('that cannot begin is dropped and has to be asked for anew', () => {
    const before = watching();
    const wanted = go(before, revert(EVA, before));
    const dropped = go(wanted, { kind: 'gate-held', reason: 'the lag could not be measured' });
    expect(answerTo(dropped, walks.begun)).toBe('not-now');
    expect(answerTo(dropped, revert(EVA, before))).toBe('stale');
  });
});
