// The link between two servers delays what it carries, and neither loses nor reorders a byte.

import { createHash, randomBytes } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startSlowLink } from '../../src/sandbox/slow-link.ts';

test('what the server sends arrives whole, in order and later', async () => {
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
  const link = await startSlowLink({ host: '127.0.0.1', port }, 30);
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
  expect(firstAt - askedAt).toBeGreaterThanOrEqual(29);
});
