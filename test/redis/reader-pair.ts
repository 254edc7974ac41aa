// What the verifier's tests share: a pair of servers, one following the other, and a verification of it.

import { setTimeout as delay } from 'node:timers/promises';
import type { Instance } from '../../src/migration/instance.ts';
import type { VerificationPace } from '../../src/migration/policy.ts';
import type { VerificationResult } from '../../src/migration/verification.ts';
import { createVerifier, type VerifierOptions } from '../../src/redis/reader/verifier.ts';
import type { WireConnection } from '../../src/redis/wire/connection.ts';
import { textOf } from '../../src/redis/wire/reply.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import type { Logger } from '../../src/workflow/ports.ts';
import { run, seeded, wireTo } from '../support/data.ts';
import { sharedServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

export const PASSWORD = 'open-sesame-4711';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

export const clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms: number, signal?: AbortSignal): Promise<void> =>
    delay(ms, undefined, signal === undefined ? {} : { signal }),
};

function instance(name: string, server: RunningServer): Instance {
  const address = { host: '127.0.0.1', port: server.port };
  return {
    name,
    address,
    replicationAddress: address,
    username: null,
    passwordRef: 'env:PASSWORD',
    tls: null,
    environment: 'default',
  };
}

interface VerifyChanges extends Partial<VerifierOptions> {
  readonly level?: VerificationResult['level'];
  readonly pace?: VerificationPace;
  readonly signal?: AbortSignal;
  readonly onProgress?: (comparedKeys: number, totalKeys: number) => void;
}

export function verify(source: RunningServer, target: RunningServer, changes: VerifyChanges = {}) {
  const { level = 'sample', pace = 'fast', onProgress, ...options } = changes;
  const { signal = new AbortController().signal } = changes;
  const verifier = createVerifier({
    secrets: { resolve: async () => PASSWORD },
    logger: silent,
    clock,
    random: seeded(7),
    keysPerSecond: 1_000_000,
    ...options,
  });
  const pair = { source: instance('carts-old', source), target: instance('carts-new', target) };
  return verifier.verify(pair, level, { pace, signal, onProgress: onProgress ?? (() => undefined) });
}

/** Two servers of their own, not yet following. The target is writable, so that a test can plant what must be found. */
export async function startPair(
  sourceId: string,
  targetId: string,
): Promise<{ readonly source: RunningServer; readonly target: RunningServer }> {
  const [source, target] = await Promise.all([
    sharedServer(sourceId, { password: PASSWORD, settings: { 'repl-diskless-sync-delay': '0' } }),
    sharedServer(targetId, { password: PASSWORD, settings: { 'replica-read-only': 'no' } }),
  ]);
  return { source, target };
}

export async function follow(source: RunningServer, target: RunningServer): Promise<void> {
  const connection = await wireTo(target.port, PASSWORD);
  try {
    await run(connection, [
      ['CONFIG', 'SET', 'masterauth', PASSWORD],
      ['REPLICAOF', '127.0.0.1', source.port],
    ]);
    await until(
      async () => textOf(await connection.ask(['INFO', 'replication'])).includes('master_link_status:up'),
      { what: 'the target to follow' },
    );
  } finally {
    connection.close();
  }
}

/** The offset moves with a write: seen there, so is everything before it. */
export async function settled(source: WireConnection, target: WireConnection): Promise<void> {
  await run(source, [
    ['SELECT', 0],
    ['SET', 'ferry:settled', String(performance.now())],
  ]);
  const written = textOf(await source.ask(['GET', 'ferry:settled']));
  await run(target, [['SELECT', 0]]);
  await until(async () => textOf(await target.ask(['GET', 'ferry:settled'])) === written, {
    what: 'the target to have what was written',
  });
}
