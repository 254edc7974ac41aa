// Looks for servers that are on this machine already: REDIS_BIN_DIR, the cache, PATH, in this order.
// Asks each binary for its version; never trusts the name of a folder.

import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { listCached } from './cache.ts';
import { runProgram } from './run-program.ts';
import {
  compareVersions,
  exactId,
  parseVersionAnswer,
  type ServerBinary,
  type Variables,
} from './server-id.ts';

const PROGRAMS = ['redis-server', 'valkey-server'] as const;

/** Every server that can be had without a download, the most wanted first. */
export async function findServers(env: Variables, cache: string): Promise<ServerBinary[]> {
  const [given, cached, onPath] = await Promise.all([findGiven(env), listCached(cache), findOnPath(env)]);
  return [...given, ...cached, ...onPath];
}

/** `REDIS_BIN_DIR/<version>/redis-server` or `…/valkey-server`, newest first. */
export async function findGiven(env: Variables): Promise<ServerBinary[]> {
  const folder = env['REDIS_BIN_DIR'];
  if (folder === undefined || folder === '') return [];
  const names = await readdir(folder).catch(() => []);
  const paths = names.flatMap((name) => PROGRAMS.map((program) => join(folder, name, program)));
  const found = await Promise.all(paths.map((path) => inspect(path, 'REDIS_BIN_DIR')));
  return found.flatMap((binary) => binary ?? []).sort((a, b) => compareVersions(b.version, a.version));
}

async function findOnPath(env: Variables): Promise<ServerBinary[]> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = folders.flatMap((folder) => PROGRAMS.map((program) => join(folder, program)));
  const found = await Promise.all(paths.map((path) => inspect(path, 'PATH')));
  return found.flatMap((binary) => binary ?? []);
}

async function inspect(program: string, origin: 'REDIS_BIN_DIR' | 'PATH'): Promise<ServerBinary | null> {
  const executable = await access(program, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!executable) return null;
  const answer = await runProgram(program, ['--version'], { timeoutMs: 5_000 });
  const version = parseVersionAnswer(answer.stdout.toString('utf8'));
  if (version === null) return null;
  return { id: exactId(version), ...version, origin, program, leadingArgs: [], environment: {} };
}
