// The fence before 6.0: a password that only Ferry knows, and every connection closed that had logged in before.
// The password is made anew from its reference each time and never stored (I9); `was` is put back on lifting.

import { FerryError } from '../../migration/errors.ts';
import type { SettingValue } from '../../migration/plan.ts';
import { holdRef } from '../../migration/route.ts';
import type { ActResult } from '../../workflow/ports.ts';
import { type Clients, killCommand, type ListedClient } from '../clients.ts';
import type { Command, Reply } from '../connect.ts';
import { settle } from '../guard.ts';
import { readSettingValue } from '../settings.ts';
import { closable, closeByAddress, whyNotClosable } from './closing.ts';
import { type Fence, type Fenced, type HoldOf, proofOf, refusedBy } from './fence.ts';

type Refused = ReturnType<typeof refusedBy>;

export interface PasswordFence extends Fence<'password'> {
  /** What takes it off, for a transaction that makes the server read-only in the same step. */
  release(hold: HoldOf<'password'>): Promise<readonly Command[]>;
}

const ASK_PASSWORD: Command = ['CONFIG', 'GET', 'requirepass'];

/** 2.4 gives null for none. */
function passwordIn(reply: Reply | undefined): string {
  return readSettingValue('requirepass', reply ?? null) ?? '';
}

export function passwordFence(server: Fenced): PasswordFence {
  const { instance, connection, guard, capabilities, owner, secrets, lists } = server;
  const { who } = connection;
  /** Seen when the hold was planned. Releases that count monitors as replicas leave them to CLIENT KILL ID. */
  let monitors: readonly ListedClient[] = [];

  const reveal = async (value: SettingValue): Promise<string> =>
    'text' in value ? value.text : secrets.resolve(value.ref);

  const readPassword = async (timeoutMs: number): Promise<{ readonly value: string } | Refused> => {
    try {
      return { value: passwordIn(await connection.ask(ASK_PASSWORD, timeoutMs)) };
    } catch (error) {
      return refusedBy(error);
    }
  };

  /** What would keep the fence from being whole, or from being put back. */
  const obstacle = async (password: string, timeoutMs: number): Promise<string | null> => {
    const { clients: seen, isFresh } = await lists.list(instance.address, connection, timeoutMs);
    const why = whyNotWhole(seen, password);
    // An attempt follows when nothing stands in its way, so this is no matter of every second; but whom it has to
    // close must be known as they are now.
    return (
      why ??
      (isFresh ? null : `${who} was asked for its connections less than 10 s ago; it is asked again soon.`)
    );
  };

  const whyNotWhole = (seen: Clients | null, password: string): string | null => {
    monitors = seen?.all.filter(({ flags }) => flags.includes('O')) ?? [];
    // Who never logged in is refused at the next command, and need not be closed.
    if (capabilities.can('client-ids') || password === '') return null;
    const others = seen === null ? null : closable(seen.all, server.self);
    return others === null
      ? `${who} has too many connections to close.`
      : whyNotClosable(who, others, server.self);
  };

  return {
    async plan(attempt, timeoutMs) {
      const { passwordRef } = instance;
      const was: SettingValue = passwordRef === null ? { text: '' } : { ref: passwordRef };
      const now = { ref: holdRef(owner.uid, attempt) };
      try {
        await secrets.resolve(now.ref);
        const password = await reveal(was);
        const present = await readPassword(timeoutMs);
        if ('kind' in present) return present;
        const why =
          present.value === password
            ? await obstacle(password, timeoutMs)
            : anotherPassword(who, instance.name, password, present.value);
        return why === null
          ? { kind: 'done', value: { kind: 'password', was, now } }
          : { kind: 'refused', why };
      } catch (error) {
        return refusedBy(error);
      }
    },

    async set(hold, how) {
      const password = await secrets.resolve(hold.now.ref);
      // A connection that has logged in stays so; another one must before it can go on, in the same write.
      const after: readonly Command[] = connection.authenticated ? [] : [['AUTH', password]];
      const lock: readonly Command[] = [ASK_PASSWORD, ['CONFIG', 'SET', 'requirepass', password]];
      const giveBack = async (asked: Reply | undefined): Promise<ActResult<never> | null> => {
        const found = passwordIn(asked);
        if (found === password || found === (await reveal(hold.was))) return null;
        const back = await guard.act('lift', [['CONFIG', 'SET', 'requirepass', found]], how.timeoutMs);
        const settled = settle(back, () => undefined);
        return settled.kind === 'done' ? { kind: 'refused', why: changedJustNow(who) } : settled;
      };
      if (!capabilities.can('client-ids'))
        return closeByAddress(server, hold, { lock, giveBack }, after, how);
      // A follower that never logged in is answered -NOAUTH for what it acknowledges, into the stream: it counts
      // these bytes, its primary does not, and after a fence that was undone its offset is ahead of what it has.
      const proof = proofOf(server, 'marker');
      const kills: readonly Command[] = [
        ...monitors.map(killCommand),
        ['CLIENT', 'KILL', 'TYPE', 'normal'],
        ['CLIENT', 'KILL', 'TYPE', 'pubsub'],
      ];
      const fenced = await guard.act('fence', [...lock, ...kills, proof.command], how.timeoutMs, after);
      const given = fenced.kind === 'done' ? await giveBack(fenced.value[0]) : null;
      if (given !== null) return given;
      const leak = fenced.kind === 'done' ? fenced.value.slice(-3, -1).find(isError) : undefined;
      if (leak !== undefined) return { kind: 'unknown', why: leak.message };
      return settle(fenced, (replies) => proof.read(replies.at(-1)), lock.length - 1);
    },

    async release(hold) {
      return [['CONFIG', 'SET', 'requirepass', await reveal(hold.was)]];
    },

    async lift(hold, timeoutMs) {
      const present = await readPassword(timeoutMs);
      if ('kind' in present) return present;
      const was = await reveal(hold.was);
      if (present.value === was) return { kind: 'done', value: undefined };
      try {
        if (present.value !== (await secrets.resolve(hold.now.ref))) {
          return { kind: 'refused', why: changedByOthers(who) };
        }
      } catch (error) {
        return refusedBy(error);
      }
      const lifted = await guard.act('lift', [['CONFIG', 'SET', 'requirepass', was]], timeoutMs);
      return settle(lifted, () => undefined);
    },
  };
}

function anotherPassword(who: string, name: string, expected: string, present: string): string {
  const fault =
    present === ''
      ? `${who} has no password, but the inventory names one`
      : expected === ''
        ? `${who} has a password, but the inventory names none`
        : `${who} has another password than the one that the inventory names`;
  return `${fault}, so it could not be put back after the cutover. Make \`password\` of ${name} and requirepass the same, and try again.`;
}

function changedJustNow(who: string): string {
  return `Somebody changed requirepass of ${who} at the moment of the fence. It is as they set it; give the inventory the same.`;
}

function changedByOthers(who: string): string {
  return `Somebody else has changed requirepass of ${who} since Ferry set it, so Ferry leaves it as it is. Set the password that it should have with CONFIG SET requirepass.`;
}

function isError(reply: Reply): reply is FerryError {
  return reply instanceof FerryError;
}
