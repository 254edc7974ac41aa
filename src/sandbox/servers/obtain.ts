// Hands out real Redis and Valkey servers: what is on the machine first, its package archive after that.
// Says in one line a server what it did; a server that was asked for and cannot be had is an error, never skipped.

import { FerryError, sentence } from '../../migration/errors.ts';
import { cacheFolder } from './cache.ts';
import { findServers } from './find.ts';
import { findPackageSource, obtainFromPackages } from './packages.ts';
import { answersTo, compareVersions, type ServerBinary, type ServerId, type Variables } from './server-id.ts';

export interface ObtainOptions {
  readonly env: Variables;
  readonly say: (line: string) => void;
}

/** Every server that can be had without a download. */
export function listServers(env: Variables): Promise<ServerBinary[]> {
  return findServers(env, cacheFolder(env));
}

/**
 * The servers asked for, by the id they were asked for, and beside them every version found in REDIS_BIN_DIR.
 * Throws a FerryError that names each one that cannot be had, and why.
 */
export async function obtainServers(
  wanted: readonly ServerId[],
  options: ObtainOptions,
): Promise<Map<ServerId, ServerBinary>> {
  const cache = cacheFolder(options.env);
  const present = await findServers(options.env, cache);
  const obtained = new Map<ServerId, ServerBinary>();
  for (const id of wanted) {
    const binary = present.find((candidate) => answersTo(id, candidate));
    if (binary === undefined) continue;
    obtained.set(id, { ...binary, id });
    options.say(`${id}: ${binary.version} from ${describeOrigin(binary, cache)}`);
  }
  const missing = wanted.filter((id) => !obtained.has(id));
  for (const [id, binary] of await obtainMissing(missing, cache, options.say)) obtained.set(id, binary);
  for (const binary of present) {
    const taken = [...obtained.values()].some((other) => other.program === binary.program);
    if (binary.origin === 'REDIS_BIN_DIR' && !taken) obtained.set(binary.id, binary);
  }
  return obtained;
}

/**
 * Two servers to migrate between, the target newer where one can be had: 7.0 to 8.0, else what the machine has.
 * Servers older than 6.2 are not offered.
 */
export async function obtainPair(
  options: ObtainOptions,
): Promise<{ source: ServerBinary; target: ServerBinary }> {
  try {
    const pair = await obtainServers(['redis-7.0', 'redis-8.0'], options);
    const source = pair.get('redis-7.0');
    const target = pair.get('redis-8.0');
    if (source !== undefined && target !== undefined) return { source, target };
    throw new FerryError('no-servers', 'No Redis server was found on this machine.');
  } catch (error) {
    const usable = (await listServers(options.env))
      .filter((binary) => compareVersions(binary.version, '6.2') >= 0)
      .sort((a, b) => compareVersions(a.version, b.version));
    // Redis to Redis or Valkey to Valkey always works upwards; between the two it depends on the versions.
    const source = usable.find((binary) => binary.flavour === 'redis') ?? usable[0];
    const target = usable.filter((binary) => binary.flavour === source?.flavour).at(-1);
    if (source === undefined || target === undefined) throw error;
    options.say(
      `using what is here: ${source.flavour} ${source.version} to ${target.flavour} ${target.version}`,
    );
    return { source, target };
  }
}

async function obtainMissing(
  missing: readonly ServerId[],
  cache: string,
  say: (line: string) => void,
): Promise<Map<ServerId, ServerBinary>> {
  const obtained = new Map<ServerId, ServerBinary>();
  if (missing.length === 0) return obtained;
  say(`fetching ${missing.join(', ')} from this machine's package archive`);
  const source = await findPackageSource();
  const failures: string[] = [];
  if (source instanceof FerryError) {
    failures.push(sentence(source));
  } else {
    const results = await Promise.allSettled(missing.map((id) => obtainFromPackages(source, cache, id, say)));
    for (const [i, result] of results.entries()) {
      const id = missing[i];
      if (id === undefined) continue;
      if (result.status === 'fulfilled') obtained.set(id, result.value);
      else
        failures.push(result.reason instanceof FerryError ? sentence(result.reason) : String(result.reason));
    }
  }
  if (failures.length === 0) return obtained;
  throw new FerryError('servers-missing', `Could not get ${missing.join(', ')}: ${failures.join(' ')}`);
}

function describeOrigin(binary: ServerBinary, cache: string): string {
  return binary.origin === 'cache' ? `the cache ${cache}` : `${binary.origin} (${binary.program})`;
}
