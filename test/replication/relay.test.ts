// The relay between an old stream and real new servers: nothing lost, nothing that the target takes for damage,
// nobody let in but the target.

import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { routeBetween } from '../../src/migration/route.ts';
import { type RelayNews, type RelayOrder, startRelay } from '../../src/replication/relay.ts';
import { client } from '../redis/control-pair.ts';
import { binaryOf, server, versions } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { multiBulk, scriptedPrimary, snapshotOf } from './scripted-primary.ts';

const OLD = { product: 'redis', version: '2.6.16' } as const;
const DATABASES = 5;
const WRITES = 2_000;

async function relayTo(sourcePort: number, changes: Partial<RelayOrder> = {}) {
  const news: RelayNews[] = [];
  const relay = await startRelay(
    {
      host: '127.0.0.1',
      ports: null,
      lastPort: null,
      source: { name: 'carts-old', address: { host: '127.0.0.1', port: sourcePort } },
      target: { name: 'carts-new', hosts: ['127.0.0.1'] },
      ...changes,
    },
    (told) => news.push(told),
  );
  onTestFinished(() => relay.close());
  const troubles = () => news.flatMap((each) => (each.kind === 'trouble' ? [each.why] : []));
  return { relay, news, troubles };
}

async function oldSnapshot(): Promise<Buffer> {
  const real = await server('redis-6.0');
  const redis = client(real);
  await redis.set('from-snapshot', 'v');
  return snapshotOf(real);
}

/** Every server of this run that follows a 2.6 only through the relay. */
const TARGETS = versions().filter((id) => {
  const { flavour, version } = binaryOf(id);
  return routeBetween(OLD, { product: flavour, version }).through === 'relay';
});

it.each(TARGETS)(
  'I2 takes an old stream over to %s, with inline commands between the writes',
  async (version) => {
    const primary = await scriptedPrimary(await oldSnapshot());
    const { relay, news } = await relayTo(primary.port);
    const target = client(await server(version));
    await target.call('REPLICAOF', '127.0.0.1', relay.port);
    await until(() => primary.syncs > 0, { what: 'the target asks for the snapshot' });
    for (let n = 0; n < WRITES; n += 1) {
      if (n % 5 === 0) primary.send(`select ${(n / 5) % DATABASES}\r\n`);
      if (n % 100 === 0) primary.send("PING\r\n-ERR unknown command 'REPLCONF'\r\n");
      primary.send(multiBulk('SET', `n:${n}`, `select 1\r\n${n}`));
    }
    primary.send(`select 0\r\n${multiBulk('SET', 'last', 'seen')}`);
    await until(async () => (await target.get('last')) === 'seen', { what: 'the last write arrives' });
    expect(await target.get('from-snapshot')).toBe('v');
    const counted: number[] = [];
    for (let db = 0; db < DATABASES; db += 1) {
      await target.select(db);
      counted.push(await target.dbsize());
    }
    expect(counted).toEqual([WRITES / DATABASES + 2, ...Array(DATABASES - 1).fill(WRITES / DATABASES)]);
    expect(primary.syncs).toBe(1);
    await target.call('REPLICAOF', 'NO', 'ONE');
    const ended = await until(() => news.find((each) => each.kind === 'ended'), { what: 'the link ends' });
    expect(ended).toMatchObject({ reencoded: WRITES / 5 + WRITES / 100 + 1, swallowed: WRITES / 100 });
  },
);

it('keeps the progress of a target from a source that would answer it into the stream', async () => {
  const primary = await scriptedPrimary(Buffer.from('payload'));
  const { relay } = await relayTo(primary.port);
  const target = connect(relay.port, '127.0.0.1');
  onTestFinished(() => void target.destroy());
  let got = '';
  target.on('data', (chunk) => {
    got += chunk.toString();
  });
  target.write('SYNC\r\n');
  await until(() => got.endsWith('payload'), { what: 'the snapshot' });
  await new Promise<unknown>((resolve) => target.write(multiBulk('REPLCONF', 'ACK', '17'), resolve));
  // It reads both sides in turn: what the source sends later comes after what the target sent before.
  for (let n = 0; n < 20; n += 1) {
    primary.send(multiBulk('SET', 'k', `${n}.`));
    await until(() => got.includes(`${n}.`), { what: 'a write arrives' });
  }
  expect(primary.heard).toBe('');
  expect(got).not.toContain('-ERR');
});

