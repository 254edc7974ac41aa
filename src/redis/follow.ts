// Makes a server follow another one, and reads the last offset that it had as a primary, or all that it was. Sends it once.

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

/**
 * `release`: takes a password off in the same step. The demotion breaks its followers' links, and one that comes back
 * before the password is gone is refused and forgets where it was: the way back would be closed. 4.0 and 5.0 only.
 */
export async function follow(
  server: Server,
  { host, port }: Address,
  timeoutMs: number,
  release: readonly Command[] = [],
): Promise<ActResult<Demoted>> {
  const { guard, capabilities } = server;
  const point: Command = [capabilities.can('replica-words') ? 'REPLICAOF' : 'SLAVEOF', host, port];
  if (capabilities.can('psync2') && !capabilities.can('quiet-transactions'))
    return followQuietly(server, point, timeoutMs, release);
  const commands = [infoCommand(capabilities, 'replication'), point];
  return settle(await guard.act('follow', commands, timeoutMs), ([before]) => demoted(before), 1);
}

/**
 * A late process cannot set a legitimate primary aside with this. It goes over a connection that was enlisted before
 * it could send anything; a later owner cannot act on this run, nor give it its writes back, before it has ended the
 * connections enlisted by earlier ones; enlisting is refused once there is a later owner; and a restart ends the
 * connection. A guard of another migration or of a later owner refuses it besides.
 */
export async function setAside<T>(
  { connection, guard, capabilities }: Server,
  { host, port }: Address,
  timeoutMs: number,
  read: (info: Reply | undefined) => T,
): Promise<ActResult<T>> {
  try {
    // What it lacks is said by the act.
    await guard.armRestarted(timeoutMs);
  } catch (error) {
    return { kind: 'refused', why: error instanceof Error ? error.message : `${connection.who} is gone` };
  }
  const point: Command = [capabilities.can('replica-words') ? 'REPLICAOF' : 'SLAVEOF', host, port];
  const unpause: readonly Command[] = capabilities.can('pause-writes') ? [['CLIENT', 'UNPAUSE']] : [];
  const pointed = await guard.act('set-aside', [['INFO'], point, ...unpause], timeoutMs);
  // From here on it needs a guard as everywhere; a connection that broke has none.
  await guard.arm(timeoutMs).catch(() => false);
  return settle(pointed, ([before]) => read(before), 1);
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
  release: readonly Command[],
): Promise<ActResult<Demoted>> {
  const startedAt = performance.now();
  const setting = capabilities.can('replica-words') ? 'replicaof' : 'slaveof';
  const commands: readonly Command[] = [['CONFIG', 'GET', setting], point, ...release];
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
