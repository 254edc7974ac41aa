// The configuration changes underneath a migration: what revokes, what stops, and when it does not matter any more.

import { describe, expect, it } from 'vitest';
import { FerryError } from '../../src/migration/errors.ts';
import type { Instance } from '../../src/migration/instance.ts';
import { advance } from '../../src/migration/lifecycle.ts';
import { PHASES, type Phase } from '../../src/migration/migration.ts';
import { type Policy, withCare } from '../../src/migration/policy.ts';
import { configurationDrift } from '../../src/workflow/configuration-drift.ts';
import type { Inventory } from '../../src/workflow/ports.ts';
import { inPhase, instance, policy, T0 } from '../support/walk.ts';

const DECIDING: readonly Phase[] = ['surveying', 'planned', 'syncing', 'following'];

function inventory(change: {
  readonly instances?: Readonly<Record<string, Instance | null>>;
  readonly policy?: Policy;
}): Inventory {
  const known: Readonly<Record<string, Instance | null>> = {
    'carts-old': instance('carts-old', 7001),
    'carts-new': instance('carts-new', 7002),
    ...change.instances,
  };
  return {
    names: () => Object.keys(known),
    find: (name) => known[name] ?? null,
    policyOf: () => change.policy ?? policy,
    hooks: { beforeCutover: null, switch: null },
  };
}

const unchanged = inventory({});
const hooked: Inventory = {
  ...unchanged,
  hooks: {
    beforeCutover: {
      webhook: 'https://hooks.internal/ferry',
      command: null,
      secretRef: 'env:HOOK_SECRET',
      timeoutMs: 5_000,
      mayVeto: true,
    },
    switch: null,
  },
};
const stricter = inventory({ policy: { ...policy, approvals: 3 } });
const moved = { ...instance('carts-new', 7002), address: { host: '127.0.0.1', port: 7009 } };
const reachedElsewhere = {
  ...instance('carts-old', 7001),
  replicationAddress: { host: '10.0.0.5', port: 6379 },
};

describe.each(DECIDING)('in %s', (phase) => {
  const migration = inPhase(phase);

  it('is quiet while nothing moves, whatever the order of keys', () => {
    expect(configurationDrift(migration, unchanged)).toBeNull();
    const { environment, ...others } = policy;
    expect(configurationDrift(migration, inventory({ policy: { ...others, environment } }))).toBeNull();
  });

  it('I4 tells a changed policy', () => {
    expect(configurationDrift(migration, stricter)).toEqual({
      kind: 'policy-changed',
      policy: { ...policy, approvals: 3 },
      hooks: unchanged.hooks,
    });
  });

  it('keeps the care that was chosen for this migration, whatever else changes', () => {
    const careful = withCare(policy, { verification: 'full', start: 'button' });
    const chosen = { ...migration, policy: careful };
    expect(configurationDrift(chosen, unchanged)).toBeNull();
    expect(configurationDrift(chosen, stricter)).toEqual({
      kind: 'policy-changed',
      policy: { ...careful, approvals: 3 },
      hooks: unchanged.hooks,
    });
  });

  it('I4 tells a changed hook', () => {
    expect(configurationDrift(migration, hooked)).toEqual({
      kind: 'policy-changed',
      policy,
      hooks: hooked.hooks,
    });
  });

  it('stops when the environment is not listed any more', () => {
    const event = configurationDrift(migration, {
      ...unchanged,
      policyOf: () => {
        throw new FerryError('environment-unknown', 'The environment production is not listed any more.');
      },
    });
    expect(event?.kind === 'stuck' ? event.facts[0] : '').toBe(
      'The environment production of carts-old is not in the inventory any more.',
    );
  });

  it('says every change, what ends the wait, and offers Abort', () => {
    const instances = { 'carts-new': { ...moved, username: 'ferry' } };
    const event = configurationDrift(migration, inventory({ instances }));
    expect(event).toMatchObject({
      facts: [
        'carts-new was 127.0.0.1:7002 and is 127.0.0.1:7009 now.',
        'Ferry would log in to carts-new as ferry now, not as the default user.',
        'Ferry stops until the inventory says again what the record says; Abort ends it.',
      ],
      answers: [{ id: 'recheck' }, { id: 'abort' }],
    });
  });

  it.each([
    [
      'a moved address',
      { 'carts-new': moved },
      /^carts-new was 127\.0\.0\.1:7002 and is 127\.0\.0\.1:7009 now\.$/,
    ],
    [
      'a moved replication address',
      { 'carts-old': reachedElsewhere },
      /^The replication address of carts-old is 10\.0\.0\.5:6379 now\.$/,
    ],
    [
      'another password',
      { 'carts-old': { ...instance('carts-old', 7001), passwordRef: 'env:OTHER' } },
      /^The password of carts-old is kept elsewhere now\.$/,
    ],
    [
      'other TLS settings',
      { 'carts-new': { ...instance('carts-new', 7002), tls: { caRef: null, servername: null } } },
      /^The TLS settings of carts-new are different now\.$/,
    ],
    [
      'another environment of the target',
      { 'carts-new': { ...instance('carts-new', 7002), environment: 'staging' } },
      /^carts-new was in the environment production and is in staging now\.$/,
    ],
    ['a vanished instance', { 'carts-old': null }, /^carts-old is not in the inventory any more\.$/],
  ])('stops at %s and says so', (_, instances, fact) => {
    const event = configurationDrift(migration, inventory({ instances }));
    expect(event).toMatchObject({ kind: 'stuck' });
    expect(event?.kind === 'stuck' ? event.facts[0] : '').toMatch(fact);
    expect(event?.kind === 'stuck' ? event.answers.map(({ id }) => id) : []).toContain('recheck');
  });

  it('stops rather than take a new policy when both happened', () => {
    const both = inventory({ instances: { 'carts-new': moved }, policy: { ...policy, approvals: 3 } });
    expect(configurationDrift(migration, both)?.kind).toBe('stuck');
  });

  it.each([
    ['a changed policy', stricter],
    ['a changed hook', hooked],
    ['a moved address', inventory({ instances: { 'carts-new': moved } })],
  ])('%s is taken by the lifecycle, once', (_, today) => {
    const event = configurationDrift(migration, today);
    if (event === null) throw new Error('nothing drifted');
    const advanced = advance(migration, event, T0 + 60_000);
    if (advanced.kind === 'refused') throw new Error(advanced.refusal.message);
    expect(configurationDrift(advanced.migration, today)).toBeNull();
  });
});

describe.each(PHASES.filter((phase) => !DECIDING.includes(phase)))('in %s', (phase) => {
  it('nothing of it matters: what was decided goes on, undone or finished', () => {
    const migration = inPhase(phase);
    expect(configurationDrift(migration, stricter)).toBeNull();
    expect(configurationDrift(migration, inventory({ instances: { 'carts-new': moved } }))).toBeNull();
    expect(configurationDrift(migration, inventory({ instances: { 'carts-old': null } }))).toBeNull();
  });
});
