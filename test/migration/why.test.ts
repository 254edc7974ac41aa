// I13: every wait says why, since when, what ends it and who can, in every phase.

import { describe, expect, test } from 'vitest';
import type { Migration, State } from '../../src/migration/migration.ts';
import { PHASES } from '../../src/migration/migration.ts';
import { isOver } from '../../src/migration/questions.ts';
import { instant } from '../../src/migration/waiting-words.ts';
import { waitingFor, whyWaiting } from '../../src/migration/why.ts';
import { recordIn, states } from '../store/sample-records.ts';

const NOW = 1_000 + 9 * 60_000;

function inState(state: State): Migration {
  return { ...recordIn(state.phase), state };
}

const why = (state: State) => whyWaiting(inState(state), null, NOW);

describe.each(PHASES)('I13: %s', (phase) => {
  const migration = recordIn(phase);

  test('names the migration, since when, and more than that', () => {
    const said = whyWaiting(migration, null, NOW);
    expect(said).toMatch(
      /^m1 (waits for .+ since @\[\d+\] \(.+\)|is .+ since @\[\d+\] and waits for nothing)\. [A-Z@]/,
    );
    expect(said).not.toMatch(/undefined|null|NaN|\.\./);
  });

  test('says what ends it unless it is over', () => {
    const { what, more } = waitingFor(migration, null);
    expect(what === '').toBe(isOver(migration.state));
    expect(more.length).toBeGreaterThan(0);
  });
});

const following = {
  ...states.following,
  verification: { ...verified(), differenceCount: 0, differences: [] },
};

function verified() {
  const { verification } = states.following;
  if (verification === null) throw new Error('the sample is not verified');
  return verification;
}

test('one more approval: who gave, who can, when it expires', () => {
  const said = why({ ...following, approvals: [{ user: 'U0BEN', at: 60_000 }] });
  expect(said).toContain(`m1 waits for 1 more approval since ${instant(2_500)} (`);
  expect(said).toContain('@[U0BEN] approved.');
  // Ana asked for it and is on the list; the requester may not approve.
  expect(said).toContain('Anyone in @[S0OWNERS] or @[U0ANA] but @[U0ANA] and @[U0BEN] can give one.');
  expect(said).toContain(`expires at ${instant(60_000 + 1_800_000)}`);
  expect(said).toContain(
    'Nothing else holds it: lag 2 ms, latency strained: p99 up to 80 ms in 10 of the last 10 s',
  );
});

const breachedLatency = {
  ...recordIn('following').latency,
  verdict: 'breached',
  why: 'p99 up to 310 ms in 40 of the last 40 s (limit 250 ms for 30 s)',
  since: 2_000,
} as const;

function withLatency(state: State, change: Partial<Migration['latency']> = {}): Migration {
  return { ...inState(state), latency: { ...breachedLatency, ...change } };
}

test('a breach holds the promotion: why, since when, what ends it, who can end it otherwise', () => {
  const unasked = { ...following, askedAt: null, approvals: [] };
  const said = whyWaiting(withLatency(unasked), null, NOW);
  expect(said).toContain(`m1 waits for the latency of carts-old to be steady again since ${instant(2_000)}`);
  expect(said).toContain('Promotion is held because the latency of carts-old is breached: p99 up to 310 ms');
  expect(said).toContain('Cause: `LRANGE` 3 times, 200 ms together (SLOWLOG).');
  expect(said).toContain('It ends once p99 stays under 250 ms for a while.');
  expect(said).toContain('can abort it.');
  expect(said).not.toContain('Nothing else holds it');
});

test('I10: what is not known holds as well, beside what else is waited for', () => {
  const unknown = { verdict: 'unknown', why: 'the connection was refused', open: [] } as const;
  const said = whyWaiting(withLatency(following, unknown), null, NOW);
  expect(said).toContain('m1 waits for 2 approvals');
  expect(said).toContain('the latency of carts-old is not known: the connection was refused.');
  expect(said).not.toContain('Nothing else holds it');
  const comparing = { ...following, verification: null, askedAt: null };
  expect(whyWaiting(withLatency(comparing, unknown), null, NOW)).toContain('Promotion is held because');
});

test('where a breach is only told, it holds nothing and is said', () => {
  const migration = withLatency(following);
  const latency = { ...migration.policy.latency, onBreach: 'notify' } as const;
  const said = whyWaiting({ ...migration, policy: { ...migration.policy, latency } }, null, NOW);
  expect(said).toContain('Nothing else holds it: lag 2 ms, latency breached: p99 up to 310 ms');
});

