// What a verdict does: told, held or stopped by the policy of the environment; unknown holds, a spike does nothing.

import { describe, expect, it } from 'vitest';
import { clientsSide, holdsPromotion, whyHeld } from '../../../src/migration/latency/effect.ts';
import { latencyAtFirst } from '../../../src/migration/latency/summary.ts';
import { advance } from '../../../src/migration/lifecycle.ts';
import { type Migration, PHASES } from '../../../src/migration/migration.ts';
import type { LatencyPolicy } from '../../../src/migration/policy.ts';
import { isOver } from '../../../src/migration/questions.ts';
import * as walks from '../../support/walk.ts';
import { approvedBy, BEN, EVA, policy, T0, walk } from '../../support/walk.ts';

const under = (onBreach: LatencyPolicy['onBreach']) => ({
  ...policy,
  latency: { ...policy.latency, onBreach },
});
const following = (onBreach: LatencyPolicy['onBreach']): Migration =>
  walk(walks.fresh({ policy: under(onBreach) }), ...walks.toFollowing);

function isAsked({ state }: Migration): boolean {
  return state.phase === 'following' && state.askedAt !== null;
}

describe('I10 what is not known', () => {
  it.each(['notify', 'hold', 'abort'] as const)('holds under %s', (onBreach) => {
    expect(holdsPromotion('unknown', { ...policy.latency, onBreach })).toBe(true);
    const blind = walk(following(onBreach), walks.unmeasured, walks.verified);
    expect(isAsked(blind)).toBe(false);
  });

  it('does not take approvals back, and does not let them be used', () => {
    const steps = [...walks.toApproved, walks.unmeasured] as const;
    const approved = walk(walks.fresh(), ...steps);
    expect(approved.state).toMatchObject({ phase: 'following', approvals: [{}, {}] });
    expect(advance(approved, walks.begun, T0 + 60_000).kind).toBe('refused');
    expect(walk(walks.fresh(), ...steps, walks.steadyAgain, walks.begun).state.phase).toBe('cutting-over');
  });

  it('is what a migration begins with', () => {
    expect(latencyAtFirst(T0).verdict).toBe('unknown');
  });
});

describe('a breach under hold', () => {
  it('I4 takes the approvals back and is in the way until it is over and the data was compared anew', () => {
    const breached = walk(walks.fresh({ policy: under('hold') }), ...walks.toApproved, walks.breached);
    expect(breached.state).toMatchObject({ phase: 'following', approvals: [], askedAt: null });
    const compared = walk(breached, walks.verified);
    expect(isAsked(compared)).toBe(false);
    const over = walk(compared, walks.steadyAgain);
    expect(over.state).toMatchObject({ phase: 'following', verification: null });
    expect(isAsked(walk(over, walks.verified))).toBe(true);
  });

  it('stops no sync', () => {
    const syncing = walk(
      walks.fresh({ policy: under('hold') }),
      walks.surveyed,
      walks.started,
      walks.syncStarted,
    );
    expect(walk(syncing, walks.breached).state.phase).toBe('syncing');
  });
});

describe('a breach under abort', () => {
  const syncing = walk(
    walks.fresh({ policy: under('abort') }),
    walks.surveyed,
    walks.started,
    walks.syncStarted,
  );

  it('stops the sync, by Ferry, and says so', () => {
    const advanced = advance(syncing, walks.breached, T0 + 60_000);
    expect(advanced).toMatchObject({
      migration: { state: { phase: 'aborting', by: 'ferry', from: 'syncing' } },
      say: [{ body: { kind: 'aborting', by: 'ferry' } }],
    });
  });

  it('stops following as well, and withdraws the approvals', () => {
    const approved = walk(walks.fresh({ policy: under('abort') }), ...walks.toApproved);
    const advanced = advance(approved, walks.breached, T0 + 60_000);
    expect(advanced).toMatchObject({ migration: { state: { phase: 'aborting', from: 'following' } } });
    const told = advanced.kind === 'advanced' ? advanced.say.map(({ body }) => body.kind) : [];
    expect(told).toEqual(['approval', 'approval-withdrawn', 'aborting']);
  });

  it('a stall or a strained server stops nothing', () => {
    const quiet = walk(syncing, walks.stalled, walks.strained);
    expect(quiet.state.phase).toBe('syncing');
  });

  it.each(['surveying', 'planned', 'cutting-over', 'watching', 'reverting', 'needs-human'] as const)(
    'changes nothing in %s',
    (phase) => {
      const before = { ...walks.inPhase(phase), policy: under('abort') };
      expect(walk(before, walks.breached).state).toEqual(before.state);
    },
  );
});

it('a breach under notify is told, and nothing is held', () => {
  const steps = [...walks.toFollowing, walks.breached, walks.verified] as const;
  const noted = walks.fresh({ policy: under('notify') });
  expect(isAsked(walk(noted, ...steps))).toBe(true);
  const approvals = [approvedBy(BEN), approvedBy(EVA)] as const;
  expect(walk(noted, ...steps, ...approvals, walks.begun).state.phase).toBe('cutting-over');
});

it('says why a promotion is held', () => {
  const latency = { ...latencyAtFirst(T0), verdict: 'breached', why: 'p99 up to 310 ms' } as const;
  expect(whyHeld(latency, policy.latency, 'carts-old')).toBe(
    'the latency of carts-old is breached: p99 up to 310 ms',
  );
  expect(whyHeld({ ...latency, verdict: 'strained' }, policy.latency, 'carts-old')).toBeNull();
});

describe('an incident', () => {
  it('is one message by its number, and in the record while it lasts', () => {
    const lasting = walk(walks.inPhase('syncing'), walks.stalled);
    expect(lasting.latency).toMatchObject({ incidents: 1, open: [{ number: 1 }] });
    const over = { ...walks.incident, overAt: T0 + 12_000 };
    const advanced = advance(lasting, { kind: 'incident-changed', incident: over }, T0 + 60_000);
    expect(advanced).toMatchObject({
      migration: { latency: { incidents: 1, open: [], toldUntilAt: walks.incident.lastAt } },
      say: [{ weight: 'incident', key: 'incident:1', body: { kind: 'incident', incident: over } }],
    });
  });

  it('that lasts when the migration ends is told once more, and is open no longer', () => {
    const lasting = walk(walks.inPhase('aborting'), walks.stalled);
    const ended = advance(lasting, { kind: 'aborted', targetKeys: 0 }, T0 + 60_000);
    expect(ended).toMatchObject({ kind: 'advanced', migration: { latency: { incidents: 1, open: [] } } });
    const told = ended.kind === 'advanced' ? ended.say : [];
    expect(told.map(({ key }) => key).filter((key) => key !== null)).toEqual(['incident:1']);
  });

  it('with a number out of turn is refused', () => {
    const odd = { ...walks.incident, number: 3 };
    const advanced = advance(walks.inPhase('syncing'), { kind: 'incident-changed', incident: odd }, T0);
    expect(advanced.kind).toBe('refused');
  });
});

it.each(PHASES.filter((phase) => !isOver(walks.inPhase(phase).state)))(
  'clients are on one of the servers in %s',
  (phase) => {
    const expected = phase === 'watching' || phase === 'reverting' ? 'target' : 'source';
    expect(clientsSide(walks.inPhase(phase).state)).toBe(expected);
  },
);
