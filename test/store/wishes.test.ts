// What people want is checked against the record in the same step: I4 by round and digest, one of two clicks wins.

import { expect, test } from 'vitest';
import type { Wish } from '../../src/migration/events.ts';
import { keys } from '../../src/store/keys.ts';
import type { Ownership, Records } from '../../src/workflow/ports.ts';
import { ferryRedis, makeIn } from './ferry-redis.ts';
import { states } from './sample-records.ts';

const ferry = ferryRedis();

type Decision = Exclude<Wish['kind'], 'abort-requested' | 'answered'>;

function decision(kind: Decision, user: string, round = 3, digest = 'd1'): Wish {
  return { kind, by: { user, groups: ['S0OWNERS'] }, round, digest };
}

function abort(user: string): Wish {
  return { kind: 'abort-requested', by: { user, groups: [] } };
}

/** Folds everything that waits without following any of it, as an owner does that refused it. */
async function fold(records: Records, owner: Ownership): Promise<void> {
  const loaded = await records.load(owner.uid);
  if (loaded === null) throw new Error('no record');
  const waiting = await records.wishes(owner.uid, loaded.wishCursor);
  const cursor = waiting.at(-1)?.cursor ?? null;
  const saved = await records.save(owner, loaded.revision, loaded.migration, [], [], 60_000, cursor);
  if (saved !== 'saved') throw new Error(saved);
}

test('a wish is kept as it was said, and makes the migration due at once', async () => {
  const { records } = ferry;
  const { migration, owner } = await makeIn(records, 'planned');
  const { uid } = migration;
  expect(await records.due(10)).toEqual([]);
  const start = decision('start-requested', 'U0ANA');
  expect(await records.wish(uid, start, 123)).toEqual({ kind: 'accepted' });
  expect(await records.due(10)).toEqual([uid]);
  expect(await records.wishes(uid, '0')).toEqual([{ cursor: expect.any(String), wish: start, at: 123 }]);
  await fold(records, owner);
  expect(await records.wishes(uid, (await records.load(uid))?.wishCursor ?? '')).toEqual([]);
});

test.each([
  ['planned', decision('start-requested', 'U1')],
  ['following', decision('approved', 'U1')],
  ['following', decision('denied', 'U1')],
  ['following', decision('held', 'U1')],
  ['watching', decision('revert-requested', 'U1')],
  ['watching', decision('complete-requested', 'U1')],
  ['needs-human', { ...decision('held', 'U1'), kind: 'answered', answer: 'recheck' } as Wish],
  ['syncing', abort('U1')],
] as const)('while %s, %o is taken once', async (phase, wish) => {
  const { records } = ferry;
  const { migration } = await makeIn(records, phase);
  const { uid } = migration;
  expect(await records.wish(uid, wish, 1)).toEqual({ kind: 'accepted' });
  expect(await records.wish(uid, wish, 2)).toEqual({ kind: 'repeated' });
  expect(await records.wishes(uid, '0')).toHaveLength(1);
});

test.each([
  ['an earlier round', 'following', decision('approved', 'U1', 2)],
  ['another digest', 'following', decision('approved', 'U1', 3, 'd0')],
  ['no digest', 'following', decision('approved', 'U1', 3, '')],
  ['a phase that cannot take it', 'syncing', decision('approved', 'U1')],
  ['a migration that is cut over', 'watching', abort('U1')],
  ['a migration that is cutting over', 'cutting-over', abort('U1')],
] as const)('I4 a wish of %s is stale, and not kept', async (_, phase, wish) => {
  const { records } = ferry;
  const { migration } = await makeIn(records, phase);
  expect(await records.wish(migration.uid, wish, 1)).toEqual({ kind: 'stale' });
  expect(await records.wishes(migration.uid, '0')).toEqual([]);
});

