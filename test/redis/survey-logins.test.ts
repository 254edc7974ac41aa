// Who may log in, read from real servers: before it is too late for clients, and without a password in any text (I9).

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { connectTo } from '../../src/redis/connect.ts';
import { surveyPair } from '../../src/redis/survey.ts';
import { server } from '../support/servers.ts';
import { findingsOf, pairOf, run, secrets } from './survey-pairs.ts';

const ONE = { password: 'sesame-one' };
const OLD = { passwordRef: 'env:sesame-one' };

test.each([
  ['redis-6.0', 'redis-8.0'],
  ['redis-7.0', 'valkey-8.1'],
])('%s to %s: the same password is fine, another one or none has to be confirmed', async (from, to) => {
  const [old, same, other, none] = await Promise.all([
    server(from, ONE),
    server(to, ONE),
    server(to, { password: 'sesame-two' }),
    server(to),
  ]);
  const says = async (target: typeof old, login: object) =>
    (await findingsOf(pairOf(old, target, { source: OLD, target: login })))['users'];
  expect(await says(same, OLD)).toMatchObject({ severity: 'ok' });
  expect(await says(other, { passwordRef: 'env:sesame-two' })).toMatchObject({
    severity: 'confirm',
    message: 'carts-new does not take every password of `default` on carts-old: clients get WRONGPASS.',
  });
  expect(await says(none, {})).toMatchObject({
    severity: 'confirm',
    message: expect.stringMatching(/^carts-old wants a password, carts-new none/),
  });
});

test('I10 without ACL LIST the password of everybody is compared, and the rest is not known', async () => {
  const [old, next] = await Promise.all([server('redis-7.0', ONE), server('redis-8.0')]);
  const rules = ['on', '>mover', '~*', '&*', '+@all', '-acl|list'];

  const connection = await connectTo(pairOf(old, next, { source: OLD }).source, secrets);
  await connection.ask(['ACL', 'SETUSER', 'ferry', ...rules]);
  await connection.ask(['ACL', 'SETUSER', 'ana', 'on', '>pw', '~*', '+@all']);
  connection.close();
  const pair = pairOf(old, next, { source: { username: 'ferry', passwordRef: 'env:mover' } });
  const { users, permissions } = await findingsOf(pair);
  expect(permissions).toMatchObject({ severity: 'ok' });
  expect(users).toMatchObject({
    severity: 'confirm',
    message: expect.stringMatching(
      /^The users of carts-old could not be read, .* carts-old wants a password, carts-new none/,
    ),
    hint: expect.stringContaining('`ACL SETUSER ferry +acl|list` on carts-old'),
  });
  expect(users?.message).not.toContain('`ana`');
});

test('I9 neither passwords nor their hashes are in facts and findings', async () => {
  const [old, next] = await Promise.all([server('redis-7.0'), server('redis-8.0')]);
  await run(old, ['ACL', 'SETUSER', 'ana', 'on', '>sesame-ana', '~*', '+@all']);
  await run(next, ['ACL', 'SETUSER', 'ana', 'on', '>sesame-eve', '~*', '+@all']);
  const pair = pairOf(old, next);
  const facts = await surveyPair(pair, { secrets, ferryRunId: null });
  const { users } = await findingsOf(pair);
  expect(users?.message).toMatch(/every password of `ana`/);
  for (const password of ['sesame-ana', 'sesame-eve']) {
    const hash = createHash('sha256').update(password).digest('hex');
    for (const text of [JSON.stringify(facts), JSON.stringify(users)]) {
      expect(text).not.toContain(password);
      expect(text).not.toContain(hash);
    }
  }
});
