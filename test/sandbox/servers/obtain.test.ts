// Getting servers: an empty cache is filled from the machine's own archive, REDIS_BIN_DIR and PATH come first.

import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FerryError } from '../../../src/migration/errors.ts';
import { listServers, obtainPair, obtainServers } from '../../../src/sandbox/servers/obtain.ts';
import { findPackageSource } from '../../../src/sandbox/servers/packages.ts';
import { startServer } from '../../../src/sandbox/servers/start.ts';

const hasArchive = !((await findPackageSource()) instanceof FerryError);

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ferry-obtain-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A program that answers to --version like a server would. */
async function pretend(folder: string, name: string, answer: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `#!/bin/sh\necho '${answer}'\n`);
  await chmod(join(folder, name), 0o755);
}

test.runIf(hasArchive)('two at once fill an empty cache, the server runs, nothing else is left', async () => {
  const cache = await emptyFolder();
  const env = { XDG_CACHE_HOME: cache, PATH: '' };
  const said: string[] = [];
  const ask = () => obtainServers(['valkey-8.1'], { env, say: (line) => said.push(line) });
  const [first, second] = await Promise.all([ask(), ask()]);
  expect(said.filter((line) => /^valkey-8\.1: 8\.1\.\d+ from (debian|ubuntu) /.test(line))).toHaveLength(2);
  expect(second).toEqual(first);
  expect(await readdir(join(cache, 'redis-ferry', 'servers'))).toEqual(['valkey-8.1']);

  const binary = first.get('valkey-8.1');
  if (binary === undefined) throw new Error('valkey-8.1 was not obtained');
  const started = await startServer(binary);
  await started.stop();
  expect((await ask()).get('valkey-8.1')?.origin).toBe('cache');
});

test('REDIS_BIN_DIR wins over PATH, and every version in it joins', async () => {
  const folder = await emptyFolder();
  await pretend(join(folder, 'given', '7.0.5'), 'redis-server', 'Redis server v=7.0.5 sha=0');
  await pretend(join(folder, 'given', '7.0.15'), 'redis-server', 'Redis server v=7.0.15 sha=0');
  await pretend(join(folder, 'given', 'valkey-8.1.1'), 'valkey-server', 'Valkey server v=8.1.1 sha=0');
  await pretend(join(folder, 'given', 'other'), 'redis-server', 'something else');
  await pretend(join(folder, 'path'), 'redis-server', 'Redis server v=7.0.9 sha=0');
  const env = { XDG_CACHE_HOME: folder, PATH: join(folder, 'path'), REDIS_BIN_DIR: join(folder, 'given') };
  const said: string[] = [];
  const servers = await obtainServers(['redis-7.0'], { env, say: (line) => said.push(line) });
  expect([...servers].map(([id, binary]) => [id, binary.version, binary.origin])).toEqual([
    ['redis-7.0', '7.0.15', 'REDIS_BIN_DIR'],
    ['valkey-8.1.1', '8.1.1', 'REDIS_BIN_DIR'],
    ['redis-7.0.5', '7.0.5', 'REDIS_BIN_DIR'],
  ]);
  expect(said).toEqual([
    `redis-7.0: 7.0.15 from REDIS_BIN_DIR (${join(folder, 'given/7.0.15/redis-server')})`,
  ]);
  expect((await listServers(env)).map((binary) => binary.version)).toEqual([
    '8.1.1',
    '7.0.15',
    '7.0.5',
    '7.0.9',
  ]);
});

test('a pair for a migration goes from the older to the newer one', async () => {
  const folder = await emptyFolder();
  await pretend(join(folder, '8.0.2'), 'redis-server', 'Redis server v=8.0.2 sha=0');
  await pretend(join(folder, '7.0.15'), 'redis-server', 'Redis server v=7.0.15 sha=0');
  const env = { XDG_CACHE_HOME: folder, PATH: '', REDIS_BIN_DIR: folder };
  const { source, target } = await obtainPair({ env, say: () => undefined });
  expect([source.version, target.version]).toEqual(['7.0.15', '8.0.2']);
});

test('a version that nobody has is an error that says what to do', async () => {
  const env = { XDG_CACHE_HOME: await emptyFolder(), PATH: '' };
  await expect(obtainServers(['redis-1.0'], { env, say: () => undefined })).rejects.toMatchObject({
    code: 'servers-missing',
    message: expect.stringMatching(/redis-1\.0.*REDIS_BIN_DIR/),
  });
});

test('what is left of a broken cache entry is not used', async () => {
  const folder = await emptyFolder();
  const entry = join(folder, 'redis-ferry', 'servers', 'redis-7.0');
  await mkdir(entry, { recursive: true });
  await writeFile(join(entry, 'server.json'), '{"flavour":"redis"');
  expect(await listServers({ XDG_CACHE_HOME: folder, PATH: '' })).toEqual([]);
});
