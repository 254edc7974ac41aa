// A transfer that begins anew, a target that was set aside, a relay that moved: what the record keeps and what is said.

import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/migration/events.ts';
import type { Migration, PairSync } from '../../src/migration/migration.ts';
import { MAX_RESTARTS } from '../../src/migration/progress.ts';
import { whyWaiting } from '../../src/migration/why.ts';
import * as walks from '../support/walk.ts';
import { walk } from '../support/walk.ts';
import { answerTo, approvedBy, bodies, go, NOW, OPS, recheckBy, take } from './taking.ts';

const unpointed = () => walk(walks.fresh(), walks.surveyed, walks.started, walks.syncStarted);
const pointed = () => walks.inPhase('syncing');

const restarted: Event = {
  kind: 'transfer-restarted',
  pair: 0,
  cause: 'the output buffer of carts-old was full',
  remedy: 'Raise its limit.',
};
const setAside: Event = { kind: 'target-set-aside', pair: 0 };

function relayAt(port: number): Event {
  return { kind: 'relay-opened', pair: 0, address: { host: '10.0.0.9', port } };
}

function progressOf(migration: Migration): PairSync | undefined {
  return migration.state.phase === 'syncing' ? migration.state.progress[0] : undefined;
}

describe('a transfer that begins anew by itself', () => {
  it('is counted and said, with its cause, its remedy and how often yet', () => {
    const { migration, say } = take(go(pointed(), restarted), restarted);
    expect(progressOf(migration)?.restarts).toBe(2);
    expect(bodies(say, 'transfer-restarted')).toEqual([{ ...restarted, restarts: 2, limit: MAX_RESTARTS }]);
  });

  it('is part of the answer to why', () => {
    const before = whyWaiting(pointed(), null, NOW);
    expect(before).not.toContain('began anew');
    expect(whyWaiting(go(pointed(), restarted), null, NOW)).toContain(
      'The transfer began anew once of 3, after which Ferry sets carts-new aside and asks.',
    );
  });

  it('is not one before the target was pointed', () => {
    expect(answerTo(unpointed(), restarted)).toBe('not-now');
    expect(answerTo(pointed(), { ...restarted, pair: 1 })).toBe('not-now');
  });

  it('is counted from 0 when the target is pointed anew', () => {
    expect(progressOf(go(pointed(), restarted, walks.pointing))?.restarts).toBe(0);
    expect(progressOf(go(pointed(), restarted, walks.online))?.restarts).toBe(1);
  });
});

describe('a target that was set aside', () => {
  const aside = go(pointed(), restarted, restarted, restarted, setAside);

  it('cannot catch up, and its transfer cannot begin anew', () => {
    expect(progressOf(aside)?.pointed).toBe('aside');
    expect(answerTo(aside, walks.caughtUp)).toBe('not-now');
    expect(answerTo(aside, restarted)).toBe('not-now');
  });

  it('is pointed anew only once a person said so', () => {
    const asked = go(aside, walks.stuck);
    expect(asked.state).toMatchObject({ phase: 'needs-human', from: { progress: [{ pointed: 'aside' }] } });
    expect(progressOf(go(asked, recheckBy(OPS)))).toMatchObject({
      pointed: 'moved',
      stage: 'connecting',
      restarts: 0,
    });
  });
});

describe('a relay', () => {
  it('is recorded where it was opened, and moves nothing of a target that was not pointed', () => {
    const { migration, say } = take(unpointed(), relayAt(40_001));
    expect(migration.relays).toEqual([{ host: '10.0.0.9', port: 40_001 }]);
    expect(progressOf(migration)?.pointed).toBe('no');
    expect(say).toEqual([]);
  });

  it('that moved has the target pointed anew, and says that the transfer begins again', () => {
    const synced = walk(
      unpointed(),
      relayAt(40_001),
      walks.pointing,
      { kind: 'stage-changed', pair: 0, stage: 'loading' },
      restarted,
    );
    const { migration, say } = take(synced, relayAt(40_002));
    expect(progressOf(migration)).toMatchObject({ pointed: 'moved', stage: 'connecting' });
    expect(bodies(say, 'fell-behind')).toHaveLength(1);
    expect(answerTo(migration, walks.caughtUp)).toBe('not-now');
  });

  it('I4 that moved while people decide withdraws what they approved', () => {
    const { relays } = go(unpointed(), relayAt(40_001));
    const asked = { ...walks.inPhase('following'), relays };
    const once = go(asked, approvedBy(walks.BEN));
    const { migration, say } = take(once, relayAt(40_002));
    expect(migration.state).toMatchObject({
      phase: 'syncing',
      lostLinkAt: NOW,
      progress: [{ pointed: 'moved', stage: 'connecting', restarts: 0 }],
    });
    expect(migration.round).toBe(once.round + 1);
    expect(bodies(say, 'approval-withdrawn')).toHaveLength(1);
    expect(answerTo(migration, approvedBy(walks.EVA)(once))).toBe('not-now');
  });

  it('of no pair of this migration is refused', () => {
    const stray: Event = { kind: 'relay-opened', pair: 1, address: null };
    expect(answerTo(pointed(), stray)).toBe('not-now');
    expect(answerTo(walks.inPhase('following'), stray)).toBe('not-now');
  });
});
