// I4 visibly: a question closes what was being asked, and what goes on after it asks in a new message.

import { describe, expect, it } from 'vitest';
import type { Announcement } from '../../src/migration/announcement.ts';
import type { Actor } from '../../src/migration/approval.ts';
import type { Event } from '../../src/migration/events.ts';
import type { AnswerId, Migration } from '../../src/migration/migration.ts';
import { usualAnswers } from '../../src/migration/phases/needs-human.ts';
import * as walks from '../support/walk.ts';
import { ANA, BEN } from '../support/walk.ts';
import { answerTo, approvedBy, bodies, completeBy, go, OPS, recheckBy, revertBy, take } from './taking.ts';

/** A question with the answers that fit the phase in which it is asked. */
function stuck({ state }: Migration): Event {
  return {
    kind: 'stuck',
    question: 'Which one?',
    facts: ['Both say primary.'],
    answers: usualAnswers(state),
  };
}

function answered(answer: AnswerId, by: Actor = OPS) {
  return (migration: Migration): Event => ({
    kind: 'answered',
    by,
    answer,
    ...walks.carried(migration),
  });
}

const keyed = (say: readonly Announcement[]) =>
  say.flatMap(({ key, body }) => (key !== null && 'open' in body ? [[key, body.open]] : []));

const asking = {
  planned: walks.inPhase('planned'),
  following: go(walks.inPhase('following'), approvedBy(BEN)),
  watching: walks.inPhase('watching'),
};

describe('I4 a question closes what was asked', () => {
  it('Start', () => {
    const { say } = take(asking.planned, stuck(asking.planned));
    expect(keyed(say)).toEqual([
      ['start:1', false],
      ['question:2', true],
    ]);
  });

  it('the approval, and tells that it is withdrawn', () => {
    const { say } = take(asking.following, stuck(asking.following));
    expect(say.map(({ key }) => key)).toEqual(['approval:1', null, 'question:2']);
    expect(bodies(say, 'approval')[0]?.approval.state).toBe('withdrawn');
    expect(bodies(say, 'approval-withdrawn')).toMatchObject([{ by: null, given: 1 }]);
  });

  it('Revert and Complete', () => {
    const { say } = take(asking.watching, stuck(asking.watching));
    const { round } = asking.watching;
    expect(keyed(say)).toEqual([
      [`watch:${round}`, false],
      [`question:${round + 1}`, true],
    ]);
  });

  it.each([
    ['Start was pressed', go(asking.planned, walks.started)],
    ['nothing was compared yet', go(walks.fresh(), ...walks.toFollowing)],
    ['Complete was pressed', go(asking.watching, completeBy(BEN))],
    ['Revert was pressed', go(asking.watching, revertBy(BEN))],
  ])('and nothing else once %s', (_, migration) => {
    const { say } = take(migration, stuck(migration));
    expect(say.map(({ body }) => body.kind)).toEqual(['needs-human']);
  });
});

describe('I4 an answer asks anew', () => {
  it('for Start, with a button that works and an old one that does not', () => {
    const stopped = go(asking.planned, stuck);
    const { migration, say } = take(stopped, recheckBy(OPS)(stopped));
    expect(keyed(say)).toEqual([
      ['question:2', false],
      ['start:3', true],
    ]);
    const [message] = bodies(say, 'start-asked');
    expect(message).toMatchObject(walks.carried(migration));
    expect(answerTo(migration, walks.started(asking.planned))).toBe('stale');
    expect(answerTo(migration, walks.started(migration))).toBe('taken');
  });

  it('for Revert or Complete', () => {
    const stopped = go(asking.watching, stuck);
    const { migration, say } = take(stopped, recheckBy(OPS)(stopped));
    expect(keyed(say).at(-1)).toEqual([`watch:${migration.round}`, true]);
    expect(answerTo(migration, revertBy(BEN)(migration))).toBe('taken');
  });

  it.each([
    ['Start was pressed', go(asking.planned, walks.started), 'recheck', OPS],
    ['Complete was pressed', go(asking.watching, completeBy(BEN)), 'recheck', OPS],
    ['it is finished as it is', go(asking.watching, completeBy(BEN)), 'finish', BEN],
    ['the approvals have to be earned anew', asking.following, 'recheck', OPS],
  ] as const)('for nothing when %s', (_, migration, answer, by) => {
    const { say } = take(go(migration, stuck), answered(answer, by)(go(migration, stuck)));
    expect(keyed(say).filter(([, open]) => open)).toEqual([]);
  });

  it('for nothing when Finish is what completes it', () => {
    const finish = { id: 'finish', label: 'Leave it aside', effect: 'Completes it.' } as const;
    const stopped = go(asking.watching, { ...stuckWith(asking.watching), answers: [finish] });
    const { migration, say } = take(stopped, answered('finish', BEN)(stopped));
    expect(migration.state).toMatchObject({ phase: 'watching', closing: { by: BEN.user } });
    expect(keyed(say).filter(([, open]) => open)).toEqual([]);
  });
});

function stuckWith(migration: Migration): Extract<Event, { kind: 'stuck' }> {
  return { kind: 'stuck', question: 'Which?', facts: [], answers: usualAnswers(migration.state) };
}

describe('a question in the survey', () => {
  const stopped = go(walks.fresh(), stuck);

  it('offers Abort, which ends it', () => {
    expect(usualAnswers(walks.fresh().state).map(({ id }) => id)).toEqual(['recheck', 'abort']);
    const { migration, say } = take(stopped, answered('abort')(stopped));
    expect(migration.state).toEqual({
      phase: 'aborted',
      by: OPS.user,
      from: 'surveying',
      targetKeys: null,
    });
    expect(bodies(say, 'aborted')).toHaveLength(1);
  });

  it('takes Abort by its requester, and goes on when it is looked at again', () => {
    expect(go(stopped, { kind: 'abort-requested', by: ANA }).state.phase).toBe('aborted');
    expect(go(stopped, answered('recheck')).state.phase).toBe('surveying');
  });
});

describe('start: auto', () => {
  const policy = { ...walks.policy, start: 'auto' } as const;
  const plan = { ...walks.plan, findings: [] };
  const surveyed: Event = { kind: 'surveyed', findings: [], plan };
  const first = go(walks.fresh({ policy }), surveyed);

  it('starts the first plan by itself', () => {
    expect(first.state).toMatchObject({ phase: 'planned', startedBy: 'ferry' });
  });

  it('asks for Start once a plan had gone stale, rather than start in a circle', () => {
    const stale = go(first, { kind: 'plan-stale', reason: 'a server was restarted' });
    const { migration, say } = take(stale, surveyed);
    expect(migration.state).toMatchObject({ phase: 'planned', startedBy: null });
    expect(keyed(say)).toEqual([[`start:${migration.round}`, true]]);
    expect(answerTo(migration, walks.started(migration))).toBe('taken');
  });
});
