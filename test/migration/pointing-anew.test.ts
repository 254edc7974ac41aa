// When a target is pointed anew: after a relay moved, and after it was set aside and somebody said "Try again".

import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/migration/events.ts';
import type { Migration, PairSync } from '../../src/migration/migration.ts';
import { MAX_RESTARTS } from '../../src/migration/progress.ts';
import * as walks from '../support/walk.ts';

const toSyncing = [walks.surveyed, walks.started, walks.syncStarted] as const;
const at = (port: number): Event => ({ kind: 'relay-opened', pair: 0, address: { host: '10.0.0.9', port } });
const restarted: Event = { kind: 'transfer-restarted', pair: 0, cause: null, remedy: null };
const aside: Event = { kind: 'target-set-aside', pair: 0 };
const tryAgain = (migration: Migration): Event => ({
  kind: 'answered',
  answer: 'recheck',
  by: walks.BEN,
  ...walks.carried(migration),
});

function progressOf({ state }: Migration): PairSync | undefined {
  return state.phase === 'syncing' ? state.progress[0] : undefined;
}

describe('a relay', () => {
  it('before the first pointing is only recorded', () => {
    const opened = walks.walk(walks.fresh(), ...toSyncing, at(7001));
    expect(progressOf(opened)?.pointed).toBe('no');
    expect(opened.relays).toEqual([{ host: '10.0.0.9', port: 7001 }]);
  });

  it('at another address: the target is pointed anew', () => {
    const moved = walks.walk(walks.fresh(), ...toSyncing, at(7001), walks.pointing, walks.online, at(7002));
    expect(progressOf(moved)).toMatchObject({ pointed: 'moved', stage: 'connecting' });
  });

  it('at the same address: the target finds it by itself', () => {
    const same = walks.walk(walks.fresh(), ...toSyncing, at(7001), walks.pointing, walks.online, at(7001));
    expect(progressOf(same)).toMatchObject({ pointed: 'yes', stage: 'connecting' });
  });

  it('that moves while it follows leads back to syncing', () => {
    const moved = walks.walk(
      walks.fresh(),
      ...toSyncing,
      at(7001),
      walks.pointing,
      walks.online,
      walks.caughtUp,
      at(7002),
    );
    expect(progressOf(moved)?.pointed).toBe('moved');
  });
});

describe('a target that was set aside', () => {
  const looped = walks.walk(
    walks.fresh(),
    ...toSyncing,
    walks.pointing,
    walks.online,
    ...Array.from({ length: MAX_RESTARTS }, () => restarted),
    aside,
  );

  it('stays aside until somebody decides', () => {
    expect(progressOf(looped)).toMatchObject({ pointed: 'aside', restarts: MAX_RESTARTS });
    expect(walks.walk(looped, walks.stuck).state).toMatchObject({
      phase: 'needs-human',
      from: { progress: [{ pointed: 'aside' }] },
    });
  });

  it('is pointed anew after Try again, and its restarts count from there', () => {
    const again = walks.walk(looped, walks.stuck, tryAgain);
    expect(progressOf(again)).toMatchObject({ pointed: 'moved', stage: 'connecting', restarts: 0 });
  });
});
