// The cache folder: one finished, self-contained folder a server, put there in one rename.
// Two processes may fill it at once: the first rename wins, the other's work is thrown away.

import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ServerBinary, ServerId, Variables } from './server-id.ts';

const DESCRIPTION = 'server.json';

/** Paths inside are relative, so that the cache can be moved. */
const descriptionSchema = z.object({
  flavour: z.enum(['redis', 'valkey']),
  version: z.string(),
  suite: z.string(),
  packages: z.array(z.string()),
  loader: z.string(),
  server: z.string(),
  libraryFolders: z.array(z.string()),
  luaFolder: z.string().nullable(),
});

export type CachedServer = z.infer<typeof descriptionSchema>;

export function cacheFolder(env: Variables): string {
  const base = env['XDG_CACHE_HOME'];
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.cache'), 'redis-ferry', 'servers');
}

/** The server in the cache under this id. Null when it is not there or cannot be read: it is fetched again then. */
export async function readCached(cache: string, id: ServerId): Promise<ServerBinary | null> {
  const folder = join(cache, id);
  try {
    const text = await readFile(join(folder, DESCRIPTION), 'utf8');
    return binaryOf(id, folder, descriptionSchema.parse(JSON.parse(text)), 'cache');
  } catch {
    return null;
  }
}

export async function listCached(cache: string): Promise<ServerBinary[]> {
  const names = await readdir(cache).catch(() => []);
  const found = await Promise.all(
    names.map((name) => (isId(name) ? readCached(cache, name) : Promise.resolve(null))),
  );
  return found.filter((binary) => binary !== null);
}

/** A fresh folder beside the finished ones, on the same disk, so that the rename is atomic. */
export async function openDraft(cache: string): Promise<string> {
  await mkdir(cache, { recursive: true });
  return mkdtemp(join(cache, '.draft-'));
}

/** Makes a draft the cached server of this id. */
export async function publish(
  cache: string,
  id: ServerId,
  draft: string,
  server: CachedServer,
): Promise<void> {
  await writeFile(join(draft, DESCRIPTION), `${JSON.stringify(server, null, 2)}\n`);
  const folder = join(cache, id);
  if ((await readCached(cache, id)) === null) await rm(folder, { recursive: true, force: true });
  await rename(draft, folder).catch(async (error: unknown) => {
    if ((await readCached(cache, id)) === null) throw error;
    await rm(draft, { recursive: true, force: true });
  });
}

export function binaryOf(
  id: ServerId,
  folder: string,
  server: CachedServer,
  origin: 'cache' | 'packages',
): ServerBinary {
  const libraryPath = server.libraryFolders.map((path) => join(folder, path)).join(':');
  const luaPath = server.luaFolder === null ? {} : { LUA_CPATH: join(folder, server.luaFolder, '?.so') };
  return {
    id,
    flavour: server.flavour,
    version: server.version,
    origin,
    program: join(folder, server.loader),
    leadingArgs: ['--library-path', libraryPath, join(folder, server.server)],
    environment: luaPath,
  };
}

function isId(name: string): name is ServerId {
  return /^(redis|valkey)-\d+(\.\d+)*$/.test(name);
}
