// One package archive: its suites' indexes and its packages, each checked against the sum above it.
// InRelease (signed) vouches for the index, the index for every package. Never uses apt's own lists.

import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { FerryError } from '../../migration/errors.ts';
import type { AptSource } from './apt-sources.ts';
import { download, downloadChecked, requireSha256 } from './download.ts';
import {
  overlay,
  type PackageEntry,
  type PackageIndex,
  parsePackageIndex,
  parseReleaseSums,
} from './package-index.ts';
import { runProgram } from './run-program.ts';

const gunzipAsync = promisify(gunzip);

export interface Archive {
  /** The index of several suites seen as one. Fetched once, however often it is asked for. */
  index(suites: readonly string[], components: readonly string[]): Promise<PackageIndex>;
  /** A package's file, checked. Fetched once. */
  fetchPackage(entry: PackageEntry): Promise<Buffer>;
}

export function openArchive(source: AptSource, architecture: string, keyrings: readonly string[]): Archive {
  const base = source.uri.replace(/\/+$/, '');
  const releases = new Map<string, Promise<Map<string, string>>>();
  const indexes = new Map<string, Promise<PackageIndex>>();
  const packages = new Map<string, Promise<Buffer>>();

  const sumsOf = (suite: string): Promise<Map<string, string>> =>
    remember(releases, suite, () => fetchReleaseSums(`${base}/dists/${suite}`, keyrings));

  const indexOf = (suite: string, component: string): Promise<PackageIndex> =>
    remember(indexes, `${suite}/${component}`, async () =>
      fetchIndex(
        `${base}/dists/${suite}`,
        `${component}/binary-${architecture}/Packages`,
        await sumsOf(suite),
      ),
    );

  return {
    async index(suites, components) {
      const all = suites.flatMap((suite) => components.map((component) => indexOf(suite, component)));
      return overlay(await Promise.all(all));
    },
    fetchPackage: (entry) =>
      remember(packages, entry.sha256, () => downloadChecked(`${base}/${entry.filename}`, entry.sha256)),
  };
}

async function fetchReleaseSums(suiteUrl: string, keyrings: readonly string[]): Promise<Map<string, string>> {
  const release = await download(`${suiteUrl}/InRelease`);
  if (release === null)
    throw new FerryError('suite-missing', `The package mirror has no suite at ${suiteUrl}.`);
  await refuseBadSignature(release, keyrings, suiteUrl);
  return parseReleaseSums(release.toString('utf8'));
}

/**
 * Refuses a list of checksums whose signature is wrong. Where the machine has no gpgv or not the suite's key
 * (a newer suite than the machine), the checksums alone have to do.
 */
async function refuseBadSignature(
  release: Buffer,
  keyrings: readonly string[],
  suiteUrl: string,
): Promise<void> {
  const present: string[] = [];
  for (const keyring of keyrings) if (await exists(keyring)) present.push(keyring);
  if (present.length === 0) return;
  const folder = await mkdtemp(join(tmpdir(), 'ferry-release-'));
  try {
    const file = join(folder, 'InRelease');
    await writeFile(file, release);
    const args = [...present.flatMap((keyring) => ['--keyring', keyring]), '--status-fd', '1', file];
    const checked = await runProgram('gpgv', args);
    if (/^\[GNUPG:\] BADSIG /m.test(checked.stdout.toString('utf8'))) {
      throw new FerryError(
        'signature-bad',
        `The signature of ${suiteUrl}/InRelease is wrong. Nothing from it is used.`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchIndex(suiteUrl: string, path: string, sums: Map<string, string>): Promise<PackageIndex> {
  const hasXz = (await runProgram('xz', ['--version'])).exitCode === 0;
  for (const ending of hasXz ? ['.xz', '.gz'] : ['.gz']) {
    const sha256 = sums.get(`${path}${ending}`);
    const packed = sha256 === undefined ? null : await download(`${suiteUrl}/${path}${ending}`);
    if (sha256 === undefined || packed === null) continue;
    requireSha256(packed, sha256, `${suiteUrl}/${path}${ending}`);
    return parsePackageIndex((await unpack(packed, ending)).toString('utf8'));
  }
  throw new FerryError('index-missing', `The package mirror has no readable index at ${suiteUrl}/${path}.`, {
    hint: hasXz ? '' : 'Installing xz-utils lets Ferry read indexes that come only as .xz.',
  });
}

async function unpack(packed: Buffer, ending: string): Promise<Buffer> {
  if (ending === '.gz') return gunzipAsync(packed);
  const result = await runProgram('xz', ['-dc'], { input: packed });
  if (result.exitCode === 0) return result.stdout;
  throw new FerryError('unpack-failed', `xz could not read a package index: ${result.stderr.trim()}.`);
}

function remember<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const made = known.get(key) ?? make();
  known.set(key, made);
  return made;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
