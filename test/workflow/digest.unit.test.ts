// A digest stands for content: the order of keys does not matter to it, everything else does (I4).

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../../src/workflow/digest.ts';

/** The same value with the keys of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, field]) => [name, reversed(field)]),
  );
}

describe('canonicalJson', () => {
  it('sorts keys at every depth and leaves arrays alone', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }, 3], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1},3]}');
  });

  it('leaves undefined fields out, as JSON does', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it('I4 does not depend on the order of keys, and reads back as what it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('digestOf', () => {
  it('is 16 hex digits', () => {
    expect(digestOf({ approvals: 2 })).toMatch(/^[0-9a-f]{16}$/);
  });

  it('I4 changes with every value, with the order of a list and with a field more', () => {
    const digests = [
      { approvals: 2, approvers: ['S0A', 'S0B'] },
      { approvals: 1, approvers: ['S0A', 'S0B'] },
      { approvals: '2', approvers: ['S0A', 'S0B'] },
      { approvals: 2, approvers: ['S0B', 'S0A'] },
      { approvals: 2, approvers: ['S0A'] },
      { approvals: 2, approvers: ['S0A', 'S0B'], window: null },
      { approvals: 2, approvers: 'S0A,S0B' },
    ].map(digestOf);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('stays what it was: records made before an update still match', () => {
    expect(digestOf({ b: 1, a: ['x', null] })).toBe(digestOf({ a: ['x', null], b: 1 }));
    expect(digestOf({})).toBe('44136fa355b3678a');
  });
});
