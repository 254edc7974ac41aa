// What the thread is told, and when: numbers without gaps, one keyed message a decision, closed when it is over.

import { describe, expect, it } from 'vitest';
import type { Announcement, AnnouncementBody } from '../../src/migration/announcement.ts';
import type { Event } from '../../src/migration/events.ts';
import { advance } from '../../src/migration/lifecycle.ts';
import type { Migration } from '../../src/migration/migration.ts';
import * as walks from '../support/walk.ts';
import { ANA, BEN, EVA, policy } from '../support/walk.ts';
import {
  answerTo,
  approvedBy,
  bodies,
  completeBy,
  differing,
  go,
  NOW,
  OPS,
  recheckBy,
  revertBy,
  take,
  verified,
} from './taking.ts';

/** The kinds that one event says, in order. */
function said(migration: Migration, event: Event): readonly string[] {
  return take(migration, event).say.map(({ body }) => body.kind);
}

/** Everything said along a walk, in order. */
function thread(...events: readonly (Event | ((migration: Migration) => Event))[]): readonly Announcement[] {
  let migration = walks.fresh();
  return events.flatMap((event) => {
    const told = take(migration, typeof event === 'function' ? event(migration) : event);
    migration = told.migration;
    return told.say;
  });
}

describe('what is said at each event', () => {
  const cases: readonly [string, Migration, (migration: Migration) => Event, readonly string[]][] = [
    ['a survey', walks.fresh(), () => walks.surveyed, ['survey-done', 'start-asked']],
    [
      'a survey with a blocker',
      walks.fresh(),
      () => ({ kind: 'surveyed', findings: [], plan: null }),
      ['survey-done'],
    ],
    ['Start', walks.inPhase('planned'), walks.started, ['start-asked', 'started']],
    [
      'a plan that moved',
      walks.inPhase('planned'),
      () => ({ kind: 'plan-stale', reason: 'it moved' }),
      ['start-asked', 'start-refused'],
    ],
    ['pointing', go(walks.inPhase('planned'), walks.started, walks.syncStarted), () => walks.pointing, []],
    ['a stage', walks.inPhase('syncing'), () => walks.online, []],
    ['caught up', walks.inPhase('syncing'), () => walks.caughtUp, ['caught-up']],
    [
      'the first comparison',
      go(walks.fresh(), ...walks.toFollowing),
      () => walks.verified,
      ['verified', 'approval'],
    ],
    ['the same again', walks.inPhase('following'), () => walks.verified, ['approval']],
    [
      'a difference',
      walks.inPhase('following'),
      () => verified(differing),
      ['verified', 'approval', 'approval-withdrawn'],
    ],
    ['an approval', walks.inPhase('following'), approvedBy(BEN), ['approval']],
    [
      'a lost link',
      walks.inPhase('following'),
      () => ({ kind: 'fell-behind', reason: 'it broke', linkLost: true }),
      ['fell-behind', 'approval', 'approval-withdrawn'],
    ],
    ['a cutover', go(walks.fresh(), ...walks.toApproved), () => walks.begun, ['approval', 'cutting-over']],
    ['the steps under the fence', walks.inPhase('cutting-over'), () => walks.demoting, []],
    [
      'an undone cutover',
      go(walks.inPhase('cutting-over'), walks.undoing),
      () => walks.undone,
      ['cutover-undone'],
    ],
    [
      'the promotion',
      go(walks.inPhase('cutting-over'), walks.demoting, walks.promoting),
      () => walks.promoted,
      ['cut-over', 'watching'],
    ],
    [
      'the last old client',
      walks.inPhase('watching'),
      () => ({ kind: 'old-clients-gone' }),
      ['old-clients-gone'],
    ],
    ['the end of the window', walks.inPhase('watching'), () => ({ kind: 'window-ended' }), ['window-ended']],
    ['Revert', walks.inPhase('watching'), revertBy(BEN), ['watching', 'reverting']],
    ['Complete', walks.inPhase('watching'), completeBy(BEN), ['watching', 'completing']],
    [
      'everything put back',
      go(walks.inPhase('watching'), completeBy(BEN)),
      () => ({ kind: 'closed' }),
      ['settings-restored', 'report'],
    ],
    [
      'the revert done',
      go(walks.inPhase('reverting'), walks.demoting, walks.promoting),
      () => walks.promotedBack,
      ['reverted'],
    ],
    ['Abort', walks.inPhase('syncing'), () => ({ kind: 'abort-requested', by: ANA }), ['aborting']],
    ['the abort done', walks.inPhase('aborting'), () => ({ kind: 'aborted', targetKeys: 7 }), ['aborted']],
    ['a question', walks.inPhase('syncing'), () => walks.stuck, ['needs-human']],
    ['an answer', walks.inPhase('needs-human'), recheckBy(OPS), ['needs-human', 'answered']],
  ];

  it.each(cases)('%s', (_, migration, event, kinds) => {
    expect(said(migration, event(migration))).toEqual(kinds);
  });
});

