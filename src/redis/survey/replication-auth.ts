// What a server would log in with at its primary, compared with the inventory. The values end here (I9).

import { FerryError } from '../../migration/errors.ts';
import type { Instance } from '../../migration/instance.ts';
import type { AuthValue, ReplicationAuth } from '../../migration/survey-facts.ts';
import type { Secrets } from '../../workflow/ports.ts';
import type { Reply, ServerConnection } from '../connect.ts';

/** `peer`: the server that `instance` would follow. */
export async function readReplicationAuth(
  connection: ServerConnection,
  instance: Instance,
  peer: Instance,
  secrets: Secrets,
): Promise<ReplicationAuth> {
  const [password, user] = await connection.pipeline([
    ['CONFIG', 'GET', 'masterauth'],
    ['CONFIG', 'GET', 'masteruser'],
  ]);
  return {
    password: compare(password, await resolved(peer, secrets), await resolved(instance, secrets)),
    user: compare(user, userOf(peer), userOf(instance)),
  };
}

/** `needed` and `own`: null where the inventory's reference cannot be resolved. */
function compare(reply: Reply | undefined, needed: string | null, own: string | null): AuthValue {
  const value = Array.isArray(reply) ? reply[1] : null;
  if (typeof value !== 'string') return 'unknown';
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
