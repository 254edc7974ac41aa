// The raw connection against real servers, silent ones and strangers: order, limits, deadlines, no secret in errors.

import { createServer } from 'node:net';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { FerryError } from '../../src/migration/errors.ts';
import { openWire, type WireConnection, type WireOptions } from '../../src/redis/wire/connection.ts';
import { ErrorReply, type Reply } from '../../src/redis/wire/reply.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import { sharedServer } from '../support/servers.ts';

const PASSWORD = 'open-sesame-4711';

let redis: RunningServer;
beforeAll(async () => {
  redis = await sharedServer('redis-7.0', { password: PASSWORD });
});

async function open(changes: Partial<WireOptions> = {}): Promise<WireConnection> {
  const connection = await openWire({
    who: 'carts-old',
    address: { host: '127.0.0.1', port: redis.port },
    tls: null,
    username: null,
    password: PASSWORD,
    name: 'ferry:verify',
    connectTimeoutMs: 2_000,
    silenceTimeoutMs: 2_000,
    maxReplyBytes: 1_000_000,
    ...changes,
  });
  onTestFinished(() => connection.close());
  return connection;
}

async function rejection(promise: Promise<unknown>): Promise<FerryError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof FerryError) return error;
  throw new Error(`expected a FerryError, got ${String(error)}`);
}

/** Takes connections, answers as told to each chunk, ends with the test. */
async function stranger(answer: string | null): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      if (answer !== null) socket.write(answer);
    });
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

describe('the raw connection', () => {
  it('carries its name, and binary keys and values both ways', async () => {
    const connection = await open();
    expect(await connection.ask(['CLIENT', 'GETNAME'])).toEqual(Buffer.from('ferry:verify'));
    const key = Buffer.from([0, 255, 13, 10, 36]);
    await connection.ask(['SET', key, key]);
    expect(await connection.ask(['GET', key])).toEqual(key);
  });

  it('answers a long pipeline in order, error replies as values', async () => {
    const connection = await open();
    await connection.ask(['DEL', 'list', 'n']);
    await connection.ask(['RPUSH', 'list', 'a']);
    const commands = Array.from({ length: 5_000 }, (_, i) =>
      i % 1_000 === 500 ? (['INCR', 'list'] as const) : (['INCR', 'n'] as const),
    );
    const replies: Reply[] = [];
    await connection.send(commands, (reply, index) => {
      expect(index).toBe(replies.length);
      replies.push(reply);
    });
    expect(replies.filter((reply) => reply instanceof ErrorReply).map(({ code }) => code)).toEqual(
      Array(5).fill('WRONGTYPE'),
    );
    expect(replies.at(-1)).toBe(4_995);
  });

  it('keeps pipelines apart that are sent at once', async () => {
    const connection = await open();
    const echoed = await Promise.all(
      Array.from({ length: 50 }, (_, i) => connection.ask(['ECHO', `${i}`]).then(String)),
    );
    expect(echoed).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
  });

  it('drops a reply that is too large, and goes on', async () => {
    const connection = await open();
    await connection.ask(['SETRANGE', 'large', 5_000_000, 'x']);
    const replies: Reply[] = [];
    await connection.send([['GET', 'large'], ['PING']], (reply) => void replies.push(reply));
    expect(replies).toEqual([expect.objectContaining({ oversize: true }), Buffer.from('PONG')]);
  });

  it('stays open when the server refuses one command', async () => {
    const connection = await open();
    expect(await rejection(connection.ask(['NOSUCH', 'argument']))).toMatchObject({ code: 'server-refused' });
    expect(await connection.ask(['PING'])).toEqual(Buffer.from('PONG'));
  });

  it('I9 says that the login failed and not with what', async () => {
    const error = await rejection(open({ password: 'wrong-secret' }));
    expect(error).toMatchObject({ code: 'auth-failed' });
    expect(JSON.stringify(error) + error.message + error.stack).not.toContain('wrong-secret');
    expect(await rejection(open({ password: null }))).toMatchObject({ code: 'auth-failed' });
  });

  it('I9 quotes no argument of a refused command', async () => {
    const connection = await open();
    const error = await rejection(connection.ask(['NOSUCH', 'customer-4711']));
    expect(error.message).not.toContain('customer-4711');
  });

  it('gives up on a server that is silent, while connecting and after', async () => {
    const address = { host: '127.0.0.1', port: await stranger(null) };
    expect(await rejection(open({ address, connectTimeoutMs: 100 }))).toMatchObject({ code: 'timeout' });
    const connection = await open({ silenceTimeoutMs: 100 });
    expect(await rejection(connection.ask(['BLPOP', 'nobody-pushes', 0]))).toMatchObject({ code: 'timeout' });
    expect(await rejection(connection.ask(['PING']))).toMatchObject({ code: 'timeout' });
  });

  it('says what is wrong with something that is no Redis, and with nothing at all', async () => {
    const address = { host: '127.0.0.1', port: await stranger('HTTP/1.1 400 Bad Request\r\n') };
    expect(await rejection(open({ address }))).toMatchObject({ code: 'protocol' });
    const nobody = { host: '127.0.0.1', port: 1 };
    expect(await rejection(open({ address: nobody }))).toMatchObject({ code: 'unreachable' });
  });

  it('rejects what is under way when it is closed', async () => {
    const connection = await open();
    const waiting = rejection(connection.ask(['BLPOP', 'nobody-pushes', 0]));
    connection.close(new FerryError('aborted', 'called off'));
    expect(await waiting).toMatchObject({ code: 'aborted' });
  });
});
