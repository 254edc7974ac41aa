// Reading a machine's own package settings: one-line, deb822, Ubuntu, cloud images.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  chooseArchive,
  parseDeb822Sources,
  parseOneLineSources,
  parseOsRelease,
  readAptSources,
} from '../../../src/sandbox/servers/apt-sources.ts';
import { ARCHIVE_SUITES } from '../../../src/sandbox/servers/recipes.ts';

const DEBIAN_DEB822 = `Types: deb
# a comment inside a stanza
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;

const UBUNTU_ONE_LINE = `# deb http://old.example/ubuntu noble main
deb http://mirror.example/ubuntu/ noble main restricted universe # the archive
deb-src http://mirror.example/ubuntu/ noble main
deb [arch=amd64 signed-by=/etc/apt/keyrings/vendor.gpg] https://vendor.example/apt stable main
`;

test('a deb822 file gives one source for each suite, comments ignored', () => {
  const sources = parseDeb822Sources(DEBIAN_DEB822);
  expect(sources.map((source) => [source.uri, source.suite])).toEqual([
    ['http://mirror.example/debian', 'bookworm'],
    ['http://mirror.example/debian', 'bookworm-updates'],
    ['http://mirror.example/debian-security', 'bookworm-security'],
  ]);
  expect(sources[0]?.signedBy).toBe('/usr/share/keyrings/debian-archive-keyring.gpg');
  expect(sources[0]?.components).toEqual(['main']);
});

test('disabled stanzas, sources of source code and inline keys are told apart', () => {
  expect(parseDeb822Sources('Types: deb-src\nURIs: http://a.example\nSuites: x\n')).toEqual([]);
  expect(parseDeb822Sources('Enabled: no\nTypes: deb\nURIs: http://a.example\nSuites: x\n')).toEqual([]);
  const inline = 'Types: deb\nURIs: http://a.example\nSuites: x\nSigned-By:\n -----BEGIN PGP\n .\n abc\n';
  expect(parseDeb822Sources(inline)[0]?.signedBy).toBeNull();
});

test('one-line sources: options, trailing comments, nothing that is commented out', () => {
  expect(parseOneLineSources(UBUNTU_ONE_LINE)).toEqual([
    {
      uri: 'http://mirror.example/ubuntu/',
      suite: 'noble',
      components: ['main', 'restricted', 'universe'],
      signedBy: null,
    },
    {
      uri: 'https://vendor.example/apt',
      suite: 'stable',
      components: ['main'],
      signedBy: '/etc/apt/keyrings/vendor.gpg',
    },
  ]);
});

test('the archive is the one that carries whole suites, not a security archive, a vendor or a disc', () => {
  const debian = parseDeb822Sources(DEBIAN_DEB822).reverse();
  expect(chooseArchive(debian, ARCHIVE_SUITES.debian)?.uri).toBe('http://mirror.example/debian');
  const ubuntu = parseOneLineSources(UBUNTU_ONE_LINE).reverse();
  expect(chooseArchive(ubuntu, ARCHIVE_SUITES.ubuntu)?.uri).toBe('http://mirror.example/ubuntu/');
  expect(chooseArchive(parseOneLineSources('deb cdrom:[disc]/ bookworm main'), ['bookworm'])).toBeNull();
});

test('all of /etc/apt is read, and a mirror list is followed', async () => {
  const etcApt = await mkdtemp(join(tmpdir(), 'ferry-apt-'));
  onTestFinished(() => rm(etcApt, { recursive: true }));
  await mkdir(join(etcApt, 'sources.list.d'));
  await writeFile(join(etcApt, 'debian.list'), '# cloud\nhttps://cloud.example/debian\tpriority:1\n');
  await writeFile(join(etcApt, 'sources.list'), 'deb http://a.example/debian bullseye main\n');
  await writeFile(join(etcApt, 'sources.list.d', 'off.sources.disabled'), DEBIAN_DEB822);
  await writeFile(
    join(etcApt, 'sources.list.d', 'debian.sources'),
    `Types: deb\nURIs: mirror+file:${join(etcApt, 'debian.list')}\nSuites: bookworm\nComponents: main\n`,
  );
  const sources = await readAptSources(etcApt);
  expect(sources.map((source) => source.uri)).toEqual([
    'http://a.example/debian',
    'https://cloud.example/debian',
  ]);
  expect(await readAptSources(join(etcApt, 'nothing-here'))).toEqual([]);
});

test('the distribution is told by os-release, also for one derived from Ubuntu', () => {
  expect(parseOsRelease('ID=debian\nPRETTY_NAME="Debian GNU/Linux 12"')).toEqual({
    name: 'debian',
    prettyName: 'Debian GNU/Linux 12',
  });
  expect(parseOsRelease('ID=linuxmint\nID_LIKE="ubuntu debian"')?.name).toBe('ubuntu');
  expect(parseOsRelease('ID=fedora\nID_LIKE="rhel"')).toBeNull();
  expect(parseOsRelease('')).toBeNull();
});
