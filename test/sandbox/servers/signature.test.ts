// A real release file of the machine's own archive, passed on with one byte changed by a mirror that lies.

import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { FerryError } from '../../../src/migration/errors.ts';
import { chooseArchive, readAptSources } from '../../../src/sandbox/servers/apt-sources.ts';
import { openArchive } from '../../../src/sandbox/servers/archive.ts';
import { download } from '../../../src/sandbox/servers/download.ts';
import { findPackageSource } from '../../../src/sandbox/servers/packages.ts';
import { ARCHIVE_SUITES } from '../../../src/sandbox/servers/recipes.ts';
import { runProgram } from '../../../src/sandbox/servers/run-program.ts';

const own = await findPackageSource();
const hasGpgv = (await runProgram('gpgv', ['--version'])).exitCode === 0;

test.runIf(!(own instanceof FerryError) && hasGpgv)(
  'a release file that was tampered with is refused',
  async () => {
    if (own instanceof FerryError) throw own;
    const { name } = own.distribution;
    const source = chooseArchive(await readAptSources(), ARCHIVE_SUITES[name]);
    if (source === null) throw new Error('no archive');
    const release = await download(`${source.uri.replace(/\/+$/, '')}/dists/${source.suite}/InRelease`);
    const forged = Buffer.from(
      (release ?? '').toString('latin1').replace(/^Date: .*$/m, 'Date: yesterday'),
      'latin1',
    );
    const http = createServer((_request, response) => void response.end(forged));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void http.close());
    const address = http.address();
    if (address === null || typeof address === 'string') throw new Error('no port');

    const keyring = `/usr/share/keyrings/${name}-archive-keyring.gpg`;
    const mirror = { ...source, uri: `http://127.0.0.1:${address.port}/${name}` };
    const archive = openArchive(mirror, own.architecture.debian, [keyring]);
    await expect(archive.index([source.suite], ['main'])).rejects.toMatchObject({ code: 'signature-bad' });
  },
);