describe('I7 numbers', () => {
  it('rise without gaps from #1 on, with the time and the weight of each', () => {
    const told = thread(...walks.toWatching, completeBy(BEN), { kind: 'closed' });
    expect(told.map(({ number }) => number)).toEqual(told.map((_, index) => index + 1));
    expect(new Set(told.map(({ at }) => at))).toEqual(new Set([NOW]));
    for (const { body, key, weight } of told) {
      expect(weight).toBe(key === null ? 'event' : 'decision');
      expect(key === null).toBe(!DECISIONS.includes(body.kind));
    }
  });

  it('are not used up by what is refused', () => {
    const migration = walks.inPhase('planned');
    expect(advance(migration, walks.begun, NOW).kind).toBe('refused');
    expect(take(migration, walks.started(migration)).say[0]?.number).toBe(migration.announced + 1);
  });
});

const DECISIONS: readonly AnnouncementBody['kind'][] = ['start-asked', 'approval', 'watching', 'needs-human'];

/** The last state of each keyed message: still asking, or not. */
function endStates(told: readonly Announcement[]): Readonly<Record<string, boolean>> {
  const last: Record<string, boolean> = {};
  for (const { key, body } of told) {
    if (key !== null) last[key] = asks(body);
  }
  return last;
}

function asks(body: AnnouncementBody): boolean {
  if (body.kind === 'approval') return ['open', 'counting-down'].includes(body.approval.state);
  return 'open' in body && body.open;
}

describe('messages that ask are keyed by what they ask and by round, and closed once decided', () => {
  const closed: Event = { kind: 'closed' };

  it('along the whole way, to Complete', () => {
    expect(endStates(thread(...walks.toWatching))).toEqual({
      'start:1': false,
      'approval:1': false,
      'watch:2': true,
    });
    const ends = endStates(thread(...walks.toWatching, completeBy(BEN), closed));
    expect(Object.values(ends)).toEqual([false, false, false]);
  });

  it('after a revert', () => {
    const ends = endStates(
      thread(
        ...walks.toWatching,
        revertBy(BEN),
        walks.begun,
        walks.demoting,
        walks.promoting,
        walks.promotedBack,
        closed,
      ),
    );
    expect(Object.values(ends)).toEqual([false, false, false]);
  });

  it('a revert that was undone asks in a new message', () => {
    const ends = endStates(
      thread(...walks.toWatching, revertBy(BEN), walks.begun, walks.undoing, walks.undone),
    );
    expect(ends).toEqual({ 'start:1': false, 'approval:1': false, 'watch:2': false, 'watch:3': true });
  });

  it('a way back that closes asks in a new message', () => {
    const closes: Event = { kind: 'way-back-changed', wayBack: { state: 'closed', why: 'it broke' } };
    const told = thread(...walks.toWatching, closes);
    expect(endStates(told)).toMatchObject({ 'watch:2': false, 'watch:3': true });
    expect(bodies(told, 'way-back-closed')).toEqual([{ kind: 'way-back-closed', why: 'it broke' }]);
    expect(bodies(told, 'watching').at(-1)?.wayBack.state).toBe('closed');
  });

  it('a plan that moved closes the question that it stood on', () => {
    const told = thread(walks.surveyed, { kind: 'plan-stale', reason: 'it moved' }, walks.surveyed);
    expect(endStates(told)).toEqual({ 'start:1': false, 'start:2': true });
  });

  it('Abort leaves nothing asking', () => {
    const abort: Event = { kind: 'abort-requested', by: ANA };
    expect(Object.values(endStates(thread(walks.surveyed, abort)))).toEqual([false]);
    expect(Object.values(endStates(thread(...walks.toApproved, abort)))).toEqual([false, false]);
  });

  it('an answer closes the question, another question is another message', () => {
    const told = thread(...walks.toFollowing, walks.stuck, recheckBy(OPS), walks.stuck);
    expect(endStates(told)).toEqual({ 'start:1': false, 'question:2': false, 'question:4': true });
  });
});

