// The link between two servers neither loses nor reorders a byte, is as slow as it is told, and can be cut.

import { createHash, randomBytes } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startLink } from '../../src/sandbox/link.ts';
import { ask } from '../../src/sandbox/load/resp.ts';
import { until } from '../support/until.ts';

test.each([0, 30])('what the server sends arrives whole, in order and %i ms later', async (delayMs) => {
  const sent = randomBytes(9 * 1024 * 1024);
  let askedAt = 0;
  const server = createServer((socket) => {
    socket.once('data', () => {
      askedAt = performance.now();
      socket.end(sent);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const link = await startLink({ host: '127.0.0.1', port }, delayMs);
  onTestFinished(async () => {
    await link.stop();
    server.close();
  });

  const client = connect(link.address.port, link.address.host);
  client.write('now');
  const digest = createHash('sha256');
  let firstAt = 0;
  for await (const chunk of client) {
    firstAt ||= performance.now();
    digest.update(chunk as Buffer);
  }
  expect(digest.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'));
  expect(firstAt - askedAt).toBeGreaterThanOrEqual(delayMs - 1);
});

test('a cut link ends what goes over it and lets nothing new through until it is mended', async () => {
  const server = createServer((socket) => void socket.on('data', () => socket.write('+PONG\r\n')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const link = await startLink({ host: '127.0.0.1', port }, 0);
  onTestFinished(async () => {
    await link.stop();
    server.close();
  });
  const ping = () => ask(link.address, [['PING']]);
  const client = connect(link.address.port, link.address.host);
  client.on('error', () => undefined);
  await until(() => client.readyState === 'open', { what: 'a connection' });
  link.cut();
  await until(() => client.closed, { what: 'its end' });
  await expect(ping()).rejects.toThrow();
  link.mend();
  expect(await ping()).toEqual(['PONG']);
});