test('a steady latency is said, and nothing more of it', () => {
  const said = whyWaiting(withLatency(following, { verdict: 'steady', why: '' }), null, NOW);
  expect(said).toContain('Nothing else holds it: lag 2 ms, latency steady, verified at');
});

test('a start that waits for its baseline says so, and why there is none yet', () => {
  const started = { ...states.planned, startedBy: 'U0ANA' };
  const stages = { before: null, during: null, after: null };
  const said = whyWaiting(
    withLatency(started, { verdict: 'unknown', why: 'the password was refused', stages }),
    null,
    NOW,
  );
  expect(said).toContain('It begins once the latency of carts-old was measured for 10 s');
  expect(said).toContain('So far: the password was refused.');
  expect(whyWaiting(withLatency(started), null, NOW)).toContain('it ends by itself in seconds');
});

test('data that differs is named as the reason, with the number', () => {
  const said = why({ ...following, verification: { ...verified(), differenceCount: 12 } });
  expect(said).toContain('m1 waits for the data to be equal');
  expect(said).toContain('12 keys differ between the two servers');
});

test('one key that differs is one key', () => {
  const said = why({ ...following, verification: { ...verified(), differenceCount: 1 } });
  expect(said).toContain('1 key differs between the two servers');
});

test('a gate is quoted, and that it goes on by itself', () => {
  const said = why({ ...following, cutoverAt: 3_000, gate: 'carts-new is 4 MB behind (limit 1 MB).' });
  expect(said).toContain(
    'Held now because carts-new is 4 MB behind (limit 1 MB). It is approved and goes on by itself',
  );
});

test('Start that deletes says how much, and that only approvers can', () => {
  const said = why(states.planned);
  expect(said).toContain('@[S0OWNERS] or @[U0ANA] can press it. It deletes 3 keys on carts-new.');
});

test('a broken link says why, where it is known', () => {
  const migration = inState({
    ...states.syncing,
    progress: [{ pointed: 'yes', stage: 'connecting', restarts: 0, begun: null }],
  });
  const live = {
    at: 1,
    pairs: [
      { observation: observed('the password was refused'), bytesPerSecond: null, eta: 'measuring' as const },
    ],
    verification: null,
    oldClients: null,
    oldClientCount: null,
    latency: [],
  };
  expect(whyWaiting(migration, live, NOW)).toContain('The link is not up: the password was refused.');
});

function observed(linkTrouble: string) {
  return {
    at: 1,
    source: null,
    target: null,
    stage: 'connecting' as const,
    fraction: null,
    transferredBytes: null,
    totalBytes: null,
    lagBytes: null,
    lagMs: null,
    provenOffset: null,
    linkTrouble,
  };
}

test('a question is asked with who may answer: not the requester as such', () => {
  const policy = { ...recordIn('needs-human').policy, approvers: ['U0EVA'], operators: [] };
  const said = whyWaiting({ ...recordIn('needs-human'), policy }, null, NOW);
  expect(said).toContain('Go on trying?');
  expect(said).toContain('@[U0EVA] can give one');
  expect(said).not.toContain('@[U0ANA] can');
});

test("Ferry's password that stays is said, with where to get it, and never the password", () => {
  const said = why(states.watching);
  expect(said).toContain("Ferry's own password stays on carts-old");
  expect(said).toContain('`npm start -- password m1` prints it');
  expect(why(states.completed)).toContain("Ferry's own password stays on carts-old");
  const { outcome } = states.completed;
  const none = { ...states.completed, outcome: { ...outcome, holds: [null] } };
  expect(why(none)).not.toContain('password');
});

test('a closed way back is said with its reason and leaves Complete alone', () => {
  const said = why(states.watching);
  expect(said).toContain('m1 waits for Complete since');
  expect(said).toContain('The way back is closed: the backlog ran out.');
});

test('after a Deny or a Hold nobody can approve until the data was compared again', () => {
  const said = why({
    ...following,
    verification: { ...verified(), differences: [], differenceCount: 0, unsettledCount: 0 },
    askedAt: null,
    approvals: [],
    cutoverAt: null,
    gate: null,
  });
  expect(said).toContain('waits for the data to be compared again');
  expect(said).not.toContain('can give');
});
