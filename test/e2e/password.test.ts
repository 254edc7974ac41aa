// I9, I12: what Ferry's hold left on a server is found again, by those alone who have the secret.

import { expect, it } from 'vitest';
import { createSecrets, type Variables } from '../../src/config/secrets.ts';
import type { Migration } from '../../src/migration/migration.ts';
import type { Hold } from '../../src/migration/route.ts';
import { showPassword } from '../../src/password.ts';
import { ferryRedis } from '../store/ferry-redis.ts';
import { draftOf, recordIn } from '../store/sample-records.ts';
import { movedBetween } from '../support/scripted-session.ts';

const own = ferryRedis();

/** A migration that was completed with this left on its source; gives its id and the hold's reference. */
async function completedWith(
  left: 'password' | 'nothing',
): Promise<{ readonly id: string; readonly ref: string }> {
  const { records } = own;
  const created = await records.create(draftOf());
  if (created.kind !== 'created') throw new Error('locked');
  const { id, uid } = created.migration;
  const ref = `hold:${uid}:1`;
  const hold: Hold = { kind: 'password', was: { text: '' }, now: { ref } };
  const sample = recordIn('completed', { id, uid });
  if (sample.state.phase !== 'completed') throw new Error('unreachable');
  const outcome = { ...sample.state.outcome, holds: [left === 'password' ? hold : null] };
  const migration: Migration = { ...sample, state: { ...sample.state, outcome } };
  const owner = await records.claim(uid, 5_000);
  if (owner === null) throw new Error('not the owner');
  expect(await records.save(owner, 1, migration, [], [], null, null)).toBe('saved');
  return { id, ref };
}

function variables(more: Variables = {}): Variables {
  return { FERRY_REDIS_URL: own.server.url, FERRY_SECRET: 'of this test alone', ...more };
}

async function shown(id: string, given: Variables) {
  const printed: string[] = [];
  const told: string[] = [];
  const code = await showPassword(id, given, {
    print: (line) => printed.push(line),
    tell: (line) => told.push(line),
  });
  return { code, printed, told: told.join('\n') };
}

it('prints the password alone, and what it opens beside it', async () => {
  const { id, ref } = await completedWith('password');
  const { code, printed, told } = await shown(id, variables());
  expect(code).toBe(0);
  expect(printed).toEqual([await createSecrets(variables()).resolve(ref)]);
  expect(told).toContain('carts-old (10.0.0.5:');
  expect(told).toContain("CONFIG SET requirepass ''");
  expect(told).not.toContain(printed[0]);
});

it('says so where there is none, and where there is no such migration', async () => {
  const { id } = await completedWith('nothing');
  expect(await shown(id, variables())).toMatchObject({ code: 1, printed: [] });
  expect((await shown('m999', variables())).told).toContain('There is no migration m999.');
});

it('I3 prints the one of the next attempt where the record of it may be lost', async () => {
  const { records } = own;
  const created = await records.create(draftOf());
  if (created.kind !== 'created') throw new Error('locked');
  const { id, uid } = created.migration;
  const sample = recordIn('following', { id, uid });
  if (sample.state.phase !== 'following') throw new Error('unreachable');
  const state = { ...sample.state, identities: [movedBetween('5.0.14', '8.0.2')] };
  const owner = await records.claim(uid, 5_000);
  if (owner === null) throw new Error('not the owner');
  const migration: Migration = { ...sample, cutoverAttempts: 1, state };
  expect(await records.save(owner, 1, migration, [], [], null, null)).toBe('saved');
  const { code, printed, told } = await shown(id, variables());
  expect(code).toBe(0);
  expect(printed).toEqual([await createSecrets(variables()).resolve(`hold:${uid}:2`)]);
  expect(told).toContain('If nobody is let in there though');
  await records.releaseLocks(uid);
});

it('asks for FERRY_SECRET, and for a Redis that answers', async () => {
  await expect(shown('m1', variables({ FERRY_SECRET: '' }))).rejects.toMatchObject({
    code: 'config-invalid',
  });
  const nobody = variables({ FERRY_REDIS_URL: 'redis://127.0.0.1:1' });
  await expect(shown('m1', nobody)).rejects.toMatchObject({ code: 'own-redis-unreachable' });
});
