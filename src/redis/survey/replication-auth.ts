// What a server would log in with at its primary, compared with the inventory. The values end here (I9).

import { capabilitiesOf } from '../../migration/capabilities.ts';
import { FerryError } from '../../migration/errors.ts';
import type { Identity, Instance } from '../../migration/instance.ts';
import type { AuthValue, ReplicationAuth } from '../../migration/survey-facts.ts';
import type { Secrets } from '../../workflow/ports.ts';
import type { Reply, ServerConnection } from '../connect.ts';
import { settingOf } from './settings.ts';

/** `peer`: the server that `instance` would follow. */
export async function readReplicationAuth(
  connection: ServerConnection,
  instance: Instance,
  peer: Instance,
  secrets: Secrets,
  identity: Identity,
): Promise<ReplicationAuth> {
  const [password, user] = await connection.pipeline([
    ['CONFIG', 'GET', 'masterauth'],
    ['CONFIG', 'GET', 'masteruser'],
  ]);
  const needed = await resolved(peer, secrets);
  return {
    password: compare(password, needed, await resolved(instance, secrets)),
    user: compare(user, userOf(peer), userOf(instance)),
    isSendable: capabilitiesOf(identity).can('sends-any-password') || !/[\s"']/.test(needed ?? ''),
  };
}

/** A server without users (before 6.0) has no `masteruser`: as good as empty. `needed` and `own`: null where the inventory's reference cannot be resolved. */
function compare(reply: Reply | undefined, needed: string | null, own: string | null): AuthValue {
  const value = settingOf(reply);
  if (value === null) return 'unknown';
  if (value === needed) return 'needed';
  if (value === '') return 'empty';
  if (value === own) return 'own';
  return needed === null || own === null ? 'unknown' : 'foreign';
}

async function resolved(instance: Instance, secrets: Secrets): Promise<string | null> {
  if (instance.passwordRef === null) return '';
  try {
    return await secrets.resolve(instance.passwordRef);
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return null;
  }
}

/** No user means `default` to a server that logs in. */
function userOf(instance: Instance): string {
  return instance.username === null || instance.username === 'default' ? '' : instance.username;
}
