// When the new server fails, the people on call make the old one a primary again. Ferry then leaves it alone: it never
// takes its writes away, asks what is meant, and ends without parking anything where people say so.

import { expect, it, onTestFinished } from 'vitest';
import { type Address, ask } from '../../src/sandbox/load/resp.ts';
import type { ActTrace } from '../../src/workflow/ports.ts';
import { FULL_RUN } from '../support/full-run.ts';
import { type LoadedPair, type LoadedPairOptions, startLoadedPair } from '../support/loaded-pair.ts';
import { until } from '../support/until.ts';

/** Beside those of every run. */
const inFull = it.runIf(FULL_RUN);

it('watching: the servers swapped by hand stay as they are, also when that is answered', {
  timeout: 120_000,
}, async () => {
  const { pair, uid } = await watching();
  await ask(pair.at.old, [['REPLICAOF', 'NO', 'ONE']]);
  await ask(pair.at.new, [['REPLICAOF', pair.source.host, String(pair.source.port)]]);
  let asked = await question(pair, uid);
  // Ferry looked between the two: what it asks then is asked anew as it is now.
  if (asked.question.includes('was a primary again')) {
    await pair.answer(uid, 'recheck');
    const { round } = asked;
    await until(async () => (await pair.record(uid)).round > round, { what: 'it looks again' });
    asked = await question(pair, uid);
  }
  expect(asked.question).toContain('carts-new was promoted and is a replica now');
  // Nothing that ends it would take the only primary's writes.
  expect(asked.answers.map(({ id }) => id)).toEqual(['recheck', 'old']);
  await pair.answer(uid, 'recheck');
  await until(async () => (await pair.record(uid)).round > asked.round, { what: 'it asks again' });
  await question(pair, uid);
  await pair.answer(uid, 'old');
  const { state } = await pair.reaches(uid, 'reverted');
  expect(state).toMatchObject({ by: 'U0BEN', back: null });
  await takesWrites(pair.at.old);
  expect(await roleOf(pair.at.new)).toContain(`slave,127.0.0.1,${pair.source.port}`);
  // Its locks are free: the same servers can be moved again.
  await pair.reset();
  await pair.plan();
});

it('completing while the new server is away: the old one, made a primary by hand, keeps its writes', {
  timeout: 120_000,
}, async () => {
  const { pair, uid } = await watching();
  await pair.target.kill();
  await pair.wish(uid, 'complete-requested');
  await until(
    async () => {
      const { state } = await pair.record(uid);
      return state.phase === 'watching' && state.closing !== null;
    },
    { what: 'Complete is taken' },
  );
  await ask(pair.at.old, [['REPLICAOF', 'NO', 'ONE']]);
  await keepsWritesWhile(pair.at.old, () => pair.reaches(uid, 'needs-human'));
  const asked = await question(pair, uid);
  expect(asked.facts.join(' ')).toContain('carts-new does not answer');
  expect(asked.answers.map(({ id }) => id)).toEqual(['recheck', 'old']);
  await pair.answer(uid, 'old');
  await pair.reaches(uid, 'reverted');
  await takesWrites(pair.at.old);
});

it('an old server made a primary by hand is not set aside when it is restarted while the question waits', {
  timeout: 120_000,
}, async () => {
  const { pair, uid } = await watching({ configFile: true });
  await pair.target.kill();
  await ask(pair.at.old, [
    ['REPLICAOF', 'NO', 'ONE'],
    ['CONFIG', 'REWRITE'],
  ]);
  const asked = await question(pair, uid);
  expect(asked.facts.join(' ')).toContain('Ferry left it so');
  await pair.source.restart('SIGTERM');
  // Long enough for the sentry, and for several looks of the question.
  await keepsWritesWhile(pair.at.old, () =>
    until(
      async () => /uptime_in_seconds:([6-9]|\d\d)/.test(String(await ask(pair.at.old, [['INFO', 'server']]))),
      { what: 'it runs for six seconds', everyMs: 100 },
    ),
  );
  await pair.answer(uid, 'old');
  await pair.reaches(uid, 'reverted');
  // Also for the next restart.
  await pair.source.restart('SIGTERM');
  await takesWrites(pair.at.old);
});

inFull(
  'a restarted old server stays the only primary where the new one is away: Ferry asks',
  {
    timeout: 120_000,
  },
  async () => {
    const { pair, uid } = await watching();
    await pair.target.kill();
    await pair.source.restart('SIGTERM');
    const asked = await question(pair, uid);
    expect(asked.facts.join(' ')).toContain('carts-new does not answer');
    await takesWrites(pair.at.old);
  },
);

it('I1 made a primary beside a living new server, it is parked when a person says so', {
  timeout: 120_000,
}, async () => {
  const { pair, uid } = await watching();
  await ask(pair.at.old, [['REPLICAOF', 'NO', 'ONE']]);
  const asked = await question(pair, uid);
  expect(asked.answers.map(({ id }) => id)).toEqual(['recheck', 'finish', 'old']);
  await takesWrites(pair.at.old);
  await pair.answer(uid, 'finish');
  await pair.reaches(uid, 'completed');
  expect(await roleOf(pair.at.old)).toContain('slave,127.0.0.1,1,');
});

