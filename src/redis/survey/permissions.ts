// Finds out which commands Ferry's user may run, without running any: servers check permissions when a command
// is queued in a transaction, and the transaction is discarded. ACL DRYRUN answers for what cannot be queued.

import { capabilitiesOf } from '../../migration/capabilities.ts';
import { type NeededCommand, neededOn } from '../../migration/checks/needed-commands.ts';
import { FerryError } from '../../migration/errors.ts';
import type { Identity, Instance } from '../../migration/instance.ts';
import type { Permission } from '../../migration/survey-facts.ts';
import type { Secrets } from '../../workflow/ports.ts';
import { connectTo, type Reply, type ServerConnection } from '../connect.ts';

const OF_TRANSACTIONS: readonly string[] = ['multi', 'exec', 'discard'];

/** `asker`: a connection that is not inside a transaction, for ACL DRYRUN. */
export async function tryPermissions(
  asker: ServerConnection,
  instance: Instance,
  secrets: Secrets,
  identity: Identity,
  user: string | null,
): Promise<Readonly<Record<string, Permission>>> {
  const needed = neededOn(identity);
  const found = new Map<NeededCommand, Permission>();
  // A connection of its own: where DISCARD is not allowed, it cannot leave the transaction.
  const trial = await connectTo(instance, secrets);
  try {
    await queueAndDiscard(trial, needed, found);
  } finally {
    trial.close();
  }
  const open = needed.filter((command) => (found.get(command) ?? 'unknown') === 'unknown');
  if (user !== null && open.length > 0 && capabilitiesOf(identity).can('acl-dryrun')) {
    await dryRun(asker, user, open, found);
  }
  return worstByName(needed, found);
}

async function queueAndDiscard(
  connection: ServerConnection,
  needed: readonly NeededCommand[],
  found: Map<NeededCommand, Permission>,
): Promise<void> {
  const [multi, exec, discard] = OF_TRANSACTIONS.map((name) =>
    needed.find((command) => command.name === name),
  );
  const note = (command: NeededCommand | undefined, permission: Permission): void => {
    if (command !== undefined) found.set(command, permission);
  };
  // Nothing is sent before the server has said that it queues what follows.
  const [began = null] = await connection.pipeline([['MULTI']]);
  note(multi, began === 'OK' ? 'allowed' : permissionOf(began));
  if (began !== 'OK') return;
  const queued = needed.filter(({ name }) => !OF_TRANSACTIONS.includes(name));
  const replies = await connection.pipeline(queued.map(({ trial }) => trial));
  for (const [i, command] of queued.entries()) note(command, permissionOf(replies[i] ?? null));
  const [discarded = null] = await connection.pipeline([['DISCARD']]);
  note(discard, discarded === 'OK' ? 'allowed' : permissionOf(discarded));
  if (discarded !== 'OK') return;
  const [, ended = null] = await connection.pipeline([['MULTI'], ['EXEC']]);
  note(exec, Array.isArray(ended) ? 'allowed' : permissionOf(ended));
}

/** What the answer to a queued command says about permission. Anything not understood is unknown (I10). */
function permissionOf(reply: Reply): Permission {
  if (reply === 'QUEUED') return 'allowed';
  if (!(reply instanceof FerryError)) return 'unknown';
  if (reply.code === 'no-permission') return 'denied';
  if (/unknown (sub)?command/i.test(reply.message)) return 'absent';
  // Refusals that a server makes only after it has checked the permission.
  const later =
    reply.code === 'read-only' || /WATCH inside MULTI|OOM |MISCONF |MASTERDOWN /.test(reply.message);
  return later ? 'allowed' : 'unknown';
}

async function dryRun(
  connection: ServerConnection,
  user: string,
  commands: readonly NeededCommand[],
  found: Map<NeededCommand, Permission>,
): Promise<void> {
  const replies = await connection.pipeline(commands.map(({ trial }) => ['ACL', 'DRYRUN', user, ...trial]));
  for (const [i, command] of commands.entries()) {
    const reply = replies[i] ?? null;
    if (reply === 'OK') found.set(command, 'allowed');
    else if (typeof reply === 'string') found.set(command, 'denied');
    else if (reply instanceof FerryError && /not found/i.test(reply.message)) found.set(command, 'absent');
  }
}

const WORST_FIRST: readonly Permission[] = ['denied', 'absent', 'unknown', 'allowed'];

/** A command that is tried on several keys is allowed when all of them are. */
function worstByName(
  needed: readonly NeededCommand[],
  found: ReadonlyMap<NeededCommand, Permission>,
): Readonly<Record<string, Permission>> {
  const byName: Record<string, Permission> = {};
  for (const command of needed) {
    const seen = [byName[command.name] ?? 'allowed', found.get(command) ?? 'unknown'];
    byName[command.name] = WORST_FIRST.find((permission) => seen.includes(permission)) ?? 'unknown';
  }
  return byName;
}
