// The fence of 6.0: every user loses the right to write, in one transaction; open connections feel it at once,
// and queued transactions when they run. Lifting puts back the command rules alone, exactly as they were.

import type { ActResult } from '../../workflow/ports.ts';
import type { Command, Reply } from '../connect.ts';
import { canaryKey, expiringKey, settle } from '../guard.ts';
import { listOf } from '../replies.ts';
import { CANARY_LIFE_SECONDS, type Fence, type Fenced, type HoldOf, proofOf, refusedBy } from './fence.ts';
import { HOLD_KEY, noteHold, parseNoted } from './left.ts';

type Users = HoldOf<'acl'>['users'];

export function aclFence(server: Fenced): Fence<'acl'> {
  const { connection, guard, owner, runId } = server;
  const readUsers = async (timeoutMs: number): Promise<ActResult<Users>> => {
    try {
      return { kind: 'done', value: parseUsers(await connection.ask(['ACL', 'LIST'], timeoutMs)) };
    } catch (error) {
      return refusedBy(error);
    }
  };

  const isNoted = async (timeoutMs: number): Promise<boolean> => {
    if (!connection.open) return false;
    const [noted] = await connection.pipeline([['GET', HOLD_KEY]], timeoutMs);
    return parseNoted(noted, { uid: owner.uid, runId }) !== null;
  };

  return {
    async plan(_attempt, timeoutMs) {
      // Ferry's own user is held like all others: where it may not write, an earlier hold may stand, and the rules of
      // now are not those that are to be put back (I12).
      const written = await guard.act('try-write', tryWrite(owner.uid), timeoutMs);
      const takesWrites = settle(written, () => undefined);
      if (takesWrites.kind !== 'done')
        return { kind: 'refused', why: `${connection.who} takes no writes from Ferry: ${takesWrites.why}` };
      // Also those that are off: connections that they opened before go on.
      const users = await readUsers(timeoutMs);
      return users.kind === 'done' ? { kind: 'done', value: { kind: 'acl', users: users.value } } : users;
    },
    async set({ users }, { timeoutMs }) {
      const taken = users.map(({ name }): Command => ['ACL', 'SETUSER', name, '-@write']);
      const { command, read } = proofOf(server, 'offset');
      const noted = noteHold({ uid: owner.uid, runId }, { kind: 'acl', users });
      const first = await guard.act('fence', [...noted, ...taken, command], timeoutMs);
      // Set once more, it is noted already, and Ferry's own user may not write.
      const again = first.kind === 'refused' && (await isNoted(timeoutMs));
      const fenced = again ? await guard.act('fence', [...taken, command], timeoutMs) : first;
      const refused =
        fenced.kind === 'done' ? fenced.value.find((reply) => reply instanceof Error) : undefined;
      // The others have been carried out.
      if (refused instanceof Error) return { kind: 'unknown', why: refused.message };
      return settle(fenced, (replies) => read(replies.at(-1)));
    },
    async lift({ users }, timeoutMs) {
      const present = await readUsers(timeoutMs);
      if (present.kind !== 'done') return present;
      const now = new Map(present.value.map(({ name, rules }) => [name, rules]));
      // SETUSER would make a user anew that somebody deleted meanwhile.
      const changed = users.filter(({ name, rules }) => now.has(name) && now.get(name) !== rules);
      if (changed.length === 0) return { kind: 'done', value: undefined };
      const back = changed.map(({ name, rules }): Command => ['ACL', 'SETUSER', name, ...rules.split(' ')]);
      return firstRefusal(await guard.act('lift', back, timeoutMs), () => undefined);
    },
  };
}

function tryWrite(uid: string): readonly Command[] {
  return expiringKey(canaryKey(uid), `${uid}:may-write`, CANARY_LIFE_SECONDS);
}

/** From ACL LIST: `user ana on #… ~carts:* -@all +get`. Patterns and passwords begin with other signs. */
export function parseUsers(reply: Reply): Users {
  return listOf(reply).map((line) => {
    const [, name = '', ...parts] = String(line).split(' ');
    return { name, rules: parts.filter((part) => /^[+-]/.test(part)).join(' ') };
  });
}

/** One user that keeps its right to write would make the fence none. */
function firstRefusal<T>(
  result: ActResult<readonly Reply[]>,
  read: (replies: readonly Reply[]) => T,
): ActResult<T> {
  const refused = result.kind === 'done' ? result.value.findIndex((reply) => reply instanceof Error) : -1;
  // What came before it has happened.
  const settled = settle(result, read, Math.max(0, refused));
  return settled.kind === 'refused' && refused > 0 ? { kind: 'unknown', why: settled.why } : settled;
}
