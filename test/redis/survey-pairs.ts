// Pairs of real servers for the survey's tests, and a shorthand for what the checks say of them.

import { assess } from '../../src/migration/assess.ts';
import type { Finding, Severity } from '../../src/migration/finding.ts';
import type { Instance, Side } from '../../src/migration/instance.ts';
import type { Pair } from '../../src/migration/migration.ts';
import { type Command, connectTo, type Reply, type ServerConnection } from '../../src/redis/connect.ts';
import { surveyPair } from '../../src/redis/survey.ts';
import type { RunningServer } from '../../src/sandbox/servers/start.ts';
import type { Secrets } from '../../src/workflow/ports.ts';
import { aPolicy } from '../migration/checks/sound-facts.ts';

/** Resolves `env:x` to `x`: the tests' passwords are no secrets. */
export const secrets: Secrets = { resolve: async (ref) => ref.replace(/^env:/, '') };

export function instanceOf(
  name: string,
  server: Pick<RunningServer, 'port'>,
  login: Partial<Instance> = {},
): Instance {
  const address = { host: '127.0.0.1', port: server.port };
  return {
    name,
    address,
    replicationAddress: address,
    username: null,
    passwordRef: null,
    tls: null,
    environment: 'production',
    ...login,
  };
}

/** Surveys a pair and judges it; gives every finding by the name of its check. */
export async function findingsOf(
  pair: Pair,
  ferryRunId: string | null = 'of-another-server',
): Promise<Readonly<Record<string, Finding>>> {
  const facts = await surveyPair(pair, { secrets, ferryRunId });
  const { findings } = assess([facts], [pair], aPolicy);
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]));
}

export function severities(findings: Readonly<Record<string, Finding>>): Readonly<Record<string, Severity>> {
  return Object.fromEntries(Object.entries(findings).map(([name, { severity }]) => [name, severity]));
}

export function pairOf(
  from: RunningServer,
  to: RunningServer,
  changes: Partial<Record<Side, Partial<Instance>>> = {},
) {
  return {
    source: instanceOf('carts-old', from, changes.source),
    target: instanceOf('carts-new', to, changes.target),
  };
}

export async function open(server: RunningServer, name = 'ferry-test'): Promise<ServerConnection> {
  return connectTo(instanceOf('any', server), secrets, { name });
}

export async function run(server: RunningServer, ...commands: readonly Command[]): Promise<readonly Reply[]> {
  const connection = await open(server);
  const replies = await connection.pipeline(commands);
  connection.close();
  const refused = replies.find((reply) => reply instanceof Error);
  if (refused instanceof Error) throw refused;
  return replies;
}
