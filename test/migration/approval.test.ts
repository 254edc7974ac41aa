// Who may decide what: every deed for every kind of person, and the sentence that says who may instead.

import { describe, expect, it } from 'vitest';
import { type Actor, type Deed, expiresAt, isListed, mayDo, mention } from '../../src/migration/approval.ts';
import { sentence } from '../../src/migration/errors.ts';
import type { Policy } from '../../src/migration/policy.ts';
import { policy as base } from '../support/walk.ts';

const policy: Policy = { ...base, approvers: ['S0OWNERS', 'U0IRA'], operators: ['S0ONCALL', 'U0OPS'] };

const PEOPLE = {
  requester: { user: 'U0ANA', groups: [] },
  'approver by group': { user: 'U0BEN', groups: ['S0GUESTS', 'S0OWNERS'] },
  'approver by user': { user: 'U0IRA', groups: [] },
  'operator by group': { user: 'U0OLA', groups: ['S0ONCALL'] },
  'operator by user': { user: 'U0OPS', groups: [] },
  bystander: { user: 'U0KIM', groups: ['S0GUESTS'] },
} as const satisfies Record<string, Actor>;

type Person = keyof typeof PEOPLE;
const NAMES = Object.keys(PEOPLE).filter((name): name is Person => name in PEOPLE);

const APPROVERS: readonly Person[] = ['approver by group', 'approver by user'];
const OPERATORS: readonly Person[] = ['operator by group', 'operator by user'];

/** Who may, with keys to delete on the target and without. */
const ALLOWED: Record<Deed, { readonly keeps: readonly Person[]; readonly drops: readonly Person[] }> = {
  start: { keeps: ['requester', ...APPROVERS], drops: APPROVERS },
  approve: alike(APPROVERS),
  deny: alike(APPROVERS),
  hold: alike(['requester', ...APPROVERS, ...OPERATORS]),
  abort: alike(['requester', ...APPROVERS, ...OPERATORS]),
  revert: alike(APPROVERS),
  complete: alike(APPROVERS),
  answer: alike([...APPROVERS, ...OPERATORS]),
};
const DEEDS = Object.keys(ALLOWED).filter((deed): deed is Deed => deed in ALLOWED);

function alike(who: readonly Person[]) {
  return { keeps: who, drops: who };
}

function standing(change: { policy?: Policy; dropsKeys?: number } = {}) {
  return { id: 'm42', requestedBy: 'U0ANA', policy, dropsKeys: 0, ...change };
}

const CELLS = DEEDS.flatMap((deed) => NAMES.map((person) => ({ deed, person })));

describe('I4 who may decide', () => {
  it.each(CELLS)('$deed by $person, nothing to delete', ({ deed, person }) => {
    const refused = mayDo(deed, PEOPLE[person], standing());
    expect(refused === null).toBe(ALLOWED[deed].keeps.includes(person));
  });

  it.each(CELLS)('$deed by $person, 12 keys to delete', ({ deed, person }) => {
    const refused = mayDo(deed, PEOPLE[person], standing({ dropsKeys: 12 }));
    expect(refused === null).toBe(ALLOWED[deed].drops.includes(person));
  });

  it('I4 the requester approves only where the policy lets an approver do so', () => {
    const ana = { user: 'U0ANA', groups: ['S0OWNERS'] };
    expect(mayDo('approve', ana, standing())?.message).toMatch(/and not @\[U0ANA\], who asked for it\.$/);
    const lenient = { ...policy, requesterMayApprove: true };
    expect(mayDo('approve', ana, standing({ policy: lenient }))).toBeNull();
    expect(mayDo('approve', PEOPLE.requester, standing({ policy: lenient }))).not.toBeNull();
  });

  it('I5 a requester who is an approver starts a migration that deletes keys', () => {
    const ana = { user: 'U0ANA', groups: ['S0OWNERS'] };
    expect(mayDo('start', ana, standing({ dropsKeys: 12 }))).toBeNull();
  });
});

describe('I4 fails closed', () => {
  const nobody = { ...policy, approvers: [], operators: [] };

  it.each(['approve', 'deny', 'revert', 'complete', 'answer'] as const)('%s with nobody listed', (deed) => {
    for (const person of NAMES) {
      expect(mayDo(deed, PEOPLE[person], standing({ policy: nobody }))).not.toBeNull();
    }
  });

  it('Start that deletes keys with nobody listed', () => {
    expect(mayDo('start', PEOPLE.requester, standing({ policy: nobody, dropsKeys: 1 }))).not.toBeNull();
  });

  it('a user is not taken for a group of the same spelling, nor part of a name for the whole', () => {
    expect(isListed({ user: 'U0', groups: ['S0'] }, ['U0BEN', 'S0OWNERS'])).toBe(false);
    expect(isListed({ user: 'U0BEN', groups: [] }, [])).toBe(false);
    expect(isListed({ user: '', groups: [''] }, ['U0BEN'])).toBe(false);
  });
});

describe('I13 a refusal says who may and what to do', () => {
  const bystander = PEOPLE.bystander;

  it.each(DEEDS)('%s', (deed) => {
    const refused = mayDo(deed, bystander, standing());
    expect(refused?.code).toBe('not-allowed');
    expect(refused?.message).toMatch(/^Only @\[.*m42\.$|^Only @\[.*m42, and/);
    expect(refused?.message).toContain(mention('S0OWNERS'));
    expect(refused?.message).toContain(mention('U0IRA'));
    expect(refused?.hint).toBe('Ask one of them.');
  });

  it('names the keys that Start deletes', () => {
    const refused = mayDo('start', bystander, standing({ dropsKeys: 1_234_567 }));
    expect(refused === null ? '' : sentence(refused)).toBe(
      'Starting m42 deletes 1,234,567 keys, so only @[S0OWNERS], @[U0IRA] can start it. Ask one of them.',
    );
  });

  it.each(['hold', 'abort'] as const)('%s names operators, the requester and approvers', (deed) => {
    expect(mayDo(deed, bystander, standing())?.message).toBe(
      `Only @[S0ONCALL], @[U0OPS], @[U0ANA], @[S0OWNERS], @[U0IRA] can ${deed} m42.`,
    );
  });
});

describe('I13 a refusal is a whole sentence', () => {
  const nobody = { ...policy, approvers: [], operators: [] };

  it.each(DEEDS)('%s with nobody listed', (deed) => {
    const refused = mayDo(deed, PEOPLE.bystander, standing({ policy: nobody, dropsKeys: 1 }));
    expect(refused?.message).toMatch(/^Nobody is listed who can .* m42\.$|^Only @\[U0ANA\] can .* m42\.$/);
    expect(refused?.hint).not.toBe('');
  });

  it('counts one key as one', () => {
    const refused = mayDo('start', PEOPLE.bystander, standing({ dropsKeys: 1 }));
    expect(refused?.message).toContain('deletes 1 key, so');
  });
});

describe('an approval', () => {
  it('I4 stops counting after the lifetime of the policy', () => {
    expect(expiresAt({ user: 'U0BEN', at: 1_000 }, { ...policy, approvalLifetimeMs: 60_000 })).toBe(61_000);
  });
});
