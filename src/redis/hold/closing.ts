// The password fence where connections cannot be ended by type (before 2.8.12): which must be closed, one by one,
// by address, and which cannot be. Replicas stay.

import type { ActResult, FenceProof } from '../../workflow/ports.ts';
import { killCommand, type ListedClient, parseClients } from '../clients.ts';
import type { Command, Reply } from '../connect.ts';
import { settle } from '../guard.ts';
import { textOf } from '../replies.ts';
import { type Fenced, type FenceOrder, type HoldOf, proofOf } from './fence.ts';

/** Closing by address costs the server the square of it: 1,000 took 2.4 and 2.6 a quarter of a second. */
const MAX_CLOSED_BY_ADDRESS = 1_000;

export interface Lock {
  /** Asks for the password, then sets Ferry's. */
  readonly lock: readonly Command[];
  /** Of the answer to the first: null, or the outcome where it was somebody else's and is back. */
  giveBack(asked: Reply | undefined): Promise<ActResult<never> | null>;
}

/**
 * Without CLIENT KILL TYPE: the password and the list in one transaction; then every connection of that list is
 * closed and the proof taken in another. Nobody new can have logged in between.
 */
export async function closeByAddress(
  server: Fenced,
  hold: HoldOf<'password'>,
  { lock, giveBack }: Lock,
  after: readonly Command[],
  how: FenceOrder,
): Promise<ActResult<FenceProof>> {
  const { guard, connection, self } = server;
  // Where no password was set nobody has logged in, and whoever is connected is refused from now on.
  const mayStay = 'text' in hold.was && hold.was.text === '';
  if (self === null && !mayStay) return { kind: 'refused', why: unknownSelf(connection.who) };
  const startedAt = performance.now();
  const list: Command = ['CLIENT', 'LIST'];
  const locked = await guard.act('fence', [...lock, list], how.timeoutMs, after);
  const given = locked.kind === 'done' ? await giveBack(locked.value[0]) : null;
  if (given !== null) return given;
  const clients = settle(locked, (replies) => parseClients(textOf(replies.at(-1))), lock.length - 1);
  if (clients.kind !== 'done') return clients;
  const open = closable(clients.value, self);
  const closed = mayStay && (self === null || open.length > MAX_CLOSED_BY_ADDRESS) ? [] : open;
  const proof = proofOf(server, 'marker');
  const leftMs = how.timeoutMs - (performance.now() - startedAt);
  const acts: readonly Command[] = [...closed.map(killCommand), list, proof.command];
  const settled = settle(
    await guard.act('fence-close', acts, leftMs),
    (replies) => ({
      left: closable(parseClients(textOf(replies.at(-2))), self).length,
      proof: proof.read(replies.at(-1)),
    }),
    acts.length - 1,
  );
  // The password is set by now, whatever became of the rest.
  if (settled.kind !== 'done') return { kind: 'unknown', why: settled.why };
  if (settled.value.left > 0 && !mayStay) {
    const why = `${settled.value.left} connections to ${connection.who} that had logged in cannot be closed.`;
    return { kind: 'unknown', why };
  }
  return { kind: 'done', value: settled.value.proof };
}

/** Everybody but replicas, the server's own primary and this connection. */
export function closable(clients: readonly ListedClient[], self: string | null): readonly ListedClient[] {
  return clients.filter(({ flags, address }) => !/[SM]/.test(flags) && address !== self);
}

/** Why these connections could not all be closed by their addresses; null: they can. */
export function whyNotClosable(
  who: string,
  others: readonly ListedClient[],
  self: string | null,
): string | null {
  if (others.length > MAX_CLOSED_BY_ADDRESS) {
    return (
      `${who} has ${others.length} connections that have logged in; Ferry closes at most ` +
      `${MAX_CLOSED_BY_ADDRESS} one by one on this version. Close idle ones and try again.`
    );
  }
  if (others.some(({ flags }) => flags.includes('U'))) {
    return `Clients of ${who} use its socket file, and this version cannot close their connections. Move them to its port and try again.`;
  }
  return self === null ? unknownSelf(who) : null;
}

function unknownSelf(who: string): string {
  return `Ferry cannot tell its own connection to ${who} from those of others.`;
}
