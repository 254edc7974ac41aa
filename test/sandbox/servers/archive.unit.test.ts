// An archive on loopback that lies: nothing that fails a checksum is ever used.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { type Archive, openArchive } from '../../../src/sandbox/servers/archive.ts';

const sha256 = (body: Buffer): string => createHash('sha256').update(body).digest('hex');

const DEB = Buffer.from('a package');
const PACKAGES = gzipSync(
  `Package: redis-tools\nVersion: 7.0.1\nFilename: pool/r.deb\nSize: 9\nSHA256: ${sha256(DEB)}\n`,
);
const RELEASE = Buffer.from(`SHA256:\n ${sha256(PACKAGES)} 1 main/binary-amd64/Packages.gz\n`);

const HONEST: Readonly<Record<string, Buffer>> = {
  '/debian/dists/bookworm/InRelease': RELEASE,
  '/debian/dists/bookworm/main/binary-amd64/Packages.gz': PACKAGES,
  '/debian/pool/r.deb': DEB,
};

async function archiveOf(
  files: Readonly<Record<string, Buffer>>,
): Promise<{ archive: Archive; asked: string[] }> {
  const asked: string[] = [];
  const http = createServer((request, response) => {
    asked.push(request.url ?? '');
    const body = files[request.url ?? ''];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((resolve) => http.close(() => resolve())));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const uri = `http://127.0.0.1:${address.port}/debian/`;
  return {
    archive: openArchive({ uri, suite: 'bookworm', components: ['main'], signedBy: null }, 'amd64', []),
    asked,
  };
}

test('index and packages are handed out when every sum fits, each fetched once', async () => {
  const { archive, asked } = await archiveOf(HONEST);
  const index = await archive.index(['bookworm'], ['main']);
  await archive.index(['bookworm'], ['main']);
  const entry = index('redis-tools');
  if (entry === null) throw new Error('redis-tools is not in the index');
  const bodies = await Promise.all([archive.fetchPackage(entry), archive.fetchPackage(entry)]);
  expect(bodies).toEqual([DEB, DEB]);
  expect(asked.length).toBe(3);
});

test('a package that is not the one in the index is refused', async () => {
  const { archive } = await archiveOf({ ...HONEST, '/debian/pool/r.deb': Buffer.from('a trojan') });
  const entry = (await archive.index(['bookworm'], ['main']))('redis-tools');
  if (entry === null) throw new Error('redis-tools is not in the index');
  await expect(archive.fetchPackage(entry)).rejects.toMatchObject({ code: 'checksum-mismatch' });
});

test('an index that is not the one in the release file is refused', async () => {
  const forged = {
    ...HONEST,
    '/debian/dists/bookworm/main/binary-amd64/Packages.gz': gzipSync('Package: x\n'),
  };
  const { archive } = await archiveOf(forged);
  await expect(archive.index(['bookworm'], ['main'])).rejects.toMatchObject({ code: 'checksum-mismatch' });
});

test('a suite or an index that is not there is named', async () => {
  const { archive } = await archiveOf({ '/debian/dists/bookworm/InRelease': Buffer.from('SHA256:\n') });
  await expect(archive.index(['trixie'], ['main'])).rejects.toMatchObject({ code: 'suite-missing' });
  await expect(archive.index(['bookworm'], ['main'])).rejects.toMatchObject({ code: 'index-missing' });
});
