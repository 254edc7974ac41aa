// I6: what a migration of this Ferry left on a server that it could not write to any more keeps the next one out no
// longer than it runs itself; what another Ferry has there does.

import { describe, expect, it } from 'vitest';
import { surveyPair } from '../../src/redis/survey.ts';
import { server } from '../support/servers.ts';
import { client, control, enlisting, OVER, owner, pairOf as pairAt, TIMEOUT_MS } from './control-pair.ts';
import { pairOf, secrets } from './survey-pairs.ts';

async function withKeys(guard: string | null, lock: string | null) {
  const left = await server('redis-7.0');
  const redis = client(left);
  if (guard !== null) await redis.set('ferry:guard', guard);
  if (lock !== null) await redis.set('ferry:lock', lock);
  return { left, redis };
}

const CASES = [
  { what: 'both of a migration that is over', guard: 'u-over:3', lock: 'u-over', free: true },
  { what: 'a guard of one that is over', guard: 'u-over:3', lock: null, free: true },
  { what: 'a lock of one that Ferry does not know', guard: null, lock: 'u-other', free: false },
  {
    what: 'a guard of one that it does not know, behind a lock that is over',
    guard: 'u-other:1',
    lock: 'u-over',
    free: false,
  },
  { what: 'a guard that cannot be read', guard: 'u-over', lock: null, free: false },
] as const;

describe.each(CASES)('$what', ({ guard, lock, free }) => {
  it(free ? 'keeps nobody out of the survey' : 'is found by the survey', async () => {
    const { left } = await withKeys(guard, lock);
    const other = await server('redis-7.0');
    const facts = await surveyPair(pairOf(left, other), {
      secrets,
      ferryRunId: null,
      isOver: async (uid) => OVER.has(uid),
    });
    expect(facts.source).toMatchObject({ kind: 'read', lock: { kind: free ? 'free' : 'held' } });
    // Who knows no records takes nothing for over (I10).
    const blind = await surveyPair(pairOf(left, other), { secrets, ferryRunId: null });
    expect(blind.source).toMatchObject({ lock: { kind: 'held' } });
  });

  it(free ? 'keeps nobody from starting' : 'keeps the next one from starting', async () => {
    const { left, redis } = await withKeys(guard, lock);
    const next = await control(pairAt(left.port, 1), 'source', owner(1, 'u-next'), enlisting(), false);
    const taken = await next?.takeGuard(TIMEOUT_MS);
    const locked = taken?.kind === 'done' ? await next?.holdLock(5_000, TIMEOUT_MS) : null;
    const isOurs = taken?.kind === 'done' && locked?.kind === 'done' && locked.value.heldBy === null;
    expect(isOurs).toBe(free);
    if (free) expect(await redis.mget('ferry:guard', 'ferry:lock')).toEqual(['u-next:1', 'u-next']);
  });
});
