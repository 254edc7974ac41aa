// I1 the point of no return, forward; and the way back, which one approver may take while it is open (I2).

import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/migration/events.ts';
import { writesGoTo } from '../../src/migration/questions.ts';
import * as walks from '../support/walk.ts';
import { ANA, EVA, walk } from '../support/walk.ts';
import { answerTo, go, OPS, recheckBy, revertBy } from './taking.ts';

const approved = () => walk(walks.fresh(), ...walks.toApproved);

describe('I1 the point of no return', () => {
  const promoting = go(approved(), walks.begun, walks.demoting, walks.promoting);

  it('is not passed before every final offset is known (I2)', () => {
    const demoting = go(approved(), walks.begun, walks.demoting);
    const unknown: Event = { kind: 'promoting', offsets: [{ fenced: 500, final: null, markerSeen: false }] };
    expect(answerTo(demoting, unknown)).toBe('not-now');
    expect(answerTo(demoting, { kind: 'promoting', offsets: [] })).toBe('not-now');
    expect(answerTo(go(approved(), walks.begun), walks.promoting)).toBe('not-now');
  });

  it('is not passed by a marker where the old side is demoted first (I2)', () => {
    const demoting = go(approved(), walks.begun, walks.demoting);
    expect(answerTo(demoting, walks.promotingByMarker)).toBe('not-now');
  });

  it('nothing undoes behind it, nor after a question', () => {
    expect(answerTo(promoting, walks.undoing)).toBe('not-now');
    expect(answerTo(promoting, walks.undone)).toBe('not-now');
    expect(answerTo(promoting, { kind: 'abort-requested', by: ANA })).toBe('not-now');
    const stopped = go(promoting, walks.stuck);
    expect(answerTo(stopped, { kind: 'abort-requested', by: ANA })).toBe('not-now');
    const on = go(stopped, recheckBy(OPS));
    expect(on.state).toMatchObject({ phase: 'cutting-over', cutover: { step: 'promoting' } });
    expect(answerTo(on, walks.undoing)).toBe('not-now');
  });

  it('an undo that began is not turned into a promotion', () => {
    const undoing = go(approved(), walks.begun, walks.demoting, walks.undoing);
    expect(answerTo(undoing, walks.promoting)).toBe('not-now');
    expect(answerTo(undoing, walks.promoted)).toBe('not-now');
  });
});

describe('I1 the point of no return where the old side cannot follow', () => {
  const fencing = go(approved(), walks.begunPromoteFirst);

  it.each([
    ['the marker', walks.promotingByMarker],
    ['the fenced offset', walks.promoting],
  ])('is passed from the fence, once the new side has %s (I2)', (_, event) => {
    expect(go(fencing, event).state).toMatchObject({ cutover: { step: 'promoting' } });
  });

  it('is not passed without either, nor for fewer pairs than there are (I2)', () => {
    const unproven = [{ fenced: 500, final: null, markerSeen: false }];
    expect(answerTo(fencing, { kind: 'promoting', offsets: unproven })).toBe('not-now');
    expect(answerTo(fencing, { kind: 'promoting', offsets: [] })).toBe('not-now');
  });

  it('nobody is demoted before it', () => {
    expect(answerTo(fencing, walks.demoting)).toBe('not-now');
  });

  it('nothing undoes behind it, and an undo that began is not turned into a promotion', () => {
    const promoting = go(fencing, walks.promotingByMarker);
    expect(answerTo(promoting, walks.undoing)).toBe('not-now');
    expect(answerTo(promoting, walks.undone)).toBe('not-now');
    expect(answerTo(go(fencing, walks.undoing), walks.promotingByMarker)).toBe('not-now');
  });

  it('its hold is recorded before it is set (I3), forward and back', () => {
    const { order, holds } = walks.begunPromoteFirst;
    expect(fencing.state).toMatchObject({ cutover: { direction: 'forward', order, holds } });
    const reverting = go(walks.inPhase('watching'), revertBy(EVA), walks.begunPromoteFirst);
    expect(reverting.state).toMatchObject({ cutover: { direction: 'back', order, holds } });
    expect(go(reverting, walks.promotingByMarker).state).toMatchObject({ cutover: { step: 'promoting' } });
  });

  it('does not begin with a fence that ends by itself, or without one for each pair', () => {
    expect(answerTo(approved(), { ...walks.begunPromoteFirst, holds: [{ kind: 'pause' }] })).toBe('no-hold');
    expect(answerTo(approved(), { ...walks.begun, holds: [] })).toBe('no-hold');
    const wanted = go(walks.inPhase('watching'), revertBy(EVA));
    expect(answerTo(wanted, { ...walks.begun, holds: [] })).toBe('no-hold');
  });
});

