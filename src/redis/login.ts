// Logs a fresh connection in: with the inventory's password or, where that is refused while a hold of Ferry's
// may stand, with Ferry's own. Never says a password (I9), never changes anything but this connection.

import type { Redis } from 'ioredis';
import type { Instance } from '../migration/instance.ts';
import type { Secrets } from '../workflow/ports.ts';

export interface Login {
  /** Ferry's own password let it in. */
  readonly heldLogin: boolean;
  /** A password let it in; false: the server asked for none. */
  readonly authenticated: boolean;
}

/** Gives the connection its name, too. Rejects with what the server or `secrets` said. */
export async function logIn(
  client: Redis,
  instance: Instance,
  secrets: Secrets,
  name: string,
): Promise<Login> {
  const { username, passwordRef, holdRef } = instance;
  const password = passwordRef === null ? null : await secrets.resolve(passwordRef);
  const ours = await enter(client, username, password, name);
  if (!(ours instanceof Error)) return ours;
  if (holdRef === undefined || !isRefusedLogin(ours)) throw ours;
  const held = await enter(client, null, await secrets.resolve(holdRef), name);
  if (held instanceof Error) throw held;
  return { ...held, heldLogin: held.authenticated };
}

/** One attempt, in one write. An Error: what the server refused it with. */
async function enter(
  client: Redis,
  username: string | null,
  password: string | null,
  name: string,
): Promise<Login | Error> {
  const auth = password === null ? null : username === null ? [password] : [username, password];
  const replies: readonly unknown[] = await Promise.all([
    auth === null ? null : reply(client, 'AUTH', ...auth),
    // Versions before 2.6.9 have no names for connections.
    reply(client, 'CLIENT', 'SETNAME', name),
    reply(client, 'PING'),
  ]);
  const [admitted, , seen] = replies;
  const lost = replies.find((each): each is Error => each instanceof Error && !isReplyError(each));
  // A server that takes nobody says why in its first reply, and hangs up.
  if (lost !== undefined) return replies.find(isReplyError) ?? lost;
  if (username !== null && password !== null && knowsNoUsers(admitted)) {
    return enter(client, null, password, name);
  }
  // -LOADING is no answer to whether it was let in: 2.4 says it to AUTH as well.
  if (admitted instanceof Error && !asksForNoPassword(admitted)) return admitted;
  if (seen instanceof Error && isRefusedLogin(seen)) return seen;
  return { heldLogin: false, authenticated: auth !== null && !(admitted instanceof Error) };
}

function reply(client: Redis, command: string, ...args: readonly string[]): Promise<unknown> {
  return client.call(command, ...args).catch((error: unknown) => error);
}

/** The server's own words; any other error comes from the socket. */
function isReplyError(answer: unknown): answer is Error {
  return answer instanceof Error && answer.name === 'ReplyError';
}

/** The server wants another password: 2.4 and 2.6 say it without a code of their own. */
function isRefusedLogin({ message }: Error): boolean {
  return /^(NOAUTH|WRONGPASS)\b|operation not permitted|invalid (username-password|password)/i.test(message);
}

/** A password for a server that has none: it lets everybody in. */
function asksForNoPassword({ message }: Error): boolean {
  return /no password is set|without any password configured/i.test(message);
}

/** Before 6.0 there is one password and no user. */
function knowsNoUsers(answer: unknown): boolean {
  return answer instanceof Error && /wrong number of arguments for 'auth'/i.test(answer.message);
}