inFull(
  'I1 behind a new server that was restarted before, a restarted old one is set aside as ever',
  {
    timeout: 120_000,
  },
  async () => {
    // As by default: the time between asking for a full resync and its first byte.
    const { pair, uid } = await watching({ settings: { 'repl-diskless-sync-delay': '5' } });
    const runOf = async () => {
      const { state } = await pair.record(uid);
      return state.phase === 'watching' ? (state.identities[0]?.target.runId ?? '') : '';
    };
    const before = await runOf();
    await pair.target.restart('SIGKILL');
    await until(async () => !['', before].includes(await runOf()), { what: 'its new run is in the record' });
    await pair.source.restart('SIGTERM');
    await until(async () => (await roleOf(pair.at.old)).startsWith('slave,127.0.0.1,1,'), {
      what: 'it is parked',
    });
    expect((await pair.record(uid)).state.phase).toBe('watching');
  },
);

inFull(
  'a cutover stopped behind its point of no return ends where a person took the old server',
  {
    timeout: 120_000,
  },
  async () => {
    let pair: LoadedPair | null = null;
    const trace: ActTrace = {
      async at(when, act) {
        if (pair === null || when !== 'after' || act !== 'record:promoting') return;
        await pair.target.kill();
        await ask(pair.at.old, [['REPLICAOF', 'NO', 'ONE']]);
      },
    };
    pair = await started({ trace });
    const uid = await pair.follow();
    await pair.wish(uid, 'approved');
    const asked = await question(pair, uid);
    expect(asked.answers.map(({ id }) => id)).toEqual(['recheck', 'old']);
    await pair.answer(uid, 'old');
    await pair.reaches(uid, 'reverted');
    await takesWrites(pair.at.old);
  },
);

inFull(
  'reverted, the new server made a primary by hand because the old one died keeps its writes',
  {
    timeout: 120_000,
  },
  async () => {
    let pair: LoadedPair | null = null;
    let promotions = 0;
    const trace: ActTrace = {
      async at(when, act) {
        if (pair === null || when !== 'after' || act !== 'record:promoted') return;
        promotions += 1;
        if (promotions < 2) return;
        await pair.source.kill();
        await ask(pair.at.new, [['REPLICAOF', 'NO', 'ONE']]);
      },
    };
    pair = await started({ trace });
    const { at, wish, reaches, answer, target } = pair;
    const uid = await pair.follow();
    await pair.cutOver(uid);
    await isFollowed(pair);
    await wish(uid, 'revert-requested');
    await keepsWritesWhile(
      at.new,
      () => reaches(uid, 'needs-human'),
      async () => promotions === 2,
    );
    const asked = await question(pair, uid);
    expect(asked.answers.map(({ id }) => id)).toEqual(['recheck', 'old']);
    await answer(uid, 'old');
    const { state } = await reaches(uid, 'completed');
    expect(state).toMatchObject({ byHand: true });
    await takesWrites({ host: target.host, port: target.port });
  },
);

async function started(options: Partial<LoadedPairOptions> = {}): Promise<LoadedPair> {
  const pair = await startLoadedPair({ source: 'redis-7.0', target: 'redis-8.0', ...options });
  onTestFinished(() => pair.stop());
  await ask(pair.at.old, [['MSET', 'a', '1', 'b', '2']]);
  return pair;
}

async function watching(options: Partial<LoadedPairOptions> = {}) {
  const pair = await started(options);
  const uid = await pair.follow();
  await pair.cutOver(uid);
  await isFollowed(pair);
  return { pair, uid };
}

async function isFollowed(pair: LoadedPair): Promise<void> {
  await until(async () => (await roleOf(pair.at.old)).includes('connected'), {
    what: 'the old server follows',
  });
}

async function question(pair: LoadedPair, uid: string) {
  const { state, round } = await pair.reaches(uid, 'needs-human');
  if (state.phase !== 'needs-human') throw new Error('unreachable');
  return { ...state, round };
}

async function roleOf(at: Address): Promise<string> {
  return String((await ask(at, [['ROLE']]))[0]);
}

async function takesWrites(at: Address): Promise<void> {
  expect(await ask(at, [['SET', 'written-after', '1']])).toEqual(['OK']);
}

/** Every write from `since` on is accepted until `ended`. */
async function keepsWritesWhile<T>(
  at: Address,
  ended: () => Promise<T>,
  since: () => Promise<boolean> = async () => true,
): Promise<void> {
  let over = false;
  const waiting = ended().finally(() => {
    over = true;
  });
  waiting.catch(() => undefined);
  await until(async () => over || (await since()), { what: 'it is a primary', deadlineMs: 60_000 });
  const replies = new Set<string>();
  await until(
    async () => {
      replies.add(String(await ask(at, [['SET', 'written-meanwhile', '1']])));
      return over;
    },
    { what: 'the end', deadlineMs: 60_000, everyMs: 50 },
  );
  expect([...replies]).toEqual(['OK']);
  await waiting;
}