test('a question takes an abort where Abort is one of its answers, and only there', async () => {
  const { records } = ferry;
  const { migration, owner, revision } = await makeIn(records, 'needs-human');
  const { uid } = migration;
  expect(await records.wish(uid, abort('U0ANA'), 1)).toEqual({ kind: 'stale' });
  const answers = [...states['needs-human'].answers, { id: 'abort', label: 'Abort', effect: '' }] as const;
  const state = { ...states['needs-human'], answers };
  await records.save(owner, revision, { ...migration, state }, [], [], 60_000, null);
  expect(await records.wish(uid, abort('U0ANA'), 2)).toEqual({ kind: 'accepted' });
});

test('what is over or unknown takes no wish', async () => {
  const { records } = ferry;
  const { migration } = await makeIn(records, 'completed');
  expect(await records.wish(migration.uid, decision('revert-requested', 'U1'), 1)).toEqual({ kind: 'gone' });
  expect(await records.wish('nothing', abort('U1'), 1)).toEqual({ kind: 'gone' });
});

test('of ten clicks on Start at once one wins, and the others learn who did', async () => {
  const { records } = ferry;
  const { migration } = await makeIn(records, 'planned');
  const users = Array.from({ length: 10 }, (_, at) => `U${at}`);
  const answers = await Promise.all(
    users.map((user) => records.wish(migration.uid, decision('start-requested', user), 1)),
  );
  const winner = users[answers.findIndex((answer) => answer.kind === 'accepted')];
  expect(answers.filter((answer) => answer.kind === 'accepted')).toHaveLength(1);
  const others = answers.filter((answer) => answer.kind !== 'accepted');
  expect(others).toEqual(others.map(() => ({ kind: 'decided', by: winner, agoMs: expect.any(Number) })));
  expect(await records.wishes(migration.uid, '0')).toHaveLength(1);
});

test('a click after the owner acted on the first one learns who was faster', async () => {
  const { records } = ferry;
  const { migration, owner, revision } = await makeIn(records, 'planned');
  const { uid } = migration;
  await records.wish(uid, decision('start-requested', 'U0BEN'), 1);
  const waiting = await records.wishes(uid, '0');
  const next = { ...migration, digest: '', state: states.syncing };
  await records.save(owner, revision, next, [], [], 60_000, waiting[0]?.cursor ?? null);

  const late = await records.wish(uid, decision('start-requested', 'U0EVA'), 2);
  expect(late).toEqual({ kind: 'decided', by: 'U0BEN', agoMs: expect.any(Number) });
  expect(await records.wish(uid, decision('start-requested', 'U0BEN'), 2)).toEqual({ kind: 'repeated' });
});

test('a wish that the owner refused leaves the button free for the next person', async () => {
  const { records } = ferry;
  const { migration, owner } = await makeIn(records, 'planned');
  await records.wish(migration.uid, decision('start-requested', 'U0KIM'), 1);
  await fold(records, owner);
  const next = await records.wish(migration.uid, decision('start-requested', 'U0BEN'), 2);
  expect(next).toEqual({ kind: 'accepted' });
});

test('I4 approvals count once a person, and beyond the number needed they are not taken', async () => {
  const { records } = ferry;
  const { migration } = await makeIn(records, 'following');
  const { uid } = migration;
  expect(await records.wish(uid, decision('approved', 'U0BEN'), 1)).toEqual({ kind: 'accepted' });
  expect(await records.wish(uid, decision('approved', 'U0BEN'), 2)).toEqual({ kind: 'repeated' });
  expect(await records.wish(uid, decision('approved', 'U0EVA'), 3)).toEqual({ kind: 'accepted' });
  const third = await records.wish(uid, decision('approved', 'U0KIM'), 4);
  expect(third).toEqual({ kind: 'decided', by: 'U0EVA', agoMs: expect.any(Number) });
  expect((await records.wishes(uid, '0')).map(({ wish }) => wish.by.user)).toEqual(['U0BEN', 'U0EVA']);
});

test('I4 an approval in the record counts like one that waits', async () => {
  const { records } = ferry;
  const { migration, owner, revision } = await makeIn(records, 'following');
  const { uid } = migration;
  await records.wish(uid, decision('approved', 'U0BEN'), 1);
  const [first] = await records.wishes(uid, '0');
  const state = { ...states.following, approvals: [{ user: 'U0BEN', at: 1 }] };
  await records.save(owner, revision, { ...migration, state }, [], [], 60_000, first?.cursor ?? null);

  expect(await records.wish(uid, decision('approved', 'U0BEN'), 2)).toEqual({ kind: 'repeated' });
  expect(await records.wish(uid, decision('approved', 'U0EVA'), 3)).toEqual({ kind: 'accepted' });
  expect((await records.wish(uid, decision('approved', 'U0KIM'), 4)).kind).toBe('decided');
});

