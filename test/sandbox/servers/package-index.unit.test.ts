// Reading a suite's index: what a server needs to run, and what vouches for it.

import { expect, test } from 'vitest';
import {
  closure,
  overlay,
  parsePackageIndex,
  parseReleaseSums,
  upstreamVersion,
} from '../../../src/sandbox/servers/package-index.ts';
import { answersTo, exactId, parseVersionAnswer } from '../../../src/sandbox/servers/server-id.ts';

const SUM = 'a'.repeat(64);

function stanza(name: string, version: string, depends = '', preDepends = ''): string {
  return [
    `Package: ${name}`,
    `Version: ${version}`,
    ...(depends === '' ? [] : [`Depends: ${depends}`]),
    ...(preDepends === '' ? [] : [`Pre-Depends: ${preDepends}`]),
    `Filename: pool/${name}_${version}.deb`,
    'Size: 1000',
    `SHA256: ${SUM}`,
  ].join('\n');
}

test('a server brings every library down to the C library, and no program', () => {
  const index = parsePackageIndex(
    [
      stanza('redis-tools', '5:8.0.2-3', 'adduser, libc6 (>= 2.38), libssl3t64 (>= 3), lua-cjson'),
      stanza('adduser', '3', 'passwd'),
      stanza('libc6', '2.41', 'libgcc-s1'),
      stanza('libgcc-s1', '14', 'gcc-14-base (= 14), libc6'),
      stanza('gcc-14-base', '14'),
      stanza('libssl3t64', '3.5', 'openssl-provider-legacy', 'zlib1g | zlib-other'),
      stanza('zlib1g', '1'),
      stanza('lua-cjson', '2'),
    ].join('\n\n'),
  );
  expect(closure(index, 'redis-tools').map((entry) => entry.name)).toEqual([
    'redis-tools',
    'libc6',
    'libssl3t64',
    'lua-cjson',
    'libgcc-s1',
    'zlib1g',
  ]);
});

test('a package without a checksum counts as absent', () => {
  const index = parsePackageIndex('Package: libx\nVersion: 1\nFilename: pool/x.deb\nSize: 1\n');
  expect(index('libx')).toBeNull();
});

test('backports win over the suite that they are for', () => {
  const backports = parsePackageIndex(stanza('valkey-tools', '8.0.1~bpo12'));
  const base = parsePackageIndex(`${stanza('valkey-tools', '7')}\n\n${stanza('libc6', '2.36')}\n`);
  const both = overlay([backports, base]);
  expect(both('valkey-tools')?.version).toBe('8.0.1~bpo12');
  expect(both('libc6')?.version).toBe('2.36');
  expect(both('nothing')).toBeNull();
});

test('only the SHA256 part of a release file counts', () => {
  const release = `MD5Sum:\n ${'b'.repeat(32)} 10 main/Packages.xz\nSHA256:\n ${SUM} 10 main/Packages.xz\nOther: x\n ${'c'.repeat(64)} 10 late\n`;
  expect([...parseReleaseSums(release)]).toEqual([['main/Packages.xz', SUM]]);
});

test('upstream versions are read out of Debian ones', () => {
  expect(upstreamVersion('5:8.0.2-3+deb13u2')).toBe('8.0.2');
  expect(upstreamVersion('8.1.1+dfsg1-3+deb13u2')).toBe('8.1.1');
  expect(upstreamVersion('8.0.1~bpo12+1')).toBe('8.0.1');
});

test('a binary answers to its version and to a shorter form of it, never to a longer number', () => {
  expect(parseVersionAnswer('Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc')).toEqual({
    flavour: 'redis',
    version: '7.0.15',
  });
  expect(parseVersionAnswer('Valkey server v=8.1.1 sha=0')?.flavour).toBe('valkey');
  expect(parseVersionAnswer('Redis server version 2.4.16 (00000000:0)')?.version).toBe('2.4.16');
  expect(parseVersionAnswer('nginx version 1.2.3')).toBeNull();
  const found = { flavour: 'redis', version: '7.0.15' } as const;
  expect(answersTo('redis-7.0', found)).toBe(true);
  expect(answersTo('redis-7.0.15', found)).toBe(true);
  expect(answersTo('redis-7.0.1', found)).toBe(false);
  expect(answersTo('valkey-7.0', found)).toBe(false);
  expect(exactId(found)).toBe('redis-7.0.15');
});
