// I2 What a revert keeps is said only as far as the old server's own counter proves it, and in time for the click.

import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/migration/events.ts';
import type { Migration } from '../../src/migration/migration.ts';
import type { Plan } from '../../src/migration/plan.ts';
import {
  isNewlyUnapplied,
  NOT_COUNTED,
  unappliedAtFirst,
  unappliedNow,
  unappliedSoFar,
} from '../../src/migration/unapplied.ts';
import { keptByRevert, lossInDialog } from '../../src/migration/way-back-words.ts';
import * as walks from '../support/walk.ts';
import { EVA, walk } from '../support/walk.ts';
import { look } from './looks.ts';
import { answerTo, go, revertBy } from './taking.ts';

const NONE = { times: 0, counted: true, since: null };
const T = 1_772_000_000_000;

function watching(): Migration {
  return walk(walks.fresh(), ...walks.toWatching);
}

function planOf({ state }: Migration): Plan {
  if (!('plan' in state)) throw new Error('There is no plan in this phase.');
  return state.plan;
}

function seen(refusedOfStream: number | null, runId: string) {
  return look(0, 'online', { source: { refusedOfStream, runId } }).source;
}

/** The plan for other versions, surveyed when the counter stood at `refusedBefore`. */
function planFor(from: string, to: string, refusedBefore: number | null = 0): Plan {
  const plan = planOf(watching());
  const pairs = plan.pairs.map((pair) => ({
    ...pair,
    source: { ...pair.source, version: from },
    target: { ...pair.target, version: to },
    refusedBefore,
  }));
  return { ...plan, pairs };
}

describe('the counter', () => {
  const identities = (plan: Plan) => plan.pairs.map(({ source, target }) => ({ source, target }));
  const now = (plan: Plan, refusedOfStream: number | null, runId = plan.pairs[0]?.source.runId ?? '') =>
    unappliedNow(plan, identities(plan), [seen(refusedOfStream, runId)]);

  it.each([
    ['7.0.15', 0, true],
    ['6.2.16', 5, true],
    ['6.0.16', 0, false],
    ['7.0.15', null, false],
  ])('of %s at %s proves at the promotion that nothing was refused: %s', (from, before, counted) => {
    expect(unappliedAtFirst(planFor(from, '8.0.2', before))).toEqual({ times: 0, counted, since: null });
  });

  it('counts from the survey on', () => {
    expect(now(planFor('7.0.15', '8.0.2', 5), 5)).toEqual({ times: 0, counted: true });
    expect(now(planFor('7.0.15', '8.0.2', 5), 8)).toEqual({ times: 3, counted: true });
  });

  it('I10 of 6.0 tells of refusals, and its 0 proves nothing', () => {
    expect(now(planFor('6.0.16', '8.0.2'), 0)).toEqual({ times: 0, counted: false });
    expect(now(planFor('6.0.16', '8.0.2'), 2)).toEqual({ times: 2, counted: false });
  });

  it('I10 that was reset, by hand or by a restart, proves nothing any more', () => {
    expect(now(planFor('7.0.15', '8.0.2', 5), 1)).toEqual({ times: 1, counted: false });
    expect(now(planFor('7.0.15', '8.0.2'), 0, 'another run')).toEqual({ times: 0, counted: false });
    expect(now(planFor('7.0.15', '8.0.2'), null)).toEqual({ times: 0, counted: false });
  });

  it('of a run that was accepted since the survey began at 0', () => {
    const plan = planFor('7.0.15', '8.0.2', 5);
    const accepted = identities(plan).map((pair) => ({ ...pair, source: { ...pair.source, runId: 'new' } }));
    expect(unappliedNow(plan, accepted, [seen(0, 'new')])).toEqual({ times: 0, counted: true });
  });

  it('I10 that was not read says nothing', () => {
    const plan = planFor('7.0.15', '8.0.2');
    expect(unappliedNow(plan, identities(plan), [null])).toBeNull();
  });

  it('never forgets what was refused', () => {
    const three = unappliedSoFar(NONE, { times: 3, counted: true }, T);
    expect(three).toEqual({ times: 3, counted: true, since: T });
    expect(unappliedSoFar(three, { times: 0, counted: false }, T + 1)).toEqual({
      times: 3,
      counted: false,
      since: T,
    });
  });

  it('is news the first time, when it doubles, and when it cannot be relied on', () => {
    const three = { times: 3, counted: true, since: T };
    expect(isNewlyUnapplied(NONE, { times: 0, counted: true })).toBe(false);
    expect(isNewlyUnapplied(NONE, { times: 1, counted: true })).toBe(true);
    expect(isNewlyUnapplied(three, { times: 5, counted: true })).toBe(false);
    expect(isNewlyUnapplied(three, { times: 6, counted: true })).toBe(true);
    expect(isNewlyUnapplied(NONE, { times: 0, counted: false })).toBe(true);
    expect(isNewlyUnapplied(NOT_COUNTED, { times: 0, counted: false })).toBe(false);
  });
});

