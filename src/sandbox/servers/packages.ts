// Makes a server out of the machine's own distribution packages, without root: fetch, check, `dpkg -x`, try, keep.
// Each server gets all its libraries and the C library of its own suite, so it does not matter what is installed.

import { access, mkdir, readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FerryError } from '../../migration/errors.ts';
import { chooseArchive, type Distribution, parseOsRelease, readAptSources } from './apt-sources.ts';
import { type Archive, openArchive } from './archive.ts';
import { binaryOf, type CachedServer, openDraft, publish, readCached } from './cache.ts';
import { installHint } from './install-hint.ts';
import { closure, type PackageEntry, upstreamVersion } from './package-index.ts';
import {
  ARCHIVE_SUITES,
  type Architecture,
  architectureOf,
  packageOf,
  type Recipe,
  recipesFor,
} from './recipes.ts';
import { runProgram } from './run-program.ts';
import { answersTo, parseVersionAnswer, type ServerBinary, type ServerId, splitId } from './server-id.ts';

const KEYRINGS: Readonly<Record<Distribution['name'], string>> = {
  debian: '/usr/share/keyrings/debian-archive-keyring.gpg',
  ubuntu: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
};

export interface PackageSource {
  readonly distribution: Distribution;
  readonly architecture: Architecture;
  readonly archive: Archive;
}

/** This machine's package archive, or one sentence that says what to install instead. */
export async function findPackageSource(): Promise<PackageSource | FerryError> {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const distribution = parseOsRelease(osRelease);
  const architecture = architectureOf(process.arch);
  if (process.platform !== 'linux' || distribution === null || architecture === null) {
    return new FerryError('no-servers', 'No Redis server was found on this machine.', {
      hint: installHint(process.platform, osRelease),
    });
  }
  const source = chooseArchive(await readAptSources(), ARCHIVE_SUITES[distribution.name]);
  if (source === null) {
    return new FerryError('no-servers', "apt's settings name no package archive that is reached over http.", {
      hint: installHint(process.platform, osRelease),
    });
  }
  const keyrings = [
    ...new Set([source.signedBy ?? KEYRINGS[distribution.name], KEYRINGS[distribution.name]]),
  ];
  return { distribution, architecture, archive: openArchive(source, architecture.debian, keyrings) };
}

/** Fetches a server into the cache. Throws when no suite has it or when anything does not check out. */
export async function obtainFromPackages(
  source: PackageSource,
  cache: string,
  id: ServerId,
  say: (line: string) => void,
): Promise<ServerBinary> {
  const tool = packageOf(splitId(id).flavour);
  for (const recipe of recipesFor(source.distribution.name, id)) {
    const index = await source.archive.index(recipe.suites, recipe.components);
    const version = upstreamVersion(index(tool)?.version ?? '');
    if (!answersTo(id, { flavour: splitId(id).flavour, version })) continue;
    const packages = closure(index, tool);
    const binary = await assemble(source, cache, recipe, packages);
    const megabytes = packages.reduce((sum, entry) => sum + entry.sizeBytes, 0) / 1e6;
    say(
      `${id}: ${binary.version} from ${source.distribution.name} ${recipe.suites[0]}, ` +
        `${packages.length} packages (${megabytes.toFixed(1)} MB) checked and unpacked into ${join(cache, id)}`,
    );
    return binary;
  }
  throw new FerryError('server-not-packaged', `The package archive of this machine has no ${id}.`, {
    hint: `Put one into REDIS_BIN_DIR/${splitId(id).version}/${splitId(id).flavour}-server.`,
  });
}

async function assemble(
  source: PackageSource,
  cache: string,
  recipe: Recipe,
  packages: readonly PackageEntry[],
): Promise<ServerBinary> {
  const draft = await openDraft(cache);
  try {
    await unpackAll(source.archive, draft, packages);
    const server = await describe(source.architecture, draft, recipe, packages);
    await tryOut(recipe.id, draft, server);
    await publish(cache, recipe.id, draft, server);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  const cached = await readCached(cache, recipe.id);
  if (cached === null)
    throw new FerryError('cache-unreadable', `Could not read back ${join(cache, recipe.id)}.`);
  return { ...cached, origin: 'packages' };
}

/** Downloads go in parallel; dpkg-deb is given one package at a time, as the packages share folders. */
async function unpackAll(archive: Archive, draft: string, packages: readonly PackageEntry[]): Promise<void> {
  const bodies = await Promise.all(packages.map((entry) => archive.fetchPackage(entry)));
  const root = join(draft, 'root');
  await mkdir(root);
  for (const [i, body] of bodies.entries()) {
    const file = join(draft, 'package.deb');
    await writeFile(file, body);
    const unpacked = await runProgram('dpkg-deb', ['-x', file, root]);
    if (unpacked.exitCode !== 0) {
      throw new FerryError(
        'unpack-failed',
        `dpkg-deb could not unpack ${packages[i]?.filename}: ${unpacked.stderr.trim()}`,
      );
    }
    await unlink(file);
  }
}

/** Finds the program, the loader and the library folders in what was unpacked; drops what no server needs. */
async function describe(
  architecture: Architecture,
  draft: string,
  recipe: Recipe,
  packages: readonly PackageEntry[],
): Promise<CachedServer> {
  const { flavour } = splitId(recipe.id);
  const { triplet } = architecture;
  const candidates = [`root/usr/lib/${triplet}`, `root/lib/${triplet}`, 'root/usr/lib', 'root/lib'];
  const libraryFolders: string[] = [];
  for (const folder of candidates) if (await exists(join(draft, folder))) libraryFolders.push(folder);
  const loaders: string[] = [];
  for (const folder of libraryFolders) {
    if (await exists(join(draft, folder, architecture.loader)))
      loaders.push(`${folder}/${architecture.loader}`);
  }
  const loader = loaders[0];
  if (loader === undefined)
    throw new FerryError('loader-missing', `No ${architecture.loader} in the packages of ${recipe.id}.`);
  // The program decides by the name it was started under whether it serves or checks a file.
  const server = `root/usr/bin/${flavour}-server`;
  if (!(await exists(join(draft, server)))) await symlink(`${flavour}-check-rdb`, join(draft, server));
  await rm(join(draft, 'root/usr/share'), { recursive: true, force: true });
  const luaFolder = `root/usr/lib/${triplet}/lua/5.1`;
  return {
    flavour,
    version: upstreamVersion(packages[0]?.version ?? ''),
    suite: recipe.suites[0] ?? '',
    packages: packages.map((entry) => `${entry.name} ${entry.version} ${entry.sha256}`),
    loader,
    server,
    libraryFolders,
    luaFolder: (await exists(join(draft, luaFolder))) ? luaFolder : null,
  };
}

/** Only a server that starts here is kept. */
async function tryOut(id: ServerId, draft: string, server: CachedServer): Promise<void> {
  const binary = binaryOf(id, draft, server, 'packages');
  const answer = await runProgram(binary.program, [...binary.leadingArgs, '--version']);
  const version = parseVersionAnswer(answer.stdout.toString('utf8'));
  if (version !== null && answersTo(id, version)) return;
  const said = `${answer.stdout.toString('utf8')}${answer.stderr}`.trim();
  throw new FerryError('server-does-not-run', `${id} was unpacked but does not run here: ${said}`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
