// What a connection that fails says: a code, a sentence, no secret.

import { expect, it } from 'vitest';
import { FerryError } from '../../src/migration/errors.ts';
import { connectTo } from '../../src/redis/connect.ts';
import { freePort } from '../../src/sandbox/servers/start.ts';
import { server } from '../support/servers.ts';
import { client, instanceAt } from './control-pair.ts';

const SECRET = "pa'ss-`wörd";
const secrets = { resolve: async () => SECRET };

async function failure(attempt: Promise<unknown>): Promise<FerryError> {
  const error = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FerryError)) throw new Error(`expected a FerryError, got ${String(error)}`);
  // I9: neither the error nor anything that hangs on it.
  expect(JSON.stringify([error.message, error.hint, error.stack, error.cause])).not.toContain('ss-`w');
  return error;
}

it('says that nobody listens', async () => {
  const error = await failure(connectTo(instanceAt('carts-old', await freePort()), secrets));
  expect(error.code).toBe('unreachable');
  expect(error.message).toContain('carts-old');
});

it('I9 says that the password is wrong or missing', async () => {
  const locked = await server('redis-7.0', { password: 'another' });
  const wrong = connectTo(instanceAt('carts-old', locked.port, 'env:P'), secrets);
  expect((await failure(wrong)).code).toBe('auth-failed');
  expect((await failure(connectTo(instanceAt('carts-old', locked.port), secrets))).code).toBe('auth-failed');
});

it('says in time that a server does not answer', async () => {
  const frozen = await server('redis-7.0');
  const connection = await connectTo(instanceAt('carts-old', frozen.port), secrets, { timeoutMs: 300 });
  frozen.pause();
  const startedAt = performance.now();
  expect((await failure(connection.ask(['PING'], 100))).code).toBe('timeout');
  expect(
    (await failure(connectTo(instanceAt('carts-old', frozen.port), secrets, { timeoutMs: 200 }))).code,
  ).toBe('timeout');
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(connection.open).toBe(false);
  frozen.resume();
});

it('I9 names the command that is not permitted, never its arguments', async () => {
  const guarded = await server('redis-7.0');
  await client(guarded).call('ACL', 'SETUSER', 'ferry', 'on', `>${SECRET}`, '~*', '+@all', '-config|set');
  const connection = await connectTo(
    { ...instanceAt('carts-old', guarded.port, 'env:P'), username: 'ferry' },
    secrets,
  );
  const denied = await failure(connection.ask(['CONFIG', 'SET', 'masterauth', SECRET]));
  expect(denied.code).toBe('no-permission');
  expect(denied.message).toContain('CONFIG SET');
  const unknown = await failure(connection.ask(['NOSUCH', SECRET]));
  expect(unknown.code).toBe('server-refused');
  expect(unknown.message).not.toContain('pa');
  connection.close();
});

it('gives replies in order, with a refusal in the place of its command', async () => {
  const plain = await server('redis-7.0');
  const connection = await connectTo(instanceAt('carts-old', plain.port), secrets);
  const replies = await connection.pipeline([
    ['SET', 'k', 'v'],
    ['LPOP', 'k'],
    ['GET', 'k'],
  ]);
  expect(replies[0]).toBe('OK');
  expect(replies[1]).toBeInstanceOf(FerryError);
  expect(replies[2]).toBe('v');
  expect(await client(plain).client('LIST')).toContain('name=ferry ');
  connection.close();
});
