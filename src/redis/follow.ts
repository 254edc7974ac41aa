// Makes a server follow another one, and reads the last offset that it had as a primary. Sends it once.

import type { Capabilities } from '../migration/capabilities.ts';
import type { Address } from '../migration/instance.ts';
import type { ActResult } from '../workflow/ports.ts';
import type { Command, Reply, ServerConnection } from './connect.ts';
import { type GuardedConnection, settle } from './guard.ts';
import { infoCommand, infoText, offsetOf, parseInfo } from './info.ts';
import { listOf, textOf } from './replies.ts';

export interface Demoted {
  readonly offset: number;
  readonly wasPrimary: boolean;
}

interface Server {
  readonly connection: ServerConnection;
  readonly guard: GuardedConnection;
  readonly capabilities: Capabilities;
}

export async function follow(
  server: Server,
  { host, port }: Address,
  timeoutMs: number,
): Promise<ActResult<Demoted>> {
  const { guard, capabilities } = server;
  const point: Command = [capabilities.can('replica-words') ? 'REPLICAOF' : 'SLAVEOF', host, port];
  if (capabilities.can('psync2') && !capabilities.can('quiet-transactions'))
    return followQuietly(server, point, timeoutMs);
  const commands = [infoCommand(capabilities, 'replication'), point];
  return settle(await guard.act('follow', commands, timeoutMs), ([before]) => demoted(before), 1);
}

/**
 * An INFO inside would put a MULTI into the stream, which the demotion cuts off before anybody has it: the offsets
 * would never be equal again, and the way back a full resync. CONFIG GET puts nothing there; the offset cannot move
 * any more once the server is a replica.
 */
async function followQuietly(
  { connection, guard, capabilities }: Server,
  point: Command,
  timeoutMs: number,
): Promise<ActResult<Demoted>> {
  const startedAt = performance.now();
  const setting = capabilities.can('replica-words') ? 'replicaof' : 'slaveof';
  const commands: readonly Command[] = [['CONFIG', 'GET', setting], point];
  const wasPrimary = ([before]: readonly Reply[]) => (listOf(before ?? null)[1] ?? '') === '';
  const pointed = settle(await guard.act('follow', commands, timeoutMs), wasPrimary, 1);
  if (pointed.kind !== 'done') return pointed;
  try {
    const leftMs = timeoutMs - (performance.now() - startedAt);
    const info = await connection.ask(infoCommand(capabilities, 'replication'), leftMs);
    return { kind: 'done', value: { ...demoted(info), wasPrimary: pointed.value } };
  } catch (error) {
    return { kind: 'unknown', why: error instanceof Error ? error.message : 'no answer' };
  }
}

function demoted(reply: Reply | undefined): Demoted {
  const seen = parseInfo(textOf(reply));
  return { offset: offsetOf(seen), wasPrimary: infoText(seen, 'role') === 'master' };
}