describe('who takes the writes', () => {
  const reverting = walks.inPhase('reverting');
  const back = go(reverting, walks.demoting, walks.promoting, walks.promotedBack);

  it('is the source once the revert is promoted, also under a question', () => {
    expect(writesGoTo(back.state)).toBe('source');
    expect(writesGoTo(go(back, walks.stuck).state)).toBe('source');
  });

  it('is not known under a question that interrupts a cutover', () => {
    expect(writesGoTo(reverting.state)).toBe('nobody');
    expect(writesGoTo(go(reverting, walks.stuck).state)).toBe('unknown');
    expect(writesGoTo(go(walks.inPhase('cutting-over'), walks.stuck).state)).toBe('unknown');
  });
});

describe('I4 Revert', () => {
  const watching = () => walks.inPhase('watching');
  it('takes one approver, and begins only when one asked', () => {
    expect(answerTo(watching(), revertBy(ANA)(watching()))).toBe('not-allowed');
    expect(answerTo(watching(), revertBy(OPS)(watching()))).toBe('not-allowed');
    expect(answerTo(watching(), walks.begun)).toBe('not-now');
    expect(go(watching(), revertBy(EVA)(watching()), walks.begun).state.phase).toBe('reverting');
  });

  it('I2 is not offered once the way back is closed, and the old button is stale when it opens again', () => {
    const before = watching();
    const closed = go(before, { kind: 'way-back-changed', wayBack: { state: 'closed', why: 'it broke' } });
    expect(answerTo(closed, revertBy(EVA)(closed))).toBe('way-back-closed');
    const open = go(closed, { kind: 'way-back-changed', wayBack: { state: 'open', lagBytes: 0 } });
    expect(answerTo(open, revertBy(EVA)(before))).toBe('stale');
    expect(answerTo(open, revertBy(EVA)(open))).toBe('taken');
  });

  it('I2 does not begin when the way back closed after the click', () => {
    const wanted = go(watching(), revertBy(EVA)(watching()));
    const closed = go(wanted, { kind: 'way-back-changed', wayBack: { state: 'closed', why: 'it broke' } });
    expect(answerTo(closed, walks.begun)).toBe('not-now');
  });

  it('is not overtaken by the end of the window', () => {
    const policy = { ...walks.policy, watch: { forMs: 1_000, atEnd: 'complete' } } as const;
    const watching = walk(walks.fresh({ policy }), ...walks.toWatching);
    expect(answerTo(go(watching, revertBy(EVA)), { kind: 'window-ended' })).toBe('not-now');
    expect(answerTo(watching, { kind: 'window-ended' })).toBe('taken');
  });

  it('does not begin while it is being completed', () => {
    const wanted = go(watching(), revertBy(EVA));
    if (wanted.state.phase !== 'watching') throw new Error(wanted.state.phase);
    const closing = { ...wanted, state: { ...wanted.state, closing: { by: EVA.user, at: 1 } } };
    expect(answerTo(closing, walks.begun)).toBe('not-now');
  });

  it('that cannot begin is dropped and has to be asked for anew', () => {
    const before = watching();
    const wanted = go(before, revertBy(EVA)(before));
    const dropped = go(wanted, { kind: 'gate-held', reason: 'the lag could not be measured' });
    expect(answerTo(dropped, walks.begun)).toBe('not-now');
    expect(answerTo(dropped, revertBy(EVA)(before))).toBe('stale');
  });
});
