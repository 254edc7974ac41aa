// People gave the writes to the old side by hand: Ferry stands down, and an approver may end it there. The record
// says so, and that nothing was proven.

import { describe, expect, it } from 'vitest';
import type { Actor } from '../../src/migration/approval.ts';
import type { Event } from '../../src/migration/events.ts';
import type { AnswerId, Migration } from '../../src/migration/migration.ts';
import { oldTakesWrites } from '../../src/migration/phases/by-hand.ts';
import { usualAnswers } from '../../src/migration/phases/needs-human.ts';
import { writesGoTo } from '../../src/migration/questions.ts';
import { standingHold } from '../../src/migration/standing-hold.ts';
import * as walks from '../support/walk.ts';
import { BEN } from '../support/walk.ts';
import { answerTo, bodies, completeBy, go, OPS, revertBy, take } from './taking.ts';

const asked = (migration: Migration): Event => ({
  kind: 'stuck',
  question: 'Who takes the writes?',
  facts: [],
  answers: [...usualAnswers(migration.state), oldTakesWrites(migration)],
});
const answered =
  (answer: AnswerId, by: Actor = BEN) =>
  (migration: Migration): Event => ({ kind: 'answered', by, answer, ...walks.carried(migration) });

const watching = walks.inPhase('watching');
const promoting = go(walks.inPhase('cutting-over'), walks.demoting, walks.promoting);
const reverting = go(walks.inPhase('reverting'), walks.demoting, walks.promoting);
const reverted = go(reverting, walks.promotedBack);

describe('the answer that the old side takes the writes', () => {
  it.each([
    ['watching', watching, 'source'],
    ['closing', go(watching, completeBy(BEN)), 'source'],
    ['past the point of no return', promoting, 'source'],
    ['reverting past its own', reverting, 'target'],
    ['closing a revert', reverted, 'target'],
  ] as const)('while %s ends it there', (_, migration, side) => {
    const ending = go(go(migration, asked), answered('old'));
    expect(ending.state.phase).toBe(migration.state.phase);
    expect(writesGoTo(ending.state)).toBe(side);
    const { migration: over, say } = take(ending, { kind: 'closed', leftToDo: ['Look at it.'] });
    expect(over.state).toMatchObject(
      side === 'source'
        ? { phase: 'reverted', by: BEN.user, back: null, leftToDo: ['Look at it.'] }
        : { phase: 'completed', by: BEN.user, byHand: true, leftToDo: ['Look at it.'] },
    );
    expect(writesGoTo(over.state)).toBe(side);
    expect(bodies(say, 'report')).toHaveLength(1);
    expect(standingHold(over.state, 0, side)).toBeNull();
  });

  it('names the side that gave its writes away', () => {
    expect(oldTakesWrites(watching).label).toBe('carts-old takes the writes: end here');
    expect(oldTakesWrites(reverted).label).toBe('carts-new takes the writes: end here');
  });

  it('needs an approver, as everything that ends what was promoted', () => {
    const question = go(go(watching, completeBy(BEN)), asked);
    expect(answerTo(question, answered('old', OPS)(question))).toBe('not-allowed');
    expect(answerTo(question, answered('finish', OPS)(question))).toBe('not-allowed');
    expect(answerTo(question, answered('recheck', OPS)(question))).toBe('taken');
  });

  it('leads nowhere before the promotion was decided', () => {
    const fenced = go(walks.inPhase('cutting-over'), asked);
    expect(answerTo(fenced, answered('old')(fenced))).toBe('not-now');
  });

  it('is taken back by a question, and lets nobody revert or complete meanwhile', () => {
    const ending = go(go(watching, asked), answered('old'));
    expect(answerTo(ending, revertBy(BEN)(ending))).toBe('decided');
    expect(answerTo(ending, completeBy(BEN)(ending))).toBe('decided');
    expect(answerTo(ending, { kind: 'window-ended' })).toBe('not-now');
    expect(go(ending, asked).state).toMatchObject({ from: { phase: 'watching', byHand: null } });
  });
});

describe('a source that Ferry leaves alone', () => {
  const down: Event = { kind: 'stood-down', pair: 0, isDown: true };

  it('is remembered while a question waits, and forgotten when it is a replica again', () => {
    const question = go(go(watching, asked), down);
    expect(question.state).toMatchObject({ from: { stoodDown: [0] } });
    const again = go(question, answered('recheck'));
    expect(again.state).toMatchObject({ phase: 'watching', stoodDown: [0] });
    expect(go(again, { ...down, isDown: false }).state).toMatchObject({ stoodDown: [] });
  });

  it('is not closed over by looking again, but by a person who says so', () => {
    const closing = go(go(watching, completeBy(BEN)), down);
    expect(go(go(closing, asked), answered('recheck')).state).toMatchObject({ closing: null });
    const finish = { id: 'finish', label: 'Close it', effect: 'Parks it.' } as const;
    const offered = go(go(watching, down), {
      ...(asked(watching) as Event & { kind: 'stuck' }),
      answers: [finish],
    });
    expect(go(offered, answered('finish')).state).toMatchObject({
      closing: { by: BEN.user },
      stoodDown: [],
    });
  });
});

describe('a target that was restarted', () => {
  const runId = 'd'.repeat(40);

  it('is who it is now, also while a question waits', () => {
    const event: Event = { kind: 'target-restarted', pair: 0, runId };
    expect(go(watching, event).state).toMatchObject({ identities: [{ target: { runId } }] });
    expect(go(go(watching, asked), event).state).toMatchObject({
      from: { identities: [{ target: { runId } }] },
    });
  });
});

it('what the switch hook did is told while a question waits as well', () => {
  const outcome = { hook: 'switch', ok: true, detail: 'exit 0', tookMs: 5 } as const;
  const { migration, say } = take(go(watching, asked), { kind: 'hook-ran', outcome });
  expect(migration.state).toMatchObject({ phase: 'needs-human', from: { switchHook: outcome } });
  expect(bodies(say, 'hook-ran')).toHaveLength(1);
});
