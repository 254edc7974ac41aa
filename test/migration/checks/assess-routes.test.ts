// What the plan promises about the way over: each pair's route, and the fence of the slowest.

import { describe, expect, test } from 'vitest';
import { assess } from '../../../src/migration/assess.ts';
import { aPolicy, type Changes, context } from './sound-facts.ts';

function draftOf(...changes: readonly Changes[]) {
  const contexts = changes.map((change) => context(change));
  const facts = contexts.map((each) => each.facts);
  const { draft } = assess(
    facts,
    contexts.map(({ pair }) => pair),
    aPolicy,
  );
  return draft;
}

/** Says yes to everything but the version, so that there is a plan. */
function source(version: string): Changes {
  return { source: { identity: { runId: 'aaaaaaaaaaaa', product: 'redis', version } } };
}

describe('routes in the plan', () => {
  test('each pair carries its own', () => {
    const draft = draftOf({}, source('6.0.16'));
    expect(draft?.pairs.map(({ route }) => route.fence)).toEqual(['pause', 'acl']);
  });

  test('the predicted fence is that of the slowest pair', () => {
    expect(draftOf({})?.predictedFenceMs).toBe(20);
    expect(draftOf({}, source('6.0.16'))?.predictedFenceMs).toBe(30);
    expect(draftOf(source('6.0.16'), {})?.predictedFenceMs).toBe(30);
  });

  test('a pair without a way back says so in the plan, before anyone approves', () => {
    const draft = draftOf(source('3.2.13'));
    expect(draft?.pairs[0]?.wayBack).toMatchObject({
      possible: false,
      why: expect.stringMatching(
        /^Redis 3\.2\.13 cannot follow Redis 8\.0\.2 without loading a new snapshot/,
      ),
    });
    expect(draft?.pairs[0]?.route.demotion).toBe('set-aside');
  });

  test('what goes through a relay is in the plan, with more time for the marker', () => {
    const draft = draftOf(source('2.6.16'));
    expect(draft?.pairs[0]?.route).toMatchObject({ through: 'relay', proof: 'marker' });
    expect(draft?.predictedFenceMs).toBe(50);
  });
});