describe('the approval message', () => {
  const views = (...events: readonly (Event | ((migration: Migration) => Event))[]) =>
    bodies(thread(...walks.toFollowing, ...events), 'approval').map(({ approval }) => approval);

  it('says what it stands on', () => {
    expect(views(walks.verified)[0]).toEqual({
      state: 'open',
      round: 1,
      digest: 'stands-1',
      planDigest: 'plan-1',
      needed: 2,
      approvers: ['S0OWNERS'],
      not: ANA.user,
      approvals: [],
      expiresAt: null,
      cutoverAt: null,
      lag: { bytes: 10, ms: 2 },
      verification: walks.equal,
      predictedFenceMs: 20,
      latency: 'steady',
      wayBack: { possible: true, why: 'partial resync' },
    });
  });

  it('is edited as people approve, until the cutover', () => {
    const seen = views(walks.verified, approvedBy(BEN), approvedBy(EVA), walks.begun);
    expect(seen.map(({ state, approvals }) => [state, approvals.length])).toEqual([
      ['open', 0],
      ['open', 1],
      ['counting-down', 2],
      ['cutting-over', 2],
    ]);
    expect(seen[1]?.expiresAt).toBe(NOW + policy.approvalLifetimeMs);
    expect(seen[2]?.cutoverAt).toBe(NOW + policy.cutover.countdownMs);
  });

  it('carries the digest of its own comparison, which the button must carry', () => {
    const told = take(go(walks.fresh(), ...walks.toFollowing), verified(walks.equal, 'stands-9'));
    const [body] = bodies(told.say, 'approval');
    expect([body?.approval.round, body?.approval.digest]).toEqual([
      told.migration.round,
      told.migration.digest,
    ]);
  });
});

describe('what is not said twice', () => {
  it('that the target is behind, while nothing is asked and nothing compared', () => {
    const behind: Event = { kind: 'fell-behind', reason: 'carts-new is 4 MB behind', linkLost: false };
    const once = take(walks.inPhase('following'), behind);
    expect(bodies(once.say, 'fell-behind')).toHaveLength(1);
    expect(answerTo(once.migration, behind)).toBe('not-now');
    expect(answerTo(go(walks.fresh(), ...walks.toFollowing), behind)).toBe('not-now');
    expect(answerTo(once.migration, { ...behind, linkLost: true })).toBe('taken');
  });

  it('what holds a cutover: one message a round, edited in place', () => {
    const held = (reason: string): Event => ({ kind: 'gate-held', reason });
    const first = take(walks.inPhase('following'), held('the window is closed'));
    const second = take(first.migration, held('carts-new is behind'));
    expect([...first.say, ...second.say].map(({ key }) => key)).toEqual(['gate:1', 'gate:1']);
    const watching = go(walks.inPhase('watching'), revertBy(BEN));
    expect(take(watching, held('it is behind')).say[0]?.key).toBe(`gate:${watching.round}`);
  });

  it('a gate that holds for the same reason', () => {
    const held: Event = { kind: 'gate-held', reason: 'the window is closed' };
    const { migration, say } = take(walks.inPhase('following'), held);
    expect(say.map(({ body }) => body.kind)).toEqual(['gate-held']);
    expect(said(migration, held)).toEqual([]);
  });

  it('that the last old client is gone', () => {
    const gone = go(walks.inPhase('watching'), { kind: 'old-clients-gone' });
    expect(said(gone, { kind: 'old-clients-gone' })).toEqual([]);
  });

  it('a way back that is still closed, for whatever reason', () => {
    const broke: Event = { kind: 'way-back-changed', wayBack: { state: 'closed', why: 'it broke' } };
    const parked: Event = { kind: 'way-back-changed', wayBack: { state: 'closed', why: 'it is parked' } };
    expect(said(go(walks.inPhase('watching'), broke), parked)).toEqual([]);
  });
});

describe('I9 history', () => {
  it('does not repeat what a hook may carry in its address or its arguments', () => {
    const hook = { secretRef: 'env:S', timeoutMs: 1, mayVeto: true };
    const hooks = {
      beforeCutover: { ...hook, webhook: 'https://hooks.internal/T0P5ECRET', command: null },
      switch: { ...hook, webhook: null, command: ['/bin/switch', '--token=T0P5ECRET'] },
    };
    const changed = advance(walks.inPhase('following'), { kind: 'policy-changed', policy, hooks }, NOW);
    if (changed.kind === 'refused') throw new Error(changed.refusal.message);
    expect(changed.migration.hooks).toEqual(hooks);
    expect(JSON.stringify([changed.audit, changed.say])).not.toContain('T0P5ECRET');
    expect(changed.audit.event).toMatchObject({ hooks: { switch: { command: ['/bin/switch'] } } });
  });
});

describe('I13 an abort says what it waits for', () => {
  it('a load that cannot be called off', () => {
    const loading = go(walks.inPhase('syncing'), { kind: 'stage-changed', pair: 0, stage: 'loading' });
    const { say } = take(loading, { kind: 'abort-requested', by: ANA });
    expect(bodies(say, 'aborting')).toEqual([{ kind: 'aborting', by: ANA.user, waitsForLoad: true }]);
  });

  it('and what was put back, before it says that it is over (I12)', () => {
    const entry = {
      pair: 0,
      side: 'source',
      name: 'repl-backlog-size',
      was: { text: '1' },
      now: { text: '2' },
      state: 'intended',
    } as const;
    const aborting = go(walks.inPhase('aborting'), { kind: 'setting-intended', entry });
    expect(said(aborting, { kind: 'aborted', targetKeys: 7 })).toEqual(['settings-restored', 'aborted']);
  });
});