describe('the words', () => {
  const both = (plan: Plan, unapplied = unappliedAtFirst(plan)) =>
    [keptByRevert(plan, unapplied, 'carts-old'), lossInDialog(plan, unapplied, 'carts-old')] as const;

  it('say that all is kept where it is proven, or where there is nothing to lose', () => {
    for (const plan of [planFor('7.0.15', '8.0.2'), planFor('7.2.6', '7.2.6', null)]) {
      expect(both(plan)).toEqual(['would keep every write', 'Nothing is lost while the way back is open.']);
    }
  });

  it('I2 never say so where nothing counts and the new server knows more', () => {
    expect(both(planFor('7.0.15', '8.0.2', null))).toEqual([
      'would keep every write that carts-old understands (not HEXPIRE, HPEXPIRE, HEXPIREAT and 6 more)',
      'Kept is every write that carts-old understands; lost what clients wrote by HEXPIRE, HPEXPIRE, HEXPIREAT and 6 more.',
    ]);
    for (const words of both(planFor('6.0.16', '8.0.2'))) {
      expect(words).toMatch(/SETEX, SET with an expiry and XREADGROUP.*LMOVE, COPY/);
      expect(words).not.toMatch(/every write that|Nothing is lost|every write$/);
    }
  });

  it('I2 name what was refused, on every version', () => {
    for (const version of ['6.0.16', '7.0.15']) {
      const [kept, dialog] = both(planFor(version, '8.0.2'), { times: 1_204, counted: true, since: T });
      expect(kept).toBe(
        `would lose what clients wrote by commands that carts-old refused: at least 1,204 times since @[${T}]`,
      );
      expect(dialog).toBe(
        'Lost: what clients wrote by commands that carts-old refused, at least 1,204 times.',
      );
    }
  });
});

describe('watching', () => {
  const refused: Event = { kind: 'stream-refused', times: 3, counted: true };

  it('I2 I4 a button that promised more is stale, and one that names the loss works', () => {
    const before = watching();
    const after = go(before, refused);
    expect(after.state).toMatchObject({ phase: 'watching', unapplied: { times: 3, counted: true } });
    expect(answerTo(after, revertBy(EVA)(before))).toBe('stale');
    expect(answerTo(after, revertBy(EVA)(after))).toBe('taken');
  });

  it('I2 a click of before does not count for what was refused since', () => {
    const wanted = go(watching(), revertBy(EVA)(watching()));
    const after = go(wanted, refused);
    expect(after.state).toMatchObject({ phase: 'watching', revertBy: null });
    expect(answerTo(after, walks.begun)).toBe('not-now');
  });

  it('I2 a click that knew of it holds, also when more is refused', () => {
    const after = go(watching(), refused);
    const wanted = go(after, revertBy(EVA)(after));
    const more = go(wanted, { kind: 'stream-refused', times: 6, counted: true });
    expect(more.state).toMatchObject({ unapplied: { times: 6 } });
    expect(go(more, walks.begun).state).toMatchObject({ phase: 'reverting', unapplied: { times: 6 } });
  });

  it('I2 a revert that was undone still knows', () => {
    const after = go(watching(), refused);
    const undone = go(after, revertBy(EVA)(after), walks.begun, walks.undoing, walks.undone);
    expect(undone.state).toMatchObject({ phase: 'watching', unapplied: { times: 3 } });
    expect(undone.digest).toContain('loses');
  });

  it('a counter that cannot be relied on any more makes the button stale as well', () => {
    const before = watching();
    const after = go(before, { kind: 'stream-refused', times: 0, counted: false });
    expect(answerTo(after, revertBy(EVA)(before))).toBe('stale');
  });
});