test('an Approve that comes while it is cutting over learns who approved, after a withdrawal it is stale', async () => {
  const { records } = ferry;
  const { migration, owner, revision } = await makeIn(records, 'following');
  const { uid } = migration;
  await records.wish(uid, decision('approved', 'U0BEN'), 1);
  const cutting = { ...migration, state: states['cutting-over'] };
  await records.save(owner, revision, cutting, [], [], 60_000, null);
  expect(await records.wish(uid, decision('approved', 'U0EVA'), 2)).toMatchObject({ by: 'U0BEN' });

  await records.save(owner, revision + 1, { ...migration, round: 4 }, [], [], 60_000, null);
  expect(await records.wish(uid, decision('approved', 'U0EVA'), 3)).toEqual({ kind: 'stale' });
});

test('I4 a save that must not overtake a wish waits until the wish is folded in', async () => {
  const { records, outbox } = ferry;
  const { migration, owner, revision } = await makeIn(records, 'following');
  const { uid } = migration;
  const next = { ...migration, state: states['cutting-over'] };
  const say = { number: 18, at: 1, weight: 'event', key: null, body: { kind: 'window-ended' } } as const;
  const cutOver = (at: number, cursor: string | null) =>
    records.save(owner, at, next, [], [say], 60_000, cursor, true);

  await records.wish(uid, decision('held', 'U0BEN'), 1);
  expect(await cutOver(revision, null)).toBe('wished');
  expect(await records.load(uid)).toMatchObject({ revision, migration: { state: { phase: 'following' } } });
  expect(await outbox.pending(10)).toEqual([]);
  await fold(records, owner);
  const [held] = await records.wishes(uid, '0');
  await records.wish(uid, abort('U0EVA'), 2);
  expect(await cutOver(revision + 1, held?.cursor ?? null)).toBe('wished');
  const last = (await records.wishes(uid, '0')).at(-1);
  expect(await cutOver(revision + 1, last?.cursor ?? null)).toBe('saved');
  expect(await cutOver(revision + 1, last?.cursor ?? null)).toBe('lost');
});

test('a second Abort learns who aborts; one that came to nothing decides nothing later', async () => {
  const { records } = ferry;
  const { migration, owner, revision } = await makeIn(records, 'syncing');
  const { uid } = migration;
  await records.wish(uid, abort('U0ANA'), 1);
  expect(await records.wish(uid, abort('U0BEN'), 2)).toMatchObject({ kind: 'decided', by: 'U0ANA' });
  const cursor = (await records.wishes(uid, '0')).at(-1)?.cursor ?? null;
  const aborting = { ...migration, round: 4, state: states.aborting };
  await records.save(owner, revision, aborting, [], [], 60_000, cursor);
  expect(await records.wish(uid, abort('U0BEN'), 3)).toMatchObject({ kind: 'decided', by: 'U0ANA' });

  const watching = { ...migration, round: 5, state: states.watching };
  await records.save(owner, revision + 1, watching, [], [], 60_000, null);
  expect(await records.wish(uid, abort('U0BEN'), 4)).toEqual({ kind: 'stale' });
});

test('wishes wait without expiring, in the order they were made, until an owner comes', async () => {
  const { records, redis } = ferry;
  const { migration, owner } = await makeIn(records, 'following');
  await records.release(owner);
  await records.wish(migration.uid, decision('approved', 'U0BEN'), 1);
  await records.wish(migration.uid, decision('held', 'U0EVA'), 2);
  expect(await redis.ttl(keys.wishes(migration.uid))).toBe(-1);
  const kinds = (await records.wishes(migration.uid, '0')).map(({ wish }) => wish.kind);
  expect(kinds).toEqual(['approved', 'held']);
});
