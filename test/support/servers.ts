// Real servers for tests: obtained once before the run, started for one test or one file, ended after it.
// A version that the tests must have and cannot get fails the run; nothing is skipped.

import { afterAll, inject, onTestFinished } from 'vitest';
import type { ServerBinary } from '../../src/sandbox/servers/server-id.ts';
import { type RunningServer, type StartOptions, startServer } from '../../src/sandbox/servers/start.ts';
import type { RequiredServer } from './required-servers.ts';

/** The ids of all servers of this run: the required ones, and every version found in REDIS_BIN_DIR. */
export function versions(): string[] {
  return Object.keys(inject('servers'));
}

/** The Redis of this run that belongs to a release such as `2.8`; undefined: there is none. */
export function idOfRelease(release: string): string | undefined {
  return versions().find((id) => id === `redis-${release}` || id.startsWith(`redis-${release}.`));
}

export function binaryOf(id: string): ServerBinary {
  const binary = inject('servers')[id];
  if (binary === undefined) throw new Error(`This run has no ${id}, only ${versions().join(', ')}.`);
  return binary;
}

/** Starts a server inside a test; it ends when the test does. */
export async function server(
  id: RequiredServer | (string & {}),
  options?: StartOptions,
): Promise<RunningServer> {
  const started = await startServer(binaryOf(id), options);
  onTestFinished(() => started.stop());
  return started;
}

/** Starts a server for all tests of a file or describe block: call it from its `beforeAll`. */
export async function sharedServer(
  id: RequiredServer | (string & {}),
  options?: StartOptions,
): Promise<RunningServer> {
  const started = await startServer(binaryOf(id), options);
  shared.push(started);
  return started;
}

const shared: RunningServer[] = [];

afterAll(async () => {
  await Promise.all(shared.splice(0).map((each) => each.stop()));
});
