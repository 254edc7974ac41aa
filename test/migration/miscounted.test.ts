// I2 I10: an attempt is undone while the new side does not answer. Behind a password it may have counted refusals as
// data, so nothing that it says counts before it has taken a new snapshot; a source on the way back is parked.

import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/migration/events.ts';
import type { Migration } from '../../src/migration/migration.ts';
import * as walks from '../support/walk.ts';
import { answerTo } from './taking.ts';

const ONE_ATTEMPT = { ...walks.policy, cutover: { ...walks.policy.cutover, attempts: 1 } };
const undone: Event = { kind: 'undone', pausedMs: 900, miscounted: [0] };
const behindPassword = [walks.begunPromoteFirst, walks.undoing, undone] as const;

function progressOf({ state }: Migration) {
  return state.phase === 'syncing' ? state.progress[0] : undefined;
}

describe('I2 I10 an attempt undone while the target does not answer', () => {
  const lost = walks.walk(walks.fresh(), ...walks.toApproved, ...behindPassword);

  it('leads back to syncing, with a target that is pointed anew', () => {
    expect(lost.state).toMatchObject({ phase: 'syncing', lostLinkAt: expect.any(Number) });
    expect(progressOf(lost)).toMatchObject({ pointed: 'anew', stage: 'connecting' });
  });

  it('it has not caught up before it was seen to be pointed, whatever its link says', () => {
    const { caughtUp, online } = walks;
    expect(answerTo(lost, caughtUp)).toBe('not-now');
    const again = walks.walk(lost, online, caughtUp);
    expect(again.state).toMatchObject({ phase: 'following', verification: null, approvals: [] });
  });

  it('a relay that is opened meanwhile does not make it forget', () => {
    const opened: Event = { kind: 'relay-opened', pair: 0, address: { host: '10.0.0.9', port: 7001 } };
    expect(progressOf(walks.walk(lost, opened))?.pointed).not.toBe('yes');
  });

  it('after the last attempt a person is asked, and going on points it anew', () => {
    const last = walks.walk(walks.fresh({ policy: ONE_ATTEMPT }), ...walks.toApproved, ...behindPassword);
    expect(last.state).toMatchObject({ phase: 'needs-human', from: { phase: 'syncing' } });
    const on = walks.walk(last, (m) => ({
      kind: 'answered',
      answer: 'recheck',
      by: walks.BEN,
      ...walks.carried(m),
    }));
    expect(progressOf(on)?.pointed).toBe('anew');
  });
});

describe('I2 I10 a revert undone while the source does not answer', () => {
  const lost = walks.walk(walks.inPhase('reverting'), walks.undoing, undone);

  it('closes the way back until the source is parked, and says so', () => {
    expect(lost.state).toMatchObject({
      phase: 'watching',
      miscounted: [0],
      wayBack: { state: 'closed', why: expect.stringContaining('carts-old') },
    });
  });

  it('no revert begins', () => {
    const asked: Event = { kind: 'revert-requested', by: walks.BEN, ...walks.carried(lost) };
    expect(answerTo(lost, asked)).toBe('way-back-closed');
  });
});
