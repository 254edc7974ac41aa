// What a connection that fails says: a code, a sentence, no secret.

import { describe, expect, it } from 'vitest';
import { FerryError } from '../../src/migration/errors.ts';
import { connectTo } from '../../src/redis/connect.ts';
import { freePort } from '../../src/sandbox/servers/start.ts';
import { server, versions } from '../support/servers.ts';
import { client, heldPassword, instanceAt, PASSWORD, PASSWORD_REF, SECRETS } from './control-pair.ts';

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

describe.each(versions())('login on %s', (id) => {
  const HOLD = 'hold:u1:1';

  it('gets in with the password of the inventory, with or without a user name', async () => {
    const locked = await server(id, { password: PASSWORD });
    const instance = instanceAt('carts-old', locked.port, PASSWORD_REF);
    for (const username of [null, 'default']) {
      const connection = await connectTo({ ...instance, username, holdRef: HOLD }, SECRETS);
      expect(connection).toMatchObject({ heldLogin: false, authenticated: true });
      expect(await connection.ask(['SET', 'k', 'v'])).toBe('OK');
      connection.close();
    }
  });

  it('gets in where the server asks for no password', async () => {
    const open = await server(id);
    for (const ref of [null, PASSWORD_REF]) {
      const instance = { ...instanceAt('carts-old', open.port, ref), holdRef: HOLD };
      const connection = await connectTo(instance, SECRETS);
      expect(connection).toMatchObject({ heldLogin: false, authenticated: false });
      expect(await connection.ask(['PING'])).toBe('PONG');
      connection.close();
    }
  });

  it("I3 gets in with Ferry's own password while that is on the server, and knows it", async () => {
    const held = await server(id, { password: heldPassword(HOLD) });
    for (const ref of [null, PASSWORD_REF]) {
      const instance = instanceAt('carts-old', held.port, ref);
      expect((await failure(connectTo(instance, SECRETS))).code).toBe('auth-failed');
      const connection = await connectTo({ ...instance, holdRef: HOLD }, SECRETS);
      expect(connection).toMatchObject({ heldLogin: true, authenticated: true });
      expect(await connection.ask(['PING'])).toBe('PONG');
      connection.close();
      const another = { ...instance, holdRef: 'hold:u1:2' };
      expect((await failure(connectTo(another, SECRETS))).code).toBe('auth-failed');
    }
  });
});