it('lets nobody in but the target', async () => {
  const primary = await scriptedPrimary(Buffer.alloc(0));
  const { relay, troubles } = await relayTo(primary.port, {
    target: { name: 'carts-new', hosts: ['192.0.2.7'] },
  });
  const stranger = connect(relay.port, '127.0.0.1');
  let got = '';
  stranger.on('data', (chunk) => {
    got += chunk.toString();
  });
  stranger.on('error', () => undefined);
  const closed = new Promise((resolve) => stranger.on('close', resolve));
  stranger.write('SYNC\r\n');
  await closed;
  expect(got).toBe('');
  expect(primary.syncs).toBe(0);
  expect(troubles()).toEqual([
    'The relay turned away a connection from 127.0.0.1: it serves carts-new (192.0.2.7) alone.',
  ]);
});

it('ends the link where the stream is damaged, and passes nothing of the damage', async () => {
  const primary = await scriptedPrimary(Buffer.from('payload'));
  const { relay, troubles } = await relayTo(primary.port);
  const target = connect(relay.port, '127.0.0.1');
  let got = '';
  target.on('data', (chunk) => {
    got += chunk.toString();
  });
  const closed = new Promise((resolve) => target.on('close', resolve));
  target.write('SYNC\r\n');
  await until(() => got.endsWith('payload'), { what: 'the snapshot' });
  primary.send(`${multiBulk('SET', 'k', 'v')}\u0000\u0001garbage\r\n`);
  await closed;
  expect(got.startsWith('\n\n$7\r\npayload')).toBe(true);
  expect(got).not.toContain('garbage');
  expect(troubles()).toEqual([
    'The relay ended the link: carts-old sent bytes between two commands that are none.',
  ]);
});

it('I11 does not take in what the target does not read', async () => {
  const primary = await scriptedPrimary(Buffer.alloc(0));
  const { relay } = await relayTo(primary.port);
  const target = connect({ port: relay.port, host: '127.0.0.1' });
  onTestFinished(() => void target.destroy());
  target.write('SYNC\r\n');
  await until(() => primary.syncs > 0, { what: 'the link' });
  target.pause();
  const total = 64;
  const sent = createHash('sha256').update('\n\n$0\r\n');
  let sentBytes = 6;
  for (let n = 0; n < total; n += 1) {
    const write = Buffer.from(multiBulk('SET', `k${n}`, randomBytes(512 * 1024).toString('hex')));
    sent.update(write);
    sentBytes += write.length;
    primary.send(write);
  }
  // Most of it stays with the source, because nobody takes it: kernel buffers hold a few megabytes.
  const stuck = await until(
    async () => {
      const before = primary.send('');
      await new Promise((resolve) => setTimeout(resolve, 200));
      return before === primary.send('') ? before : null;
    },
    { what: 'the source is held' },
  );
  expect(stuck).toBeGreaterThan((total / 2) * 1024 * 1024);
  const got = createHash('sha256');
  let gotBytes = 0;
  target.on('data', (chunk) => {
    gotBytes += chunk.length;
    got.update(chunk);
  });
  target.resume();
  await until(() => gotBytes >= sentBytes, { what: 'everything arrives after all' });
  expect(got.digest('hex')).toBe(sent.digest('hex'));
});

it('says why nothing comes, and serves again when the source is back', async () => {
  const gone = await scriptedPrimary(await oldSnapshot());
  gone.close();
  const { relay, troubles } = await relayTo(gone.port);
  const target = client(await server('redis-7.0'));
  await target.call('REPLICAOF', '127.0.0.1', relay.port);
  await until(() => troubles().length > 0, { what: 'the trouble is told' });
  expect(troubles()[0]).toMatch(
    /^The relay does not reach carts-old at 127\.0\.0\.1:\d+ \(connect ECONNREFUSED/,
  );
  await scriptedPrimary(await oldSnapshot(), gone.port);
  await until(async () => (await target.get('from-snapshot')) === 'v', { what: 'the snapshot arrives' });
});

it('takes the port that it had before, or one of the range', async () => {
  const { relay: first } = await relayTo(1);
  const again = relayTo(1, { lastPort: first.port });
  first.close();
  expect((await again).relay.port).toBe(first.port);
  const ports = { from: first.port, to: first.port };
  await expect(relayTo(1, { ports })).rejects.toThrow(/every port from \d+ to \d+ is taken/);
});
